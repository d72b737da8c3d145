import { errorCodeOf, TeburaError } from "#contract/errors.ts";
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

/**
 * The event of an entry. Its seal held when it was let in, and the ledger only grows; where somebody changed
 * the file all the same, LEDGER_BROKEN is thrown, and EVENT_VERSION_UNKNOWN for an event of an older version.
 */
export function placed({ index, sealed, refusal }: LedgerEntry): PlacedEvent {
  try {
    return { index, event: eventIn(sealed), refusal };
  } catch (cause) {
    // An older ledger is whole, and says itself what to do.
    if (errorCodeOf(cause) === "EVENT_VERSION_UNKNOWN") throw cause;
    throw new TeburaError(
      "LEDGER_BROKEN",
      `entry ${index} of the ledger is no event; "tebura ledger verify" says more, and a copy can be restored`,
      { cause },
    );
  }
}

/** The event in a seal that held when it was let in. */
export function eventIn(sealed: string): Event {
  const begins = sealed.indexOf(".") + 1;
  return parseEvent(Buffer.from(sealed.slice(begins, sealed.indexOf(".", begins)), "base64url"));
}
