import type { RideEnded } from "#contract/bodies/taxi.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { type TaxiTermsTable, taxiSubsidyYen, taxiTermsOn } from "#firmware-config/taxi.ts";
import type { RideRoom } from "./allowance-book.ts";

/** Somebody who tapped and had room for a ride. */
export interface Riding {
  readonly person: Pseudonym;
  /** Sequence of the decision that admitted them. */
  readonly tap: number;
  readonly tapAt: WallMs;
  /** What was left by the allowance counted from; its number is null where somebody let the person ride. */
  readonly room: Omit<Extract<RideRoom, { kind: "allowed" }>, "allowance"> & {
    readonly allowance: number | null;
  };
}

export interface MeteredRide {
  readonly company: string;
  readonly fareYen: number;
  readonly booking?: string;
  readonly riding: readonly Riding[];
  readonly endedAt: WallMs;
}

const dayMs = 86_400_000;

/** The event that ends a subsidised ride: each rider's subsidy by the terms of the day of their tap. */
export function rideEnded(
  { company, fareYen, booking, riding, endedAt }: MeteredRide,
  terms: TaxiTermsTable,
  dayOf: (at: number) => string,
): RideEnded {
  return {
    type: "taxi.ride-ended",
    ...{ company, fareYen },
    ...(booking === undefined ? {} : { booking }),
    riders: riding.map(({ person, tap, tapAt, room }) => {
      const onDay = taxiTermsOn(terms, dayOf(tapAt));
      const { allowance, leftToday, leftThisYear } = room;
      return {
        ...{ person, tap, allowance, leftToday, leftThisYear },
        // A clock that was put forward in between must not make a ride that no gateway takes.
        tapAgoMs: Math.min(dayMs, Math.max(0, endedAt - tapAt)),
        subsidyYen: onDay ? taxiSubsidyYen(onDay, fareYen, riding.length) : 0,
      };
    }),
  };
}
