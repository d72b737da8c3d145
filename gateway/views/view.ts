import type { Service } from "#contract/services.ts";
import type { PlacedEvent } from "../ledger/placed.ts";

/**
 * A view is a fold: dropped and folded again from the ledger, it gives the same bytes. It may change
 * its own state in place, which is why `empty` makes a new one.
 */
export interface View<State, Shown> {
  readonly service: Service;
  empty(): State;
  apply(state: State, placed: PlacedEvent): void;
  /** What people and programs see: plain JSON. */
  show(state: State): Shown;
}

/** The calendar day of an event in a time zone, as 2026-04-01. Same input, same answer, anywhere. */
export function dayIn(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (at) => format.format(at);
}
