import { TeburaError } from "#contract/errors.ts";
import type { CalibrationRow } from "#models/calibration.ts";
import { falseMatchRateAt } from "#models/calibration.ts";
import { calibrateLeads, checkLeads, type LeadReport } from "./calibrate-leads.ts";
import type { FaceSet } from "./face-set.ts";
import { impostorScores } from "./impostors.ts";
import { type Rate, rateOf, type ScoreHistogram } from "./rates.ts";

const ratesWanted = [
  0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6,
];

/** A rate is promised only where at least this many comparisons reached its threshold. */
const hitsMin = 20;
/** The same of a part of the people, whose strictest of many would otherwise be the luckiest. */
const partHitsMin = 100;

export interface CalibrationReport {
  /** The same of searches: at which lead a stranger is named how often. */
  readonly leads: LeadReport & { readonly check: ReturnType<typeof checkLeads> };
  readonly model: string;
  readonly comparisons: number;
  /** What the comparisons are with: the mean of so many photographs of a person, as a gallery has it. */
  readonly enrolled: { readonly photographs: number; readonly people: number };
  readonly table: readonly CalibrationRow[];
  /** Calibrated on three fifths of the people, measured on the other two. */
  readonly check: {
    readonly comparisons: number;
    readonly rows: readonly {
      readonly promised: number;
      readonly threshold: number;
      readonly measured: Rate;
    }[];
  };
}

/**
 * The score-to-false-match-rate table of a model, and whether it holds on other people. Every photograph
 * is compared with the mean of `enrol` photographs of each other person who has as many; with 1, with
 * every photograph. Throws USAGE where fewer than two people have enough.
 */
export function calibrate(set: FaceSet, enrol = 1): CalibrationReport {
  const fifthOf = fifths(set);
  const firstPart = part(set, (person) => fifthOf(person) < 3);
  const restPart = part(set, (person) => fifthOf(person) >= 3);
  const all = impostorScores(set, enrol);
  if (all.people < 2) {
    throw new TeburaError("USAGE", `fewer than two people have ${enrol} usable photographs`);
  }
  const { scores: rest } = impostorScores(restPart, enrol);
  const { scores: first } = impostorScores(firstPart, enrol);
  const promised = tableOf(first, partsOf(firstPart, enrol));
  const leads = calibrateLeads(set);
  return {
    model: set.model,
    leads: { ...leads, check: checkLeads(restPart, calibrateLeads(firstPart).table) },
    comparisons: all.scores.count,
    enrolled: { photographs: enrol, people: all.people },
    table: tableOf(all.scores, partsOf(set, enrol)),
    check: {
      comparisons: rest.count,
      rows: [1e-2, 1e-3, 1e-4].map((rate) => {
        const threshold = thresholdFor(promised, rate);
        const measured = rateOf(rest.countAtLeast(threshold), rest.count);
        return { promised: rate, threshold, measured };
      }),
    },
  };
}

/** In which fifth of the people each of them is. */
function fifths(set: FaceSet): (person: string) => number {
  const order = new Map([...new Set(set.people)].map((person, index) => [person, index % 5]));
  return (person) => order.get(person)!;
}

/** The comparisons among the people of each fifth, and of each two: fifteen sets of other people. */
function partsOf(set: FaceSet, enrol: number): readonly ScoreHistogram[] {
  const fifthOf = fifths(set);
  return [0, 1, 2, 3, 4].flatMap((a) =>
    [0, 1, 2, 3, 4]
      .filter((b) => b >= a)
      .map((b) => {
        const own = part(set, (person) => fifthOf(person) === a || fifthOf(person) === b);
        return impostorScores(own, enrol).scores;
      }),
  );
}

/**
 * The strictest threshold that everybody, or the people of any one or two fifths alone, would give: one
 * resembles many, so that comparisons are not independent, and other people than these will come.
 */
function tableOf(all: ScoreHistogram, parts: readonly ScoreHistogram[]): readonly CalibrationRow[] {
  return ratesWanted
    .filter((rate) => rate * all.count >= hitsMin)
    .map((falseMatchRate) => {
      const enough = parts.filter((part) => falseMatchRate * part.count >= partHitsMin);
      const thresholds = [all, ...enough].map((scores) => scores.thresholdAt(falseMatchRate));
      // Rounded up, so that the promise is kept.
      return { threshold: Math.ceil(Math.max(...thresholds) * 1e4) / 1e4, falseMatchRate };
    });
}

/** The lowest score that the table promises this rate at. */
function thresholdFor(table: readonly CalibrationRow[], rate: number): number {
  let [low, high] = [-1, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (falseMatchRateAt(table, middle) <= rate) high = middle;
    else low = middle;
  }
  return high;
}

function part(set: FaceSet, isIn: (person: string) => boolean): FaceSet {
  const { dimensions } = set;
  const rows = [...set.people.keys()].filter((row) => isIn(set.people[row]!));
  const templates = new Float32Array(rows.length * dimensions);
  for (const [index, row] of rows.entries()) {
    templates.set(
      set.templates.subarray(row * dimensions, (row + 1) * dimensions),
      index * dimensions,
    );
  }
  return {
    ...set,
    names: rows.map((row) => set.names[row]!),
    people: rows.map((row) => set.people[row]!),
    templates,
  };
}
