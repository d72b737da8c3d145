import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ledger } from "../ledger/ledger.ts";
import { pagesOf } from "../ledger/pages.ts";
import { type PlacedEvent, placed } from "../ledger/placed.ts";
import { ClockCorrections } from "../views/corrections.ts";

/** Every entry of a ledger after an index; between two pages whoever waits for the gateway has a turn. */
export async function* everyEntry(
  ledger: Pick<Ledger, "after">,
  after = 0,
): AsyncGenerator<PlacedEvent> {
  for (const page of pagesOf(ledger, after)) {
    yield* page.map(placed);
    await nextTurn();
  }
}

/** The same, each at the time at which it really happened, as far as that is known. */
export async function* everyCorrected(ledger: Pick<Ledger, "after">): AsyncGenerator<PlacedEvent> {
  const corrections = new ClockCorrections();
  for await (const one of everyEntry(ledger)) corrections.note(one);
  for await (const one of everyEntry(ledger)) yield corrections.corrected(one);
}
