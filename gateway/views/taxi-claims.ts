import type { RideKey } from "#contract/bodies/taxi.ts";
import { type CityRules, shippedRules } from "#firmware-config/city-rules.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { applyTaxi, emptyTaxi, rideId, type StatedLine, type TaxiState } from "./taxi-fold.ts";
import { type Flaw, judgeRides } from "./taxi-judge.ts";
import type { View } from "./view.ts";

/** A ride as its company claims it. It names no rider: the company's books need none. */
export interface TaxiClaimRide extends RideKey {
  readonly day: string;
  readonly fareYen: number | null;
  readonly riders: number;
  readonly dueYen: number;
  readonly flaws: readonly Flaw[];
  /** What claims have stated of it so far, by the month that they were for. */
  readonly stated: readonly Pick<StatedLine, "month" | "yen">[];
}

export interface TaxiClaims {
  readonly companies: readonly {
    readonly company: string;
    readonly rides: readonly TaxiClaimRide[];
  }[];
}

/** What each taxi company is owed for its rides, beside what was claimed already. */
export function taxiClaims(
  dayOf: (at: number) => string,
  rules: Pick<CityRules, "taxi"> = shippedRules,
): View<TaxiState, TaxiClaims> {
  return {
    name: "taxi.claims",
    empty: emptyTaxi,
    apply: (state, { event }) => applyTaxi(state, event, dayOf),
    show(state) {
      const companies = new Map<string, TaxiClaimRide[]>();
      for (const ride of judgeRides(state, { terms: rules.taxi, dayOf })) {
        const { device, sequence, day, fareYen, dueYen, riders } = ride;
        entry(companies, ride.company, (): TaxiClaimRide[] => []).push({
          ...{ device, sequence, day, fareYen, riders: riders.length, dueYen },
          flaws: [...new Set(riders.flatMap(({ flaws }) => flaws))].sort(),
          stated: (state.stated.get(rideId(ride)) ?? []).map(({ month, yen }) => ({ month, yen })),
        });
      }
      return { companies: sorted(companies).map(([company, rides]) => ({ company, rides })) };
    },
  };
}
