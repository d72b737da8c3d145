import assert from "node:assert/strict";
import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit, GalleryIndex } from "../gallery-index.ts";

export interface GalleryIndexOptions {
  /** Length of a template, from the embedder's manifest. */
  readonly dimensions: number;
}

/** An empty gallery that compares a probe with every template, in full precision. */
export function createGalleryIndex(options: GalleryIndexOptions): GalleryIndex {
  return new PlainIndex(options.dimensions);
}

class PlainIndex implements GalleryIndex {
  readonly dimensions: number;
  readonly #templates = new Map<PersonId, Float32Array[]>();

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  get people(): number {
    return this.#templates.size;
  }

  add(person: PersonId, template: Float32Array): void {
    assert(template.length === this.dimensions, "the template comes from another model");
    const held = this.#templates.get(person);
    if (held === undefined) this.#templates.set(person, [template.slice()]);
    else held.push(template.slice());
  }

  remove(person: PersonId): boolean {
    for (const template of this.#templates.get(person) ?? []) template.fill(0);
    return this.#templates.delete(person);
  }

  async search(probe: Float32Array, k: number): Promise<readonly GalleryHit[]> {
    assert(probe.length === this.dimensions, "the probe comes from another model");
    const hits: GalleryHit[] = [];
    for (const [person, templates] of this.#templates) {
      const similarity = Math.max(...templates.map((template) => dot(probe, template)));
      hits.push({ person, similarity });
    }
    return hits.sort(byRank).slice(0, k);
  }

  [Symbol.dispose](): void {
    for (const person of [...this.#templates.keys()]) this.remove(person);
  }
}

function byRank(a: GalleryHit, b: GalleryHit): number {
  return b.similarity - a.similarity || (a.person < b.person ? -1 : 1);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
