import type { Booking } from "#contract/box-lists.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { ListShelf } from "../lists/list-shelf.ts";

/** The booking by which somebody may board at a moment, as far as a list that still counts knows. */
export function bookingAt(
  lists: Pick<ListShelf, "whole">,
  person: Pseudonym,
  at: number,
): Booking | undefined {
  return currentBookings(lists, at)?.find(
    ({ boardFrom, boardUntil, mayBoard }) =>
      boardFrom <= at && at <= boardUntil && mayBoard.some((one) => one.person === person),
  );
}

/** "no-list" where there is none, or where the one that there is has run out. */
export function bookingOf(
  lists: Pick<ListShelf, "whole">,
  person: Pseudonym | undefined,
  at: number,
): "booked" | "none" | "no-list" {
  if (!currentBookings(lists, at)) return "no-list";
  return person && bookingAt(lists, person, at) ? "booked" : "none";
}

function currentBookings(
  lists: Pick<ListShelf, "whole">,
  at: number,
): readonly Booking[] | undefined {
  const sheets = lists.whole("taxi-bookings");
  if (!sheets || sheets.some(({ until }) => at >= until)) return undefined;
  return sheets.flatMap(({ bookings }) => bookings);
}
