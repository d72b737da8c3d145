import type { CalibrationRow } from "#models/calibration.ts";
import { falseMatchRateAt } from "#models/calibration.ts";
import { calibrateLeads, checkLeads, type LeadReport } from "./calibrate-leads.ts";
import type { FaceSet } from "./face-set.ts";
import { type Rate, rateOf } from "./rates.ts";
import { crossScores } from "./verification.ts";

const ratesWanted = [
  0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6,
];

/** A rate is promised only where at least this many comparisons reached its threshold. */
const hitsMin = 20;

export interface CalibrationReport {
  /** The same of searches: at which lead a stranger is named how often. */
  readonly leads: LeadReport & { readonly check: ReturnType<typeof checkLeads> };
  readonly model: string;
  readonly comparisons: number;
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

/** The score-to-false-match-rate table of a model, and whether it holds on other people. */
export function calibrate(set: FaceSet): CalibrationReport {
  const all = crossScores(set, undefined);
  const fifthOf = new Map([...new Set(set.people)].map((person, index) => [person, index % 5]));
  const firstPart = part(set, (person) => fifthOf.get(person)! < 3);
  const restPart = part(set, (person) => fifthOf.get(person)! >= 3);
  const [first, rest] = [crossScores(firstPart, undefined), crossScores(restPart, undefined)];
  const promised = tableOf(first);
  const leads = calibrateLeads(set);
  return {
    model: set.model,
    leads: { ...leads, check: checkLeads(restPart, calibrateLeads(firstPart).table) },
    comparisons: all.count,
    table: tableOf(all),
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

function tableOf(scores: ReturnType<typeof crossScores>): readonly CalibrationRow[] {
  return ratesWanted
    .filter((falseMatchRate) => falseMatchRate * scores.count >= hitsMin)
    .map((falseMatchRate) => ({
      // Rounded up, so that the promise is kept.
      threshold: Math.ceil(scores.thresholdAt(falseMatchRate) * 1e4) / 1e4,
      falseMatchRate,
    }));
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
    quality: rows.map((row) => set.quality[row]!),
    templates,
  };
}
