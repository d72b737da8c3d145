import assert from "node:assert/strict";
import { type CalibrationRow, falseMatchRateAt, identificationRate } from "#models/calibration.ts";

/**
 * The false match rate (FMR) that one comparison may have, so that a search over `people` enrolled
 * persons returns a stranger at a false positive identification rate (FPIR) of `rate` at most.
 *
 * ISO/IEC 19795-1 defines FPIR as the proportion of searches by capture subjects who are not
 * enrolled that return a candidate. With independent comparisons FPIR = 1 - (1 - FMR)^N, so
 * FMR = 1 - (1 - FPIR)^(1/N). Real comparisons of one probe are not quite independent: that is what
 * cohort statistics are for, and why the rate should be measured in the field too.
 *
 * `rate` is above 0 and below 1. An empty gallery names nobody, and allows any rate.
 */
export function falseMatchRateFor(rate: number, people: number): number {
  assert(rate > 0 && rate < 1, "a false positive identification rate is between 0 and 1");
  assert(Number.isInteger(people) && people >= 0, "people are counted");
  if (people === 0) return 1;
  // The plain formula loses every digit where the rate is small and the gallery large.
  return -Math.expm1(Math.log1p(-rate) / people);
}

/**
 * The lowest similarity at which a search over `people` persons keeps FPIR within `rate`, from an
 * embedder's table of thresholds and false match rates. Undefined when the table was not measured
 * far enough to promise it: more comparisons are needed, or a second factor.
 */
export function identificationThreshold(
  table: readonly CalibrationRow[],
  people: number,
  rate: number,
): number | undefined {
  const promised = (similarity: number) =>
    identificationRate(falseMatchRateAt(table, similarity), people) <= rate;
  const rows = table.toSorted((a, b) => a.threshold - b.threshold);
  const index = rows.findIndex(({ threshold }) => promised(threshold));
  if (index < 0) return undefined;
  let high = rows[index]!.threshold;
  let low = rows[index - 1]?.threshold ?? high;
  // Halving ends where two doubles have none between them; 64 steps are more than they need.
  for (let step = 0; step < 64; step++) {
    const middle = (low + high) / 2;
    if (promised(middle)) high = middle;
    else low = middle;
  }
  return high;
}
