import fc from "fast-check";
import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { candidateOf } from "#device/match/match.ts";
import { type CalibrationRow, falseMatchRateAt, identificationRate } from "#models/calibration.ts";

const table: readonly CalibrationRow[] = [
  { threshold: 0.5, falseMatchRate: 1e-1 },
  { threshold: 0.7, falseMatchRate: 1e-3 },
  { threshold: 0.8, falseMatchRate: 1e-5 },
];

test.each([
  { score: 0.4, rate: 1, why: "below the table nothing is promised" },
  { score: 0.5, rate: 1e-1, why: "a row's own threshold" },
  { score: 0.6, rate: 1e-2, why: "half way in the logarithm" },
  { score: 0.8, rate: 1e-5, why: "the last row" },
  { score: 1.0, rate: 1e-5, why: "beyond it, no more than was measured" },
])("at $score the false match rate is $rate: $why", ({ score, rate }) => {
  expect(falseMatchRateAt(table, score)).toBeCloseTo(rate, 8);
});

test("an empty table promises nothing", () => {
  expect(falseMatchRateAt([], 0.99)).toBe(1);
});

test("a better score never has a higher rate", () => {
  const score = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(score, score, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      expect(falseMatchRateAt(table, high)).toBeLessThanOrEqual(falseMatchRateAt(table, low));
    }),
  );
});

test("one in 10,000 for each comparison names a stranger in 39 % of searches over 5,000", () => {
  expect(identificationRate(1e-4, 5_000)).toBeCloseTo(0.393, 3);
  expect(identificationRate(1e-12, 1)).toBeCloseTo(1e-12, 20);
  expect(identificationRate(0.5, 0)).toBeCloseTo(0, 12);
});

const hit = (person: string, similarity: number) => ({ person: person as PersonId, similarity });
const rules = { calibration: table, leads: [], areLookAlikes: () => false };

test("a candidate leads the second person by its margin, and nobody by infinity", () => {
  const hits = [hit("a", 0.8), hit("b", 0.5)];
  const two = candidateOf({ hits, people: 100, rival: undefined }, rules).candidate;
  expect(two?.margin).toBeCloseTo(0.3);
  expect(two?.falsePositiveIdentificationRate).toBeCloseTo(1e-3, 5);
  const alone = candidateOf({ hits: [hit("a", 0.8)], people: 1, rival: undefined }, rules);
  expect(alone.candidate?.margin).toBe(Number.POSITIVE_INFINITY);
  expect(candidateOf({ hits: [], people: 0, rival: undefined }, rules).candidate).toBeUndefined();
});

const leads = [
  { threshold: 0.4, falsePositiveIdentificationRate: 0.1 },
  { threshold: 0.5, falsePositiveIdentificationRate: 0.001 },
];

test.each([
  { others: [0.5, 0.7], rate: 1e-3, why: "it leads by 0.5, whatever the number of people" },
  { others: [0.7, 0.7], rate: 1e-2, why: "half way down the table of leads" },
  { others: [0.78, 0.9], rate: 1, why: "it resembles everybody" },
])(
  "in a city a face at 0.8 whose closest others are at $others is a stranger's at $rate: $why",
  ({ others: [other = 0, rival = 0], rate }) => {
    const hits = [hit("a", 0.8), hit("b", other)];
    const { candidate } = candidateOf({ hits, people: 340_000, rival }, { ...rules, leads });
    expect(candidate?.falsePositiveIdentificationRate).toBeCloseTo(rate, 6);
  },
);

test("a lead promises no more than one comparison does, and counts among a hundred people only", () => {
  const hits = [hit("a", 0.6), hit("b", 0.1)];
  const rateAmong = (people: number) =>
    candidateOf({ hits, people, rival: 0.1 }, { ...rules, leads }).candidate
      ?.falsePositiveIdentificationRate;
  expect(rateAmong(100)).toBeCloseTo(1e-2, 8);
  expect(rateAmong(99)).toBeCloseTo(identificationRate(1e-2, 99), 8);
});
