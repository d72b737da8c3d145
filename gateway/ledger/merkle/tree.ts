import { hash } from "node:crypto";

/** SHA-256: 32 bytes. */
export type Hash = Buffer;

/**
 * Hashes of complete subtrees: `level` 0 are the leaves, and the one at (level, position) stands over
 * the leaves from position × 2^level on, 2^level of them. Only asked for where all of them exist.
 */
export interface Subtrees {
  subtree(level: number, position: number): Hash;
}

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** The hash of a leaf (RFC 9162 section 2.1.1); its prefix keeps it from passing for a node. */
export function leafHash(entry: Uint8Array): Hash {
  return hash("sha256", Buffer.concat([leafPrefix, entry]), "buffer");
}

/** The hash of a node over its two children (RFC 9162 section 2.1.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return hash("sha256", Buffer.concat([nodePrefix, left, right]), "buffer");
}

/** The root over the first `size` leaves; over none, it is the hash of nothing. */
export function rootOf(tree: Subtrees, size: number): Hash {
  return size === 0 ? hash("sha256", "", "buffer") : rangeHash(tree, 0, size);
}

/**
 * The hashes that lead from the leaf at `index` (from 0) to the root over `size` leaves, nearest the
 * leaf first (RFC 9162 section 2.1.3.1). `index` is below `size`.
 */
export function inclusionPath(tree: Subtrees, index: number, size: number): readonly Hash[] {
  const path: Hash[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(rangeHash(tree, middle, end));
      end = middle;
    } else {
      path.push(rangeHash(tree, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * The hashes that show that the tree of `first` leaves is the beginning of the one of `second` (RFC
 * 9162 section 2.1.4.1). 0 < first <= second; empty when they are equal.
 */
export function consistencyPath(tree: Subtrees, first: number, second: number): readonly Hash[] {
  const path: Hash[] = [];
  let [start, end] = [0, second];
  // While the old tree is one whole subtree from the left edge, its root is what the checker holds.
  let isOldRoot = true;
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      path.push(rangeHash(tree, middle, end));
      end = middle;
    } else {
      path.push(rangeHash(tree, start, middle));
      start = middle;
      isOldRoot = false;
    }
  }
  if (!isOldRoot) path.push(rangeHash(tree, start, end));
  return path.reverse();
}

/** The hash over the leaves from `start` up to `end`; `start` is where a split may fall. */
function rangeHash(tree: Subtrees, start: number, end: number): Hash {
  const size = end - start;
  const level = Math.round(Math.log2(size));
  if (2 ** level === size) return tree.subtree(level, start / size);
  const middle = start + splitOf(size);
  return nodeHash(rangeHash(tree, start, middle), rangeHash(tree, middle, end));
}

/** The largest power of two below `size`, which is 2 or more. */
function splitOf(size: number): number {
  let split = 2 ** Math.floor(Math.log2(size));
  if (split === size) split /= 2;
  return split;
}
