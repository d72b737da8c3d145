import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit } from "../gallery-index.ts";
import type { CodeRows } from "./code-rows.ts";
import type { Candidates } from "./rank.ts";
import type { RowDirectory } from "./row-directory.ts";

/** Similarities of the probe to the templates nearest to it that belong to somebody else. */
export interface Cohort {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
}

export interface Examination {
  readonly hits: readonly GalleryHit[];
  /** How far the best person leads the second; Infinity when there is no second. */
  readonly margin: number;
  readonly cohort: Cohort;
}

/** Fewer than this many strangers say nothing about how a stranger scores. */
const cohortMin = 8;
export const cohortMax = 63;

/** Cohort scores come from the codes: within 0.0005 of full precision, and free of more look-ups. */
export function summarise(
  rows: CodeRows,
  directory: RowDirectory,
  probe: Float32Array,
  k: number,
  hits: readonly GalleryHit[],
  candidates: Candidates,
): Examination {
  const [first, second] = hits;
  const margin = first && second ? first.similarity - second.similarity : Infinity;
  const common = rows.commonSimilarity(probe);
  const scores: number[] = [];
  for (const { row } of candidates.rows) {
    if (scores.length === cohortMax) break;
    const person: PersonId | undefined = directory.ownerOf(row);
    if (person === undefined || person === first?.person) continue;
    scores.push(common + rows.ownSimilarity(row, probe));
  }
  return { hits: hits.slice(0, k), margin, cohort: cohortOf(scores) };
}

export function cohortOf(scores: readonly number[]): Cohort {
  const count = scores.length;
  if (count === 0) return { count, mean: 0, deviation: 0 };
  const mean = scores.reduce((sum, score) => sum + score, 0) / count;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { count, mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 };
}

/**
 * Top-cohort normalisation (one-sided S-norm): how many deviations a similarity stands above the
 * strangers nearest to this probe. A probe that resembles everybody (blurred, masked) has a high
 * mean, and its best hit then counts for less. Undefined where the cohort is too small to say.
 */
export function normalisedScore(similarity: number, cohort: Cohort): number | undefined {
  if (cohort.count < cohortMin || cohort.deviation <= 0) return undefined;
  return (similarity - cohort.mean) / cohort.deviation;
}
