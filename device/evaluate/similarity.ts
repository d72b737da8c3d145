import type { FaceSet } from "./face-set.ts";

type Templates = Pick<FaceSet, "templates" | "dimensions" | "people">;

/** Mean and spread of the highest scores of a template against other people. */
export interface CohortStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/**
 * How many of the closest other people's scores make a cohort. Of 3 to 300, around 20 misses least at
 * false match rates of 1e-4 and 1e-5, and about as little as any at 1e-3.
 */
export const cohortSize = 20;

/** Cosine similarities of row `row` to the rows from `from` on, written to `out` from that index. */
export function similaritiesOf(
  { templates, dimensions }: Pick<FaceSet, "templates" | "dimensions">,
  row: number,
  from: number,
  out: Float32Array,
): void {
  const rows = templates.length / dimensions;
  const a = row * dimensions;
  for (let other = from; other < rows; other++) {
    let sum = 0;
    const b = other * dimensions;
    for (let k = 0; k < dimensions; k++) sum += templates[a + k]! * templates[b + k]!;
    out[other] = sum;
  }
}

/**
 * For each template, what it scores against the `size` closest of other people. Some faces resemble
 * everybody; a score means more when it is seen against these (adaptive symmetric normalisation,
 * Cumani et al., Interspeech 2011). The people of the set itself are the cohort, so that no
 * template of anybody has to be shipped.
 */
export function cohortStatistics(set: Templates, size: number = cohortSize): CohortStatistics {
  const rows = set.people.length;
  const [mean, deviation] = [new Float32Array(rows), new Float32Array(rows).fill(1)];
  const scores = new Float32Array(rows);
  const others = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    similaritiesOf(set, row, 0, scores);
    let count = 0;
    for (let other = 0; other < rows; other++) {
      if (set.people[other] !== set.people[row]) others[count++] = scores[other]!;
    }
    const { mean: m, deviation: d } = topStatistics(others.subarray(0, count), size);
    mean[row] = m;
    deviation[row] = d;
  }
  return { mean, deviation };
}

/** Mean and standard deviation of the `size` largest values, which are sorted in place. */
export function topStatistics(values: Float32Array, size: number) {
  const top = values.sort().subarray(Math.max(0, values.length - size));
  if (top.length < 2) return { mean: 0, deviation: 1 };
  let mean = 0;
  for (const value of top) mean += value / top.length;
  let squares = 0;
  for (const value of top) squares += (value - mean) ** 2;
  return { mean, deviation: Math.max(1e-6, Math.sqrt(squares / top.length)) };
}

/** Turns cosines into normalised scores; without statistics the cosine stays. */
export function normaliser(statistics: CohortStatistics | undefined) {
  if (!statistics) return (cosine: number) => cosine;
  const { mean, deviation } = statistics;
  return (cosine: number, a: number, b: number) =>
    ((cosine - mean[a]!) / deviation[a]! + (cosine - mean[b]!) / deviation[b]!) / 2;
}

/** The score of two rows. */
export function scoreOfPair(
  set: Templates,
  statistics: CohortStatistics | undefined,
  a: number,
  b: number,
): number {
  const { templates, dimensions } = set;
  let sum = 0;
  for (let k = 0; k < dimensions; k++) {
    sum += templates[a * dimensions + k]! * templates[b * dimensions + k]!;
  }
  return normaliser(statistics)(sum, a, b);
}
