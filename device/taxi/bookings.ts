import type { Booking } from "#contract/box-lists.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { ListShelf } from "../lists/list-shelf.ts";

/** How somebody stands to what was booked. */
export type Boarding =
  | {
      readonly kind: "booked";
      readonly booking: Booking;
      /** Who booked, where it is a proxy that comes. */
      readonly actsFor?: Pseudonym;
    }
  /** A proxy of somebody who has booked, before or after their mandate's time. */
  | { readonly kind: "not-now" }
  | { readonly kind: "none" }
  /** There is no list, or the one that there is has run out. */
  | { readonly kind: "no-list" };

export interface OwnBookings {
  readonly lists: Pick<ListShelf, "whole">;
  /** The company that this taxi drives for: what was booked with another one is none of its rides. */
  readonly company: string;
}

/** How somebody stands to what was booked for a moment, as far as a list that still counts knows. */
export function boardingOf(own: OwnBookings, person: Pseudonym | undefined, at: number): Boarding {
  const bookings = currentBookings(own, at);
  if (!bookings) return { kind: "no-list" };
  let isKnown = false;
  for (const booking of bookings) {
    const { boardFrom, boardUntil, mayBoard } = booking;
    if (at < boardFrom || boardUntil < at) continue;
    for (const one of mayBoard.filter((each) => each.person === person)) {
      const rider = mayBoard.find(({ as }) => as === "rider")?.person;
      const actsFor = one.as === "proxy" && rider !== undefined ? { actsFor: rider } : {};
      if (isTimeOf(one, at)) return { kind: "booked", booking, ...actsFor };
      isKnown = true;
    }
  }
  return { kind: isKnown ? "not-now" : "none" };
}

/** A clerk's proxy is in the list on their days alone; a mandate says its own span. */
function isTimeOf({ from, until }: Booking["mayBoard"][number], at: number): boolean {
  return (from === undefined || from <= at) && (until === undefined || at < until);
}

function currentBookings(
  { lists, company }: OwnBookings,
  at: number,
): readonly Booking[] | undefined {
  const sheets = lists.whole("taxi-bookings");
  if (!sheets || sheets.some(({ until }) => at >= until)) return undefined;
  return sheets.flatMap(({ bookings }) => bookings.filter((one) => one.company === company));
}
