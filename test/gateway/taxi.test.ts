import fc from "fast-check";
import { expect, test } from "vitest";
import { eventBodySchema } from "#contract/events.ts";
import {
  defaultTaxiTerms,
  taxiCategoryOf,
  taxiSubsidyYen,
  taxiTermsOn,
  taxiTermsTableSchema,
  taxiYearOf,
} from "#firmware-config/taxi.ts";
import { ann, TaxiHistory, taxiBoxes, taxiPeople, tokyo } from "./taxi-history.ts";

const terms = defaultTaxiTerms[0]!;
const [one, two] = taxiBoxes as [(typeof taxiBoxes)[0], (typeof taxiBoxes)[0]];
const noon = tokyo("2026-05-10T12:00:00");
const alone = { people: [ann], fareYen: 1_500, subsidyYen: 750 };

test("the terms that ship fit their schema", () => {
  expect(taxiTermsTableSchema.parse(defaultTaxiTerms)).toEqual(defaultTaxiTerms);
});

test.each([
  { fareYen: 0, riders: 1, yen: 0 },
  { fareYen: 1, riders: 1, yen: 0 },
  { fareYen: 999, riders: 1, yen: 499 },
  { fareYen: 1_998, riders: 1, yen: 999 },
  { fareYen: 2_000, riders: 1, yen: 1_000 },
  { fareYen: 2_002, riders: 1, yen: 1_000 },
  { fareYen: 90_000, riders: 1, yen: 1_000 },
  { fareYen: 1_000, riders: 2, yen: 500 },
  { fareYen: 999, riders: 2, yen: 499 },
  { fareYen: 1_500, riders: 3, yen: 500 },
  { fareYen: 1_499, riders: 3, yen: 499 },
  { fareYen: 0, riders: 4, yen: 0 },
  { fareYen: 5_000, riders: 0, yen: 0 },
])("of a fare of $fareYen yen each of $riders is let off $yen", ({ fareYen, riders, yen }) => {
  expect(taxiSubsidyYen(terms, fareYen, riders)).toBe(yen);
});

test("all riders' subsidies together never exceed the fare, whatever the terms", () => {
  const yenMax = fc.nat(3_000);
  fc.assert(
    fc.property(
      ...([fc.nat(20_000), fc.integer({ min: 1, max: 8 }), fc.nat(100), yenMax, yenMax] as const),
      (fareYen, riders, percentOfFare, most, yenEach) => {
        const made = { alone: { percentOfFare, yenMax: most }, together: { yenEach } };
        expect(taxiSubsidyYen(made, fareYen, riders) * riders).toBeLessThanOrEqual(fareYen);
      },
    ),
  );
});

test.each([
  { starts: 4, day: "2026-03-31", year: "2025-04-01" },
  { starts: 4, day: "2026-04-01", year: "2026-04-01" },
  { starts: 1, day: "2026-12-31", year: "2026-01-01" },
  { starts: 1, day: "2027-01-01", year: "2027-01-01" },
])("with years from month $starts on, $day is in the year from $year", ({ starts, day, year }) => {
  expect(taxiYearOf({ yearStartsInMonth: starts }, day)).toBe(year);
});

test("a row of the terms counts from its day on, and leaves the days before as they were", () => {
  const lowered = { ...terms, validFrom: "2026-10-01", ridesPerYear: 60 };
  const table = [lowered, terms];
  expect(taxiTermsOn(table, "2026-09-30")?.ridesPerYear).toBe(120);
  expect(taxiTermsOn(table, "2026-10-01")?.ridesPerYear).toBe(60);
  expect(taxiTermsOn(table, "1999-12-31")).toBeUndefined();
});

const day = "2026-05-10";
test.each([
  { born: "1951-05-11", has: [], category: undefined },
  { born: "1951-05-10", has: [], category: "age-75" },
  { born: "1961-05-11", has: ["no-driving-licence"], category: undefined },
  { born: "1961-05-10", has: [], category: undefined },
  { born: "1961-05-10", has: ["no-driving-licence"], category: "age-65-no-driving-licence" },
  { born: undefined, has: ["no-driving-licence"], category: undefined },
  { born: undefined, has: ["pregnancy"], category: "pregnancy" },
  { born: "1986-01-01", has: ["disability-certificate"], category: "disability-certificate" },
  { born: "1986-01-01", has: ["care-certification"], category: "care-certification" },
  { born: "1986-01-01", has: ["intractable-disease"], category: "intractable-disease" },
  { born: "1976-01-01", has: ["returned-driving-licence"], category: "returned-driving-licence" },
])("born on $born with $has the category is $category", ({ born, has, category }) => {
  expect(taxiCategoryOf(terms, { birthDate: born, has: new Set(has) }, day)?.category).toBe(
    category,
  );
});

test("nobody is twice in one ride", () => {
  const rider = { person: ann, tap: 1, tapAgoMs: 0, subsidyYen: 500, leftToday: 0 };
  const riders = [0, 1].map(() => ({ ...rider, leftThisYear: 0, allowance: null }));
  const body = { type: "taxi.ride-ended", company: "c-1", fareYen: 2_000, riders };
  expect(eventBodySchema.safeParse(body).success).toBe(false);
  expect(eventBodySchema.safeParse({ ...body, riders: riders.slice(1) }).success).toBe(true);
});

test("two boxes without a network that both gave the last ride leave one overdraw open", () => {
  const history = new TaxiHistory().entitle();
  history.ride(one, { ...alone, at: noon });
  history.ride(one, { ...alone, at: noon + 3_600_000 });
  history.ride(two, { ...alone, at: noon + 7_200_000 });
  const shown = history.rides();
  expect(shown.overdraws).toMatchObject([
    { person: ann, device: two, flaw: "over-day", ofDay: 3, state: "open", subsidyYen: 750 },
  ]);
  expect(shown.findings).toEqual([]);
  const [person] = shown.persons;
  expect(person?.days).toEqual([{ from: "2026-05-10", used: 3, left: 0 }]);
  expect(person?.years).toEqual([{ from: "2026-04-01", used: 3, left: 117 }]);
});

test("a clerk's decision closes an overdraw and leaves it in sight; what is not paid is not due", () => {
  const history = new TaxiHistory().entitle();
  for (const hour of [0, 1, 2]) history.ride(one, { ...alone, at: noon + hour * 3_600_000 });
  const { device, sequence } = history.rides().overdraws[0]!;
  const decided = { ride: { device, sequence }, person: ann, reason: "misuse" };
  const type = "taxi.overdraw-settled";
  history.desk(noon, { type, ...decided, decision: "not-paid" });
  expect(history.rides().overdraws).toMatchObject([{ state: "not-paid" }]);
  const due = () => history.claims().companies[0]?.rides.map(({ dueYen }) => dueYen);
  expect(due()).toEqual([750, 750, 0]);
  history.desk(noon, { type, ...decided, decision: "borne" });
  expect(due()).toEqual([750, 750, 750]);
});

test("midnight and the new year in Tokyo begin new quotas, by the moment of the tap", () => {
  const history = new TaxiHistory().entitle();
  const midnight = tokyo("2026-04-01T00:00:00");
  for (const minute of [-30, -20, -1]) {
    history.ride(one, { ...alone, at: midnight + minute * 60_000, tapAgoMs: 0 });
  }
  // Ended in the new year, tapped in the old one; then tapped at its very first moment.
  history.ride(one, { ...alone, at: midnight + 60_000, tapAgoMs: 60_001 });
  history.ride(one, { ...alone, at: midnight + 60_000, tapAgoMs: 60_000 });
  const { overdraws, persons } = history.rides();
  expect(overdraws.map(({ day, ofDay }) => [day, ofDay])).toEqual([
    ["2026-03-31", 3],
    ["2026-03-31", 4],
  ]);
  expect(persons[0]?.years).toEqual([
    { from: "2025-04-01", used: 4, left: 116 },
    { from: "2026-04-01", used: 1, left: 119 },
  ]);
});

test("the 120th ride of a year is within the quota and the 121st is an overdraw", () => {
  const history = new TaxiHistory().entitle();
  for (let ride = 0; ride < 121; ride++) {
    const at = noon + Math.floor(ride / 2) * 86_400_000 + (ride % 2) * 3_600_000;
    history.ride(ride % 2 ? one : two, { ...alone, at });
  }
  const { overdraws, persons } = history.rides();
  expect(overdraws).toMatchObject([{ flaw: "over-year", ofYear: 121, ofDay: 1 }]);
  expect(persons[0]?.years).toEqual([{ from: "2026-04-01", used: 121, left: 0 }]);
});

test("a ride that was none gives the quota back, and an overdraw that hung on it is gone", () => {
  const history = new TaxiHistory().entitle();
  const { device, sequence } = history.ride(one, { ...alone, at: noon });
  for (const hour of [1, 2]) history.ride(one, { ...alone, at: noon + hour * 3_600_000 });
  expect(history.rides().overdraws).toHaveLength(1);
  const ride = { device, sequence };
  history.desk(noon, { type: "taxi.ride-corrected", ride, fareYen: null, reason: "not-driven" });
  expect(history.rides().overdraws).toEqual([]);
  expect(history.rides().persons[0]?.days).toMatchObject([{ used: 2, left: 0 }]);
});

test("who rides after the entitlement ended is found, to the day", () => {
  const history = new TaxiHistory();
  const granted = { entitlement: "e-1", person: ann, category: "pregnancy" };
  const dates = { validFrom: "2026-05-10", validUntil: "2026-05-12" };
  history.desk(1, { type: "taxi.entitlement-granted", ...granted, ...dates });
  for (const day of ["09", "10", "12", "13"]) {
    history.ride(one, { ...alone, at: tokyo(`2026-05-${day}T12:00:00`) });
  }
  const found = () => history.rides().findings.map(({ day, flaw }) => `${day} ${flaw}`);
  expect(found()).toEqual(["2026-05-09 not-entitled", "2026-05-13 not-entitled"]);
  const { category: _, ...named } = granted;
  const revoked = { ...named, from: "2026-05-12", reason: "moved-away" };
  history.desk(2, { type: "taxi.entitlement-revoked", ...revoked });
  expect(found()).toContain("2026-05-12 not-entitled");
  expect(found()).not.toContain("2026-05-10 not-entitled");
});

test("what only a desk may say counts for nothing from a box", () => {
  const history = new TaxiHistory();
  const dates = { validFrom: "2020-01-01", validUntil: null };
  const named = { entitlement: "e-1", person: ann, category: "age-75" };
  history.add(one, 1, { type: "taxi.entitlement-granted", ...named, ...dates });
  history.ride(one, { ...alone, at: noon });
  expect(history.rides().findings).toMatchObject([{ flaw: "not-entitled" }]);
});

test("a ride without its tap, and a tap used twice, are found", () => {
  const history = new TaxiHistory().entitle();
  const { body } = history.ride(one, { ...alone, at: noon });
  history.add(one, noon + 1, body);
  expect(history.rides().findings).toMatchObject([{ sequence: 3, flaw: "not-tapped" }]);
});

test("a box that lets off more than the terms give is found, and only what they give is due", () => {
  const history = new TaxiHistory().entitle();
  history.ride(one, { ...alone, at: noon, subsidyYen: 1_500 });
  history.ride(two, { at: noon, people: taxiPeople.slice(1, 3), fareYen: 900, subsidyYen: 450 });
  expect(history.rides().findings).toMatchObject([{ person: ann, flaw: "subsidy-above-terms" }]);
  expect(history.claims().companies[0]?.rides.map(({ dueYen }) => dueYen)).toEqual([750, 900]);
});
