import type { PlacedEvent } from "../ledger/placed.ts";

/**
 * A view is a fold: dropped and folded again from the ledger, it gives the same bytes. It may change
 * its own state in place, which is why `empty` makes a new one.
 */
export interface View<State, Shown> {
  /** A service's name, or a service's name with a part: `bus.boarding`, `bus.fares`. */
  readonly name: string;
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
  // A quarter of an hour that begins and ends on one day lies on that day: clocks are set at its edges.
  const days = new Map<number, string | null>();
  return (at) => {
    const quarter = Math.floor(at / quarterMs);
    let day = days.get(quarter);
    if (day === undefined) {
      if (days.size >= quartersMax) days.clear();
      const first = format.format(quarter * quarterMs);
      const isWhole = first === format.format((quarter + 1) * quarterMs - 1);
      day = isWhole ? first : null;
      days.set(quarter, day);
    }
    return day ?? format.format(at);
  };
}

const quarterMs = 15 * 60_000;
/** Quarters that are remembered: a quarter of a year. */
const quartersMax = 8_760;
