import type { RideKey } from "#contract/bodies/taxi.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { type CityRules, shippedRules } from "#firmware-config/city-rules.ts";
import type { TaxiTermsTable } from "#firmware-config/taxi.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { applyTaxi, emptyTaxi, type TaxiState } from "./taxi-fold.ts";
import { type Flaw, type JudgedRide, type JudgedRider, judgeRides, termsOn } from "./taxi-judge.ts";
import type { View } from "./view.ts";

export interface TaxiPeriod {
  /** A local day, or the first day of a year. */
  readonly from: string;
  readonly used: number;
  readonly left: number;
}

export interface TaxiPersonRide extends RideKey {
  readonly tapAt: WallMs;
  readonly day: string;
  readonly fareYen: number | null;
  readonly subsidyYen: number;
  readonly riders: number;
}

export interface TaxiEntitlement {
  readonly entitlement: string;
  readonly category: string;
  readonly validFrom: string;
  readonly validUntil: string | null;
  readonly revokedFrom: string | null;
}

export interface TaxiPerson {
  readonly person: Pseudonym;
  readonly entitlements: readonly TaxiEntitlement[];
  readonly days: readonly TaxiPeriod[];
  readonly years: readonly TaxiPeriod[];
  readonly rides: readonly TaxiPersonRide[];
}

/** Something about a ride that a person has to decide; it stays here afterwards, with the decision. */
export interface TaxiMatter extends RideKey {
  readonly person: Pseudonym;
  readonly day: string;
  readonly flaw: Flaw;
  readonly ofDay: number;
  readonly ofYear: number;
  readonly subsidyYen: number;
  readonly allowance: number | null;
  readonly state: "open" | "borne" | "repaid" | "not-paid";
}

export interface TaxiRides {
  readonly persons: readonly TaxiPerson[];
  /** More rides than a day or a year allows. */
  readonly overdraws: readonly TaxiMatter[];
  /** Whatever else is not right. */
  readonly findings: readonly TaxiMatter[];
  /** The last ride of each box that is counted here. */
  readonly counted: readonly { readonly device: DeviceId; readonly sequence: number }[];
}

/** Rides and balance of each person, and everything that went beyond what was allowed. */
export function taxiRides(
  dayOf: (at: number) => string,
  rules: Pick<CityRules, "taxi"> = shippedRules,
): View<TaxiState, TaxiRides> {
  return {
    name: "taxi.subsidised-ride",
    empty: emptyTaxi,
    apply: (state, { event }) => applyTaxi(state, event, dayOf),
    show(state) {
      const { taxi: terms } = rules;
      const rides = judgeRides(state, { terms, dayOf });
      const matters = rides.flatMap((ride) => ride.riders.flatMap((rider) => open(ride, rider)));
      const isOverdraw = ({ flaw }: TaxiMatter) => flaw === "over-day" || flaw === "over-year";
      return {
        persons: persons(state, rides, terms),
        overdraws: matters.filter(isOverdraw),
        findings: matters.filter((matter) => !isOverdraw(matter)),
        counted: sorted(state.counted).map(([device, sequence]) => ({
          ...{ device: device as DeviceId, sequence },
        })),
      };
    },
  };
}

function open({ device, sequence }: JudgedRide, rider: JudgedRider): TaxiMatter[] {
  const { person, day, ofDay, ofYear, subsidyYen, allowance, decision } = rider;
  const told = { device, sequence, person, day, ofDay, ofYear, subsidyYen, allowance };
  return rider.flaws.map((flaw) => ({ ...told, flaw, state: decision ?? "open" }));
}

function persons(
  state: TaxiState,
  rides: readonly JudgedRide[],
  terms: TaxiTermsTable,
): readonly TaxiPerson[] {
  const parts = new Map<string, { ride: JudgedRide; rider: JudgedRider }[]>();
  for (const person of state.grants.keys()) parts.set(person, []);
  for (const ride of rides) {
    for (const rider of ride.riders) entry(parts, rider.person, () => []).push({ ride, rider });
  }
  return sorted(parts).map(([name, own]) => {
    const person = name as Pseudonym;
    own.sort((a, b) => a.rider.tapAt - b.rider.tapAt); // Stable: rides come in a fixed order.
    const counted = own.filter(({ rider }) => rider.ofDay > 0).map(({ rider }) => rider);
    const cap = (key: "ridesPerDay" | "ridesPerYear") => (day: string) => termsOn(terms, day)[key];
    return {
      person,
      entitlements: entitlements(state, person),
      days: periods(counted, ({ day }) => day, cap("ridesPerDay")),
      years: periods(counted, ({ yearFrom }) => yearFrom, cap("ridesPerYear")),
      rides: own.map(({ ride, rider }) => ({
        ...{ device: ride.device, sequence: ride.sequence, tapAt: rider.tapAt, day: rider.day },
        ...{ fareYen: ride.fareYen, subsidyYen: rider.dueYen, riders: ride.riders.length },
      })),
    };
  });
}

function entitlements(state: TaxiState, person: Pseudonym): readonly TaxiEntitlement[] {
  return sorted(state.grants.get(person) ?? new Map()).map(([entitlement, grant]) => ({
    ...{ entitlement, ...grant },
    revokedFrom: state.revoked.get(`${person} ${entitlement}`) ?? null,
  }));
}

/** What was used of each period. The cap is that of the last day on which something was used of it. */
function periods(
  riders: readonly JudgedRider[],
  of: (rider: JudgedRider) => string,
  capOn: (day: string) => number,
): readonly TaxiPeriod[] {
  const found = new Map<string, { used: number; last: string }>();
  for (const rider of riders) {
    const period = entry(found, of(rider), () => ({ used: 0, last: rider.day }));
    period.used += 1;
    if (rider.day > period.last) period.last = rider.day;
  }
  return sorted(found).map(([from, { used, last }]) => ({
    ...{ from, used, left: Math.max(0, capOn(last) - used) },
  }));
}
