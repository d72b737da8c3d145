import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit, GalleryIndex } from "#device/gallery/gallery-index.ts";

/** The oracle: every template compared in double precision, with nothing clever about it. */
export class PlainIndex implements GalleryIndex {
  readonly dimensions: number;
  readonly #templates = new Map<PersonId, Float32Array[]>();

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  get people(): number {
    return this.#templates.size;
  }

  add(person: PersonId, template: Float32Array): void {
    this.#templates.set(person, [...this.templatesOf(person), template.slice()]);
  }

  remove(person: PersonId): boolean {
    return this.#templates.delete(person);
  }

  templatesOf(person: PersonId): readonly Float32Array[] {
    return this.#templates.get(person) ?? [];
  }

  async search(probe: Float32Array, k: number): Promise<readonly GalleryHit[]> {
    const hits: GalleryHit[] = [];
    for (const [person, templates] of this.#templates) {
      let similarity = -Infinity;
      for (const template of templates) {
        let sum = 0;
        for (let i = 0; i < template.length; i++) sum += probe[i]! * template[i]!;
        similarity = Math.max(similarity, sum);
      }
      hits.push({ person, similarity });
    }
    const rank = (a: GalleryHit, b: GalleryHit) =>
      b.similarity - a.similarity || (a.person < b.person ? -1 : 1);
    return hits.sort(rank).slice(0, k);
  }

  [Symbol.dispose](): void {
    this.#templates.clear();
  }
}
