import type { FaceSet } from "./face-set.ts";
import { falseNonMatchRate, type Rate } from "./rates.ts";
import { scoreOfPair } from "./similarity.ts";
import { crossScores, type Pair } from "./verification.ts";

export interface QualityReport {
  readonly model: string;
  readonly falseMatchRate: number;
  /** Misses after the worst share of genuine pairs was turned away. */
  readonly curve: readonly { readonly rejected: number; readonly fnmr: Rate }[];
  /** Where a perfect quality would bring the same misses. */
  readonly ideal: readonly { readonly rejected: number; readonly fnmr: number }[];
}

const shares = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3];

/**
 * The error-versus-reject curve (Grother and Tabassi, 2007): if quality says anything, turning away
 * the pairs with the worse photograph of low quality must lower the misses at a fixed threshold.
 */
export function evaluateQuality(
  set: FaceSet,
  pairs: readonly Pair[],
  falseMatchRate = 1e-3,
): QualityReport {
  const rows = new Map(set.names.map((name, row) => [name, row]));
  const threshold = crossScores(set, undefined).thresholdAt(falseMatchRate);
  const genuine = pairs
    .filter(({ same }) => same)
    .flatMap(({ left, right }) => {
      const [a, b] = [rows.get(left), rows.get(right)];
      if (a === undefined || b === undefined) return [];
      const quality = Math.min(set.quality[a]!, set.quality[b]!);
      return [{ quality, score: scoreOfPair(set, undefined, a, b) }];
    })
    .toSorted((a, b) => a.quality - b.quality);
  const curve = shares.map((rejected) => {
    const kept = genuine.slice(Math.floor(rejected * genuine.length));
    const scores = kept.map(({ score }) => score);
    return { rejected, fnmr: falseNonMatchRate(scores, threshold) };
  });
  const atFirst = curve[0]?.fnmr.value ?? 0;
  const ideal = shares.map((rejected) => ({
    rejected,
    fnmr: Math.max(0, (atFirst - rejected) / (1 - rejected)),
  }));
  return { model: set.model, falseMatchRate, curve, ideal };
}
