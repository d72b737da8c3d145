import type { PersonId } from "#contract/ids.ts";

export interface GalleryHit {
  readonly person: PersonId;
  /** Cosine similarity of the person's best template to the probe, -1 to 1. */
  readonly similarity: number;
}

/**
 * Exact 1:N search over unit vectors of one dimension. Several templates per person are allowed;
 * a person appears once in a result, with the best of them. Ties are broken by PersonId.
 */
export interface GalleryIndex extends Disposable {
  readonly dimensions: number;
  readonly people: number;
  /** Copies the template in; visible at the next search. */
  add(person: PersonId, template: Float32Array): void;
  /** Removes all templates of the person and wipes them. False when there were none. */
  remove(person: PersonId): boolean;
  /** The k best people, best first; fewer when the gallery is smaller. */
  search(probe: Float32Array, k: number): Promise<readonly GalleryHit[]>;
}
