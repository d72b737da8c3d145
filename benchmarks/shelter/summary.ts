import { median } from "#device/watch.ts";

/** Times of the machine, and what they leave of a promise beside the human's part. */
export function summaryOf(times: readonly number[], assumedHumanMs: number, promisedMs: number) {
  const sorted = [...times].sort((a, b) => a - b);
  const p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  return {
    ...{ count: sorted.length, medianMs: median(sorted), p99Ms },
    ...{ assumedHumanMs, promisedMs },
    medianWithHumanMs: assumedHumanMs + median(sorted),
    p99WithHumanMs: assumedHumanMs + p99Ms,
  };
}
