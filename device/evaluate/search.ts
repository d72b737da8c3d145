import { leadOf } from "../match/lead.ts";
import type { FaceSet } from "./face-set.ts";
import { similaritiesOf } from "./similarity.ts";

/** Enrolled people, one template each. */
export interface Gallery {
  readonly templates: Float32Array;
  readonly dimensions: number;
  readonly people: number;
}

type Templates = Pick<FaceSet, "templates" | "dimensions">;

/** One template for each person: the mean of their rows, brought to unit length. */
export function meanTemplates(
  { templates, dimensions }: Templates,
  people: readonly (readonly number[])[],
): Float32Array {
  const means = new Float32Array(people.length * dimensions);
  for (const [index, rows] of people.entries()) {
    const mean = means.subarray(index * dimensions, (index + 1) * dimensions);
    for (const row of rows) {
      for (let k = 0; k < dimensions; k++) mean[k]! += templates[row * dimensions + k]!;
    }
    const length = Math.hypot(...mean);
    for (let k = 0; k < dimensions; k++) mean[k]! /= length;
  }
  return means;
}

/** The similarity of each row of `probes` to every person of a gallery. */
export function* searches(gallery: Gallery, set: Templates, probes: Iterable<number>) {
  const { dimensions, people } = gallery;
  // One spare row at the end takes the probe.
  const templates = new Float32Array((people + 1) * dimensions);
  templates.set(gallery.templates);
  const cosines = new Float32Array(people + 1);
  for (const row of probes) {
    templates.set(
      set.templates.subarray(row * dimensions, (row + 1) * dimensions),
      people * dimensions,
    );
    similaritiesOf({ templates, dimensions }, people, 0, cosines);
    yield cosines.slice(0, people);
  }
}

/** For each enrolled person, the similarity of the other who resembles them most. */
export function rivalsOf({ people, ...gallery }: Gallery): Float32Array {
  const scores = new Float32Array(people);
  return Float32Array.from({ length: people }, (_, index) => {
    similaritiesOf(gallery, index, 0, scores);
    scores[index] = -1;
    return scores.reduce((most, score) => Math.max(most, score), -1);
  });
}

/** How far each of a search's scores leads. */
export function leadsOf(cosines: Float32Array, rivals: Float32Array): Float32Array {
  let [first, second] = [-1, -1];
  for (const score of cosines) {
    if (score > first) [first, second] = [score, first];
    else if (score > second) second = score;
  }
  return cosines.map((score, index) =>
    leadOf(score, score === first ? second : first, rivals[index]!),
  );
}

/** The lead of each probe's most similar person, which is whom a door would name. */
export function bestLeads(gallery: Gallery, set: Templates, probes: Iterable<number>): number[] {
  const rivals = rivalsOf(gallery);
  const leads: number[] = [];
  for (const cosines of searches(gallery, set, probes)) {
    let best = 0;
    for (let i = 1; i < cosines.length; i++) if (cosines[i]! > cosines[best]!) best = i;
    leads.push(leadsOf(cosines, rivals)[best]!);
  }
  return leads;
}
