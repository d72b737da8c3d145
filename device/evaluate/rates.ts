/** A share with its 95 % confidence interval. */
export interface Rate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Wilson's interval for `hits` of `trials` (Wilson 1927), which holds near 0 and 1 too. */
export function rateOf(hits: number, trials: number): Rate {
  if (trials === 0) return { value: 0, low: 0, high: 1 };
  const z = 1.959964;
  const share = hits / trials;
  const centre = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  const scale = 1 + z ** 2 / trials;
  return {
    value: share,
    low: Math.max(0, (centre - half) / scale),
    high: Math.min(1, (centre + half) / scale),
  };
}

const bins = 1 << 20;

/** Counts scores in a million narrow bins, so that billions of comparisons fit in little memory. */
export class ScoreHistogram {
  readonly #low: number;
  readonly #step: number;
  readonly #counts = new Float64Array(bins);
  count = 0;

  constructor(low: number, high: number) {
    this.#low = low;
    this.#step = (high - low) / bins;
  }

  add(score: number): void {
    const bin = Math.floor((score - this.#low) / this.#step);
    this.#counts[Math.max(0, Math.min(bins - 1, bin))]! += 1;
    this.count += 1;
  }

  /** The lowest threshold that at most this share of the scores reach. */
  thresholdAt(rate: number): number {
    const allowed = Math.floor(rate * this.count);
    let above = 0;
    for (let bin = bins - 1; bin >= 0; bin--) {
      above += this.#counts[bin]!;
      if (above > allowed) return this.#low + (bin + 1) * this.#step;
    }
    return this.#low;
  }

  /** How many scores reach a threshold. */
  countAtLeast(threshold: number): number {
    const first = Math.max(0, Math.ceil((threshold - this.#low) / this.#step));
    let above = 0;
    for (let bin = first; bin < bins; bin++) above += this.#counts[bin]!;
    return above;
  }
}

/** The lowest threshold that at most this share of `impostors` reach. */
export function thresholdAt(impostors: readonly number[], rate: number): number {
  const sorted = impostors.toSorted((a, b) => b - a);
  const allowed = Math.floor(rate * sorted.length);
  const first = sorted[allowed];
  return first === undefined ? Number.NEGATIVE_INFINITY : first + 1e-9;
}

/** False non-match rate (ISO/IEC 19795-1): the share of genuine scores below the threshold. */
export function falseNonMatchRate(genuine: readonly number[], threshold: number): Rate {
  return rateOf(genuine.filter((score) => !(score >= threshold)).length, genuine.length);
}

/** The rate at which as many genuine as impostor comparisons fail. */
export function equalErrorRate(genuine: readonly number[], impostors: readonly number[]): number {
  const g = genuine.toSorted((a, b) => a - b);
  const i = impostors.toSorted((a, b) => a - b);
  let below = 0;
  for (const [missed, threshold] of g.entries()) {
    while (below < i.length && i[below]! < threshold) below += 1;
    const [fnmr, fmr] = [missed / g.length, (i.length - below) / i.length];
    if (fnmr >= fmr) return (fnmr + fmr) / 2;
  }
  return 0;
}

export interface ScoredPair {
  readonly score: number;
  readonly same: boolean;
  readonly fold: number;
}

/** Share of pairs that are judged rightly, each fold with the threshold that is best on the others. */
export function accuracyByFold(pairs: readonly ScoredPair[]): Rate {
  let right = 0;
  for (const fold of new Set(pairs.map((pair) => pair.fold))) {
    const threshold = bestThreshold(pairs.filter((pair) => pair.fold !== fold));
    const own = pairs.filter((pair) => pair.fold === fold);
    right += own.filter(({ score, same }) => score >= threshold === same).length;
  }
  return rateOf(right, pairs.length);
}

function bestThreshold(pairs: readonly ScoredPair[]): number {
  const sorted = pairs.toSorted((a, b) => a.score - b.score);
  let right = sorted.filter(({ same }) => same).length;
  let [best, threshold] = [right, Number.NEGATIVE_INFINITY];
  for (const [index, { score, same }] of sorted.entries()) {
    right += same ? -1 : 1;
    const next = sorted[index + 1]?.score;
    if (right <= best || next === score) continue;
    best = right;
    threshold = next === undefined ? score + 1e-9 : (score + next) / 2;
  }
  return threshold;
}
