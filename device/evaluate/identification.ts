import { TeburaError } from "#contract/errors.ts";
import type { FaceSet } from "./face-set.ts";
import { type Rate, rateOf, thresholdAt } from "./rates.ts";
import { leadsOf, meanTemplates, rivalsOf, searches } from "./search.ts";

export interface IdentificationOptions {
  /** Photographs per enrolled person. */
  readonly enrol: number;
  /** Enrolled people at most; the rest are strangers. */
  readonly peopleMax: number;
}

export interface IdentificationReport {
  readonly enrolled: number;
  readonly enrol: number;
  readonly matedProbes: number;
  readonly strangerProbes: number;
  readonly failedToDetect: number;
  /**
   * Miss rates at the given false positive identification rates (ISO/IEC 19795-1), of scores normalised by
   * the gallery itself, and of plain cosines.
   */
  readonly fnirAtFpir: Readonly<Record<string, Rate>>;
  readonly cosineFnirAtFpir: Readonly<Record<string, Rate>>;
  /** The same probes, each against every enrolled person one to one. */
  readonly fnmrAtFmr: Readonly<Record<string, Rate>>;
  readonly cosineFnmrAtFmr: Readonly<Record<string, Rate>>;
  readonly model: string;
}

interface Split {
  /** Rows of the set, for each enrolled person. */
  readonly enrolled: readonly { readonly person: string; readonly rows: readonly number[] }[];
  readonly probes: readonly { readonly row: number; readonly person: string }[];
}

/** Enrols the first photographs of those who have more, and probes with all the other photographs. */
export function splitSet(set: FaceSet, { enrol, peopleMax }: IdentificationOptions): Split {
  const missed = new Set(set.missed);
  const rowsOf = new Map<string, number[]>();
  for (const [row, person] of set.people.entries()) {
    if (missed.has(set.names[row]!)) continue;
    rowsOf.set(person, [...(rowsOf.get(person) ?? []), row]);
  }
  const people = [...rowsOf].filter(([, rows]) => rows.length >= enrol);
  const withProbes = people.filter(([, rows]) => rows.length > enrol);
  const without = people.filter(([, rows]) => rows.length === enrol);
  const enrolled = [...withProbes, ...without]
    .slice(0, peopleMax)
    .map(([person, rows]) => ({ person, rows: rows.slice(0, enrol) }));
  if (enrolled.length < 2) {
    throw new TeburaError("USAGE", `fewer than two people have ${enrol} usable photographs`);
  }
  const used = new Set(enrolled.flatMap(({ rows }) => rows));
  const probes = [...rowsOf].flatMap(([person, rows]) =>
    rows.filter((row) => !used.has(row)).map((row) => ({ row, person })),
  );
  return { enrolled, probes };
}

/** Open-set search: who is found, and which strangers are taken for somebody. */
export function evaluateIdentification(
  set: FaceSet,
  options: IdentificationOptions,
): IdentificationReport {
  const { enrolled, probes } = splitSet(set, options);
  const scored = scoreProbes(set, enrolled, probes);
  const known = new Set(enrolled.map(({ person }) => person));
  const mated = scored.filter(({ person }) => known.has(person));
  const strangers = scored.filter(({ person }) => !known.has(person));
  return {
    enrolled: enrolled.length,
    enrol: options.enrol,
    matedProbes: mated.length,
    strangerProbes: strangers.length,
    failedToDetect: set.missed.length,
    fnirAtFpir: searchRates(mated, strangers, "normalised"),
    cosineFnirAtFpir: searchRates(mated, strangers, "cosine"),
    fnmrAtFmr: comparisonRates(scored, "normalised"),
    cosineFnmrAtFmr: comparisonRates(scored, "cosine"),
    model: set.model,
  };
}

type Kind = "cosine" | "normalised";

interface ScoredProbe {
  readonly person: string;
  readonly best: Readonly<Record<Kind, { readonly person: string; readonly score: number }>>;
  /** One score for each enrolled person. */
  readonly all: Readonly<Record<Kind, Float32Array>>;
  /** Which of them is the probe's own, or -1. */
  readonly own: number;
}

function scoreProbes(
  set: FaceSet,
  enrolled: Split["enrolled"],
  probes: Split["probes"],
): readonly ScoredProbe[] {
  const people = enrolled.map(({ person }) => person);
  const gallery = {
    templates: meanTemplates(
      set,
      enrolled.map(({ rows }) => rows),
    ),
    dimensions: set.dimensions,
    people: people.length,
  };
  const rivals = rivalsOf(gallery);
  const rows = probes.map(({ row }) => row);
  return [...searches(gallery, set, rows)].map((cosine, index) => {
    const person = probes[index]!.person;
    const normalised = leadsOf(cosine, rivals);
    const best = { cosine: bestOf(cosine, people), normalised: bestOf(normalised, people) };
    return { person, best, all: { cosine, normalised }, own: people.indexOf(person) };
  });
}

function bestOf(scores: Float32Array, people: readonly string[]) {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return { person: people[best]!, score: scores[best]! };
}

function searchRates(
  mated: readonly ScoredProbe[],
  strangers: readonly ScoredProbe[],
  kind: Kind,
): Readonly<Record<string, Rate>> {
  const impostors = strangers.map(({ best }) => best[kind].score);
  return Object.fromEntries(
    ["1e-2", "1e-3"].map((name) => {
      const threshold = thresholdAt(impostors, Number(name));
      const missed = mated.filter(
        ({ person, best }) => best[kind].person !== person || best[kind].score < threshold,
      );
      return [name, rateOf(missed.length, mated.length)];
    }),
  );
}

function comparisonRates(
  probes: readonly ScoredProbe[],
  kind: Kind,
): Readonly<Record<string, Rate>> {
  const genuine = probes.flatMap(({ all, own }) => (own === -1 ? [] : [all[kind][own]!]));
  const impostors = new Float32Array(probes.length * (probes[0]?.all[kind].length ?? 0));
  let count = 0;
  for (const { all, own } of probes) {
    for (const [index, score] of all[kind].entries()) if (index !== own) impostors[count++] = score;
  }
  const sorted = impostors.subarray(0, count).sort();
  return Object.fromEntries(
    ["1e-3", "1e-4", "1e-5"].map((name) => {
      const threshold = sorted[count - 1 - Math.floor(Number(name) * count)] ?? 0;
      const missed = genuine.filter((score) => score <= threshold).length;
      return [name, rateOf(missed, genuine.length)];
    }),
  );
}
