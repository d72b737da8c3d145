import { type Event, parseEvent } from "#contract/events.ts";
import type { LedgerEntry } from "./ledger.ts";

/** An event of the ledger with its place there; views are folded from these and nothing else. */
export interface PlacedEvent {
  readonly index: number;
  readonly event: Event;
}

/** The event of an entry. Its seal held when it was let in, and the ledger only grows. */
export function placed({ index, sealed }: LedgerEntry): PlacedEvent {
  const payload = Buffer.from(sealed.split(".")[1] ?? "", "base64url");
  return { index, event: parseEvent(payload) };
}
