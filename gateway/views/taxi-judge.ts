import type { Pseudonym } from "#contract/ids.ts";
import {
  type TaxiTerms,
  type TaxiTermsTable,
  taxiSubsidyYen,
  taxiTermsOn,
  taxiYearOf,
} from "#firmware-config/taxi.ts";
import { mayBoard } from "./taxi-bookings.ts";
import {
  type Decision,
  type FoldedRide,
  type FoldedRider,
  grantsOn,
  rideId,
  riderId,
  type TaxiState,
} from "./taxi-fold.ts";

/**
 * What is not right about somebody's part in a ride. The first two are overdraws: more rides than a day or
 * a year allows, which happens when two boxes without a network both gave the last one.
 */
export type Flaw =
  | "over-day"
  | "over-year"
  | "not-entitled"
  | "not-tapped"
  | "not-booked"
  | "subsidy-above-terms";

export interface JudgedRider extends FoldedRider {
  readonly yearFrom: string;
  /** This is the person's so-and-so-manieth ride of that day and year; 0 where the ride was none. */
  readonly ofDay: number;
  readonly ofYear: number;
  readonly flaws: readonly Flaw[];
  /** What a clerk decided about the flaws; open until then. */
  readonly decision: Decision | "open" | null;
  /** What the city owes the company for this rider. Never more than the terms give. */
  readonly dueYen: number;
}

export interface JudgedRide extends Omit<FoldedRide, "riders" | "fareYen"> {
  /** After corrections; null where the ride never was one. */
  readonly fareYen: number | null;
  /** The day on which the first of the riders tapped. */
  readonly day: string;
  readonly riders: readonly JudgedRider[];
  readonly dueYen: number;
}

export interface JudgeOptions {
  readonly terms: TaxiTermsTable;
  readonly dayOf: (at: number) => string;
}

/** Nobody may ride before there are terms, and no yen is due then. */
const noTerms: TaxiTerms = {
  validFrom: "0001-01-01",
  ridesPerDay: 0,
  ridesPerYear: 0,
  yearStartsInMonth: 1,
  alone: { percentOfFare: 0, yenMax: 0 },
  together: { yenEach: 0 },
  categories: [],
  allowanceDays: 1,
};

export const termsOn = (table: TaxiTermsTable, day: string): TaxiTerms =>
  taxiTermsOn(table, day) ?? noTerms;

/**
 * Judges all rides, in the order in which people tapped and not in that of their arrival, so that late
 * batches of two boxes give the same answer whichever comes first.
 */
export function judgeRides(state: TaxiState, options: JudgeOptions): readonly JudgedRide[] {
  const numbers = numberRides(state, options.terms);
  return [...state.rides.values()]
    .map((ride) => judgeRide(state, options, ride, numbers))
    .sort((a, b) => compare(a.riders[0]!.tapAt, b.riders[0]!.tapAt) || compareKeys(a, b));
}

interface Numbers {
  readonly ofDay: number;
  readonly ofYear: number;
}

function numberRides(state: TaxiState, table: TaxiTermsTable): ReadonlyMap<string, Numbers> {
  const parts = [...state.rides.values()].flatMap((ride) =>
    isRide(state, ride) ? ride.riders.map((rider) => ({ ride, rider })) : [],
  );
  parts.sort((a, b) => compare(a.rider.tapAt, b.rider.tapAt) || compareKeys(a.ride, b.ride));
  const used = new Map<string, number>();
  const next = (person: Pseudonym, period: string): number => {
    const key = `${person} ${period}`;
    const number = (used.get(key) ?? 0) + 1;
    used.set(key, number);
    return number;
  };
  return new Map(
    parts.map(({ ride, rider: { person, day } }) => [
      riderId(ride, person),
      {
        ofDay: next(person, `day ${day}`),
        ofYear: next(person, `year ${taxiYearOf(termsOn(table, day), day)}`),
      },
    ]),
  );
}

const isRide = (state: TaxiState, ride: FoldedRide): boolean =>
  state.corrections.get(rideId(ride)) !== null;

function judgeRide(
  state: TaxiState,
  options: JudgeOptions,
  ride: FoldedRide,
  numbers: ReadonlyMap<string, Numbers>,
): JudgedRide {
  const corrected = state.corrections.get(rideId(ride));
  const fareYen = corrected === undefined ? ride.fareYen : corrected;
  const riders = ride.riders.map((rider): JudgedRider => {
    const terms = termsOn(options.terms, rider.day);
    const yearFrom = taxiYearOf(terms, rider.day);
    const number = numbers.get(riderId(ride, rider.person));
    if (fareYen === null || !number) {
      return { ...rider, yearFrom, ofDay: 0, ofYear: 0, flaws: [], decision: null, dueYen: 0 };
    }
    const byTerms = taxiSubsidyYen(terms, fareYen, ride.riders.length);
    const flaws = flawsOf(state, options, { ride, rider, terms, number, byTerms });
    const decided = state.decisions.get(riderId(ride, rider.person)) ?? "open";
    const decision = flaws.length > 0 ? decided : null;
    // A corrected fare is the fare that the subsidy is of; else the rider was let off what the box said.
    const owedYen = corrected === undefined ? Math.min(rider.subsidyYen, byTerms) : byTerms;
    const dueYen = decision === "not-paid" ? 0 : owedYen;
    return { ...rider, yearFrom, ...number, flaws, decision, dueYen };
  });
  const dueYen = riders.reduce((sum, rider) => sum + rider.dueYen, 0);
  const day = riders.map((rider) => rider.day).sort()[0]!;
  return { ...ride, fareYen, day, riders, dueYen };
}

interface Part {
  readonly ride: FoldedRide;
  readonly rider: FoldedRider;
  readonly terms: TaxiTerms;
  readonly number: Numbers;
  /** What the terms give of the fare that counts. */
  readonly byTerms: number;
}

function flawsOf(state: TaxiState, { dayOf }: JudgeOptions, part: Part): readonly Flaw[] {
  const { ride, rider, terms, number, byTerms } = part;
  const { person, day, tapAt } = rider;
  const flaws: Flaw[] = [];
  if (number.ofDay > terms.ridesPerDay) flaws.push("over-day");
  if (number.ofYear > terms.ridesPerYear) flaws.push("over-year");
  const known = new Set(terms.categories.map(({ category }) => category));
  if (!grantsOn(state, person, day).some(({ category }) => known.has(category))) {
    flaws.push("not-entitled");
  }
  if (!rider.tapped) flaws.push("not-tapped");
  if (ride.booking !== undefined) {
    const { booking, company, device: vehicle } = ride;
    const asked = { booking, company, person, vehicle };
    if (!mayBoard(state.bookings, dayOf, asked, tapAt)) flaws.push("not-booked");
  }
  const isFareAsTold = !state.corrections.has(rideId(ride));
  if (isFareAsTold && rider.subsidyYen > byTerms) flaws.push("subsidy-above-terms");
  return flaws;
}

const compare = (a: number, b: number): number => a - b;

function compareKeys(a: FoldedRide | JudgedRide, b: FoldedRide | JudgedRide): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  return a.sequence - b.sequence;
}
