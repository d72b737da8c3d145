import { TeburaError } from "#contract/errors.ts";
import type { DetCurve } from "./det-plot.ts";
import type { FaceSet } from "./face-set.ts";
import {
  accuracyByFold,
  equalErrorRate,
  falseNonMatchRate,
  type Rate,
  type ScoredPair,
  ScoreHistogram,
  thresholdAt,
} from "./rates.ts";
import {
  type CohortStatistics,
  cohortStatistics,
  normaliser,
  scoreOfPair,
  similaritiesOf,
} from "./similarity.ts";

/** One comparison of the protocol. */
export interface Pair {
  readonly left: string;
  readonly right: string;
  readonly same: boolean;
  readonly fold: number;
}

/** Reads `left,right,same[,fold]` with its heading. Without folds, every tenth pair is one. */
export function parsePairs(csv: string, where: string): readonly Pair[] {
  const [heading, ...lines] = csv.trim().split(/\r?\n/);
  const columns = (heading ?? "").split(",").map((column) => column.trim());
  const [left, right, same, fold] = ["left", "right", "same", "fold"].map((c) =>
    columns.indexOf(c),
  );
  if (left === -1 || right === -1 || same === -1) {
    throw new TeburaError("USAGE", `${where} needs the columns left,right,same and may have fold`);
  }
  const pairs = lines.map((line, index) => {
    const cells = line.split(",").map((cell) => cell.trim());
    const answer = cells[same!];
    if (!cells[left!] || !cells[right!] || (answer !== "0" && answer !== "1")) {
      throw new TeburaError("USAGE", `line ${index + 2} of ${where} is not left,right,0 or 1`);
    }
    return {
      left: cells[left!]!,
      right: cells[right!]!,
      same: answer === "1",
      fold: fold === -1 ? index % 10 : Number(cells[fold!]),
    };
  });
  if (pairs.length === 0) throw new TeburaError("USAGE", `${where} has no pairs`);
  return pairs;
}

interface Scores {
  readonly accuracy: number;
  readonly eer: number;
  readonly fnmrAtFmr: Readonly<Record<string, number>>;
  readonly crossFmr: {
    readonly comparisons: number;
    readonly fnmr: Readonly<Record<string, number>>;
  };
  readonly confidence95: Readonly<Record<string, readonly [low: number, high: number]>>;
}

export interface VerificationReport extends Scores {
  readonly pairs: number;
  readonly failedToDetect: number;
  /** "normalised" against the set itself; the plain cosine is reported beside it. */
  readonly score: "normalised";
  readonly cosine: Scores;
  readonly model: string;
  readonly secondsPerFace: number;
}

/** Verification errors (ISO/IEC 19795-1) of a described set under a protocol of pairs. */
export function evaluateVerification(set: FaceSet, pairs: readonly Pair[]): VerificationReport {
  const statistics = cohortStatistics(set);
  return {
    pairs: pairs.length,
    failedToDetect: set.missed.length,
    ...scoresOf(set, pairs, statistics),
    score: "normalised",
    cosine: scoresOf(set, pairs, undefined),
    model: set.model,
    secondsPerFace: set.secondsPerFace,
  };
}

/** A comparison with a photograph in which no face was found never matches. */
const never = -20;

function scoredPairs(
  set: FaceSet,
  pairs: readonly Pair[],
  statistics: CohortStatistics | undefined,
): readonly ScoredPair[] {
  const rows = new Map(set.names.map((name, row) => [name, row]));
  const missed = new Set(set.missed);
  return pairs.map(({ left, right, same, fold }) => {
    const [a, b] = [rows.get(left), rows.get(right)];
    if (a === undefined || b === undefined) {
      throw new TeburaError("SOURCE_NOT_FOUND", `${a === undefined ? left : right} is no image`);
    }
    const failed = missed.has(left) || missed.has(right);
    return { score: failed ? never : scoreOfPair(set, statistics, a, b), same, fold };
  });
}

function scoresOf(
  set: FaceSet,
  pairs: readonly Pair[],
  statistics: CohortStatistics | undefined,
): Scores {
  const scored = scoredPairs(set, pairs, statistics);
  const genuine = scored.filter(({ same }) => same).map(({ score }) => score);
  const impostors = scored.filter(({ same }) => !same).map(({ score }) => score);
  const cross = crossScores(set, statistics);
  const accuracy = accuracyByFold(scored);
  const own = ratesAt(["1e-2", "1e-3"], genuine, (rate) => thresholdAt(impostors, rate));
  const all = ratesAt(["1e-3", "1e-4", "1e-5"], genuine, (rate) => cross.thresholdAt(rate));
  return {
    accuracy: accuracy.value,
    eer: equalErrorRate(genuine, impostors),
    fnmrAtFmr: own.values,
    crossFmr: { comparisons: cross.count, fnmr: all.values },
    confidence95: {
      accuracy: [accuracy.low, accuracy.high],
      ...prefixed("fnmrAtFmr", own.intervals),
      ...prefixed("crossFmr", all.intervals),
    },
  };
}

/** The trade-off of both errors, with every comparison of different people as impostors. */
export function detCurves(set: FaceSet, pairs: readonly Pair[]): readonly DetCurve[] {
  const curve = (label: string, statistics: CohortStatistics | undefined): DetCurve => {
    const genuine = scoredPairs(set, pairs, statistics)
      .filter(({ same }) => same)
      .map(({ score }) => score);
    const cross = crossScores(set, statistics);
    const points = plotRates.map((fmr) => {
      return { fmr, fnmr: falseNonMatchRate(genuine, cross.thresholdAt(fmr)).value };
    });
    return { label, points };
  };
  return [curve("normalised by the set", cohortStatistics(set)), curve("plain cosine", undefined)];
}

/** Eight to a decade, from one in a million to four in ten. */
const plotRates = Array.from({ length: 46 }, (_, step) => 10 ** (-6 + step / 8)).filter(
  (r) => r < 0.4,
);

/** Every comparison of different people. */
export function crossScores(
  set: Pick<FaceSet, "templates" | "dimensions" | "people" | "names" | "missed">,
  statistics: CohortStatistics | undefined,
): ScoreHistogram {
  const histogram = statistics ? new ScoreHistogram(-20, 20) : new ScoreHistogram(-1, 1);
  const normalise = normaliser(statistics);
  const missed = new Set(set.missed);
  const cosines = new Float32Array(set.people.length);
  for (let row = 0; row < set.people.length; row++) {
    if (missed.has(set.names[row]!)) continue;
    similaritiesOf(set, row, row + 1, cosines);
    for (let other = row + 1; other < set.people.length; other++) {
      if (set.people[other] === set.people[row] || missed.has(set.names[other]!)) continue;
      histogram.add(normalise(cosines[other]!, row, other));
    }
  }
  return histogram;
}

function ratesAt(
  rates: readonly string[],
  genuine: readonly number[],
  thresholdOf: (rate: number) => number,
) {
  const values: Record<string, number> = {};
  const intervals: Record<string, readonly [number, number]> = {};
  for (const name of rates) {
    const rate: Rate = falseNonMatchRate(genuine, thresholdOf(Number(name)));
    values[name] = rate.value;
    intervals[name] = [rate.low, rate.high];
  }
  return { values, intervals };
}

function prefixed<T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [`${prefix}.${key}`, value]),
  );
}
