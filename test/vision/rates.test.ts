import fc from "fast-check";
import { expect, test } from "vitest";
import {
  accuracyByFold,
  equalErrorRate,
  falseNonMatchRate,
  rateOf,
  ScoreHistogram,
  thresholdAt,
} from "#device/evaluate/rates.ts";

test.each([
  { hits: 0, trials: 100, low: 0, high: 0.037 },
  { hits: 50, trials: 100, low: 0.4038, high: 0.5962 },
  { hits: 100, trials: 100, low: 0.963, high: 1 },
])("Wilson's interval of $hits in $trials", ({ hits, trials, low, high }) => {
  const rate = rateOf(hits, trials);
  expect(rate.low).toBeCloseTo(low, 3);
  expect(rate.high).toBeCloseTo(high, 3);
});

test("no trials say nothing", () => {
  expect(rateOf(0, 0)).toEqual({ value: 0, low: 0, high: 1 });
});

test("at a threshold no more impostors pass than were allowed", () => {
  const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(scores, fc.constantFrom(0.5, 0.1, 0.01), (impostors, rate) => {
      const threshold = thresholdAt(impostors, rate);
      const passed = impostors.filter((score) => score >= threshold + 1e-8).length;
      expect(passed).toBeLessThanOrEqual(rate * impostors.length);
    }),
  );
});

test("the histogram gives the threshold that sorting gives, to a millionth of its range", () => {
  const histogram = new ScoreHistogram(-1, 1);
  const scores = Array.from({ length: 10_000 }, (_, i) => Math.sin(i * 1.7) ** 3);
  for (const score of scores) histogram.add(score);
  for (const rate of [0.1, 0.01, 0.001]) {
    expect(histogram.thresholdAt(rate)).toBeCloseTo(thresholdAt(scores, rate), 5);
    const threshold = histogram.thresholdAt(rate);
    expect(histogram.countAtLeast(threshold)).toBe(
      scores.filter((score) => score >= threshold).length,
    );
  }
});

test("a miss is a genuine score below the threshold, or none at all", () => {
  expect(falseNonMatchRate([0.9, 0.5, Number.NaN, 0.7], 0.7).value).toBe(0.5);
});

test("scores that are apart have no equal error rate, and scores that are alike have a half", () => {
  expect(equalErrorRate([3, 4, 5], [0, 1, 2])).toBe(0);
  expect(equalErrorRate([1, 2, 3, 4], [1, 2, 3, 4])).toBeCloseTo(0.5, 6);
});

test("each fold is judged with the threshold of the others", () => {
  const pairs = [0, 1, 2].flatMap((fold) => [
    { score: 0.9, same: true, fold },
    { score: 0.1, same: false, fold },
  ]);
  expect(accuracyByFold(pairs).value).toBe(1);
  // A fold whose scores lie elsewhere cannot be helped by its own threshold.
  const shifted = [
    { score: 0.2, same: true, fold: 3 },
    { score: 0.0, same: false, fold: 3 },
  ];
  expect(accuracyByFold([...pairs, ...shifted]).value).toBeCloseTo(7 / 8, 6);
});
