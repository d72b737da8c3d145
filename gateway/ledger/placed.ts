import { type Event, parseEvent } from "#contract/events.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import type { LedgerEntry } from "./ledger.ts";

/** An event of the ledger with its place there; views are folded from these and nothing else. */
export interface PlacedEvent {
  readonly index: number;
  readonly event: Event;
  /** Why its step-up was refused, or null. */
  readonly refusal: StepUpCode | null;
}

/** The event of an entry. Its seal held when it was let in, and the ledger only grows. */
export function placed({ index, sealed, refusal }: LedgerEntry): PlacedEvent {
  return { index, event: eventIn(sealed), refusal };
}

/** The event in a seal that held when it was let in. */
export function eventIn(sealed: string): Event {
  const begins = sealed.indexOf(".") + 1;
  return parseEvent(Buffer.from(sealed.slice(begins, sealed.indexOf(".", begins)), "base64url"));
}
