import type { FaceSet } from "./face-set.ts";
import { ScoreHistogram } from "./rates.ts";
import { meanTemplates, searches } from "./search.ts";
import { crossScores } from "./verification.ts";

/** Comparisons of different people, and with how many of them. */
export interface Comparisons {
  readonly scores: ScoreHistogram;
  readonly people: number;
}

/**
 * Every photograph against the mean of the first `enrol` photographs of each other person who has as many,
 * as a gallery keeps them: a mean resembles strangers more than one photograph does. With 1, every two
 * photographs of different people.
 */
export function impostorScores(set: FaceSet, enrol: number): Comparisons {
  const people = rowsByPerson(set).filter((rows) => rows.length >= enrol);
  if (enrol === 1) return { scores: crossScores(set, undefined), people: people.length };
  const enrolled = people.map((rows) => rows.slice(0, enrol));
  const owners = enrolled.map(([first]) => set.people[first!]);
  const templates = meanTemplates(set, enrolled);
  const gallery = { templates, dimensions: set.dimensions, people: enrolled.length };
  const scores = new ScoreHistogram(-1, 1);
  const probes = rowsByPerson(set).flat();
  let next = 0;
  for (const cosines of searches(gallery, set, probes)) {
    const own = set.people[probes[next++]!];
    for (const [i, cosine] of cosines.entries()) if (owners[i] !== own) scores.add(cosine);
  }
  return { scores, people: enrolled.length };
}

/** The usable photographs of each person. */
export function rowsByPerson(set: FaceSet): readonly (readonly number[])[] {
  const missed = new Set(set.missed);
  const rows = new Map<string, number[]>();
  for (const [row, person] of set.people.entries()) {
    if (missed.has(set.names[row] ?? "")) continue;
    const own = rows.get(person);
    if (own) own.push(row);
    else rows.set(person, [row]);
  }
  return [...rows.values()];
}
