import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { GalleryRow } from "./consent.ts";
import { digestOf } from "./digest.ts";
import type { Digest } from "./ids.ts";

const lanes = 1_024;

/**
 * The state of a gallery as one digest, which no order of arrival changes: LtHash16 (M. Bellare and
 * D. Micciancio, 1997; as built by K. Lewi and others, 2019). Each row is spread to 1,024 numbers of 16
 * bits with SHAKE256, a set is their sum, and taking a row out subtracts it. A chain of versions would
 * tell the same only where every box heard everything in one order; a sorted hash would read the whole
 * gallery for each change. Two sets with one sum are a short vector of a lattice that nobody can find,
 * where the plain exclusive-or or sum of digests gives collisions for little work. It is made of names
 * and random versions alone, so that a gateway reckons it without knowing any template.
 */
export class GalleryState {
  readonly #sum = new Uint16Array(lanes);
  #rows = 0;

  static of(rows: Iterable<GalleryRow>): GalleryState {
    const state = new GalleryState();
    for (const row of rows) state.add(row);
    return state;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The row must not be in the set. */
  add(row: GalleryRow): void {
    const spread = spreadOf(row);
    for (let i = 0; i < lanes; i++) this.#sum[i]! += spread.readUInt16LE(i * 2);
    this.#rows += 1;
  }

  /** The row must be in the set. */
  remove(row: GalleryRow): void {
    assert(this.#rows > 0, "nothing is in the set");
    const spread = spreadOf(row);
    for (let i = 0; i < lanes; i++) this.#sum[i]! -= spread.readUInt16LE(i * 2);
    this.#rows -= 1;
  }

  get digest(): Digest {
    const bytes = Buffer.alloc(lanes * 2);
    for (let i = 0; i < lanes; i++) bytes.writeUInt16LE(this.#sum[i]!, i * 2);
    return digestOf("tebura-gallery-state-v1\0", bytes);
  }
}

/** No part of a row holds a space, so that no two rows are spelt alike. */
function spreadOf({ service, person, version }: GalleryRow): Buffer {
  return createHash("shake256", { outputLength: lanes * 2 })
    .update(`tebura-gallery-row-v1 ${service} ${person} ${version}`)
    .digest();
}
