import type { FaceSet } from "./face-set.ts";
import type { Measure, Measures } from "./measures.ts";
import { falseNonMatchRate, type Rate } from "./rates.ts";
import { scoreOfPair } from "./similarity.ts";
import { crossScores, type Pair } from "./verification.ts";

export interface QualityReport {
  readonly model: string;
  readonly falseMatchRate: number;
  readonly genuinePairs: number;
  readonly missedPairs: number;
  /** Misses after the worst share of genuine pairs was turned away: by the steadiness of the crops. */
  readonly curve: readonly CurvePoint[];
  /** The same by each measure, and how well it tells the pairs that are missed from the others. */
  readonly measures: Readonly<
    Partial<
      Record<
        Measure,
        {
          /** The share of missed and matched pairs that are in the right order; 0.5 is chance. */
          readonly auc: number;
          readonly curve: readonly CurvePoint[];
        }
      >
    >
  >;
  /** Where a perfect quality would bring the same misses. */
  readonly ideal: readonly { readonly rejected: number; readonly fnmr: number }[];
}

interface CurvePoint {
  readonly rejected: number;
  readonly fnmr: Rate;
}

const shares = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3];

/**
 * The error-versus-reject curve (Grother and Tabassi, 2007): if quality says anything, turning away
 * the pairs with the worse photograph of low quality must lower the misses at a fixed threshold.
 * `measures` has one entry for each photograph of the set; a pair without one is left out.
 */
export function evaluateQuality(
  set: FaceSet,
  measures: readonly (Measures | undefined)[],
  pairs: readonly Pair[],
  falseMatchRate = 1e-3,
): QualityReport {
  const rows = new Map(set.names.map((name, row) => [name, row]));
  const threshold = crossScores(set, undefined).thresholdAt(falseMatchRate);
  const genuine = pairs
    .filter(({ same }) => same)
    .flatMap(({ left, right }) => {
      const [a, b] = [rows.get(left), rows.get(right)];
      const [one, other] = [measures[a ?? -1], measures[b ?? -1]];
      if (a === undefined || b === undefined || !one || !other) return [];
      return [{ one, other, score: scoreOfPair(set, undefined, a, b) }];
    });
  const by = (measure: Measure) => {
    const sorted = genuine
      .map(({ one, other, score }) => ({ worse: Math.min(one[measure], other[measure]), score }))
      .toSorted((a, b) => a.worse - b.worse);
    const scores = sorted.map(({ score }) => score);
    const curve = shares.map((rejected) => {
      const kept = scores.slice(Math.floor(rejected * scores.length));
      return { rejected, fnmr: falseNonMatchRate(kept, threshold) };
    });
    return { auc: orderOf(sorted, threshold), curve };
  };
  const names = Object.keys(measures.find((one) => one !== undefined) ?? {}) as Measure[];
  const { curve } = by("steadiness");
  const atFirst = curve[0]?.fnmr.value ?? 0;
  return {
    model: set.model,
    falseMatchRate,
    genuinePairs: genuine.length,
    missedPairs: genuine.filter(({ score }) => !(score >= threshold)).length,
    curve,
    measures: Object.fromEntries(names.map((name) => [name, by(name)])),
    ideal: shares.map((rejected) => ({
      rejected,
      fnmr: Math.max(0, (atFirst - rejected) / (1 - rejected)),
    })),
  };
}

/** The area under the curve (Mann and Whitney): of pairs sorted by quality, the missed should come first. */
function orderOf(
  sorted: readonly { readonly worse: number; readonly score: number }[],
  threshold: number,
): number {
  let [missed, rightOrder, total] = [0, 0, 0];
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]!.worse === sorted[from]!.worse) to += 1;
    const here = sorted.slice(from, to).filter(({ score }) => !(score >= threshold)).length;
    const matched = to - from - here;
    // Of equal quality neither is first.
    rightOrder += matched * (missed + here / 2);
    total += matched;
    missed += here;
    from = to;
  }
  return missed * total === 0 ? 0.5 : rightOrder / (missed * total);
}
