import { type Hash, nodeHash } from "./tree.ts";

/**
 * True when `path` leads from the leaf at `index` (from 0) to the root over `size` leaves: RFC 9162
 * section 2.1.3.2, with halves in place of shifts, which would stop at 32 bits.
 */
export function inclusionHolds(
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): boolean {
  if (index < 0 || index >= size) return false;
  let [node, last] = [index, size - 1];
  let found = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      found = nodeHash(sibling, found);
      [node, last] = pastRightEdge(node, last);
    } else {
      found = nodeHash(found, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && found.equals(root);
}

/**
 * True when `path` shows that the tree of `first` leaves under `firstRoot` is the beginning of the
 * tree of `second` leaves under `secondRoot`: RFC 9162 section 2.1.4.2.
 */
export function consistencyHolds(
  first: number,
  second: number,
  path: readonly Hash[],
  firstRoot: Hash,
  secondRoot: Hash,
): boolean {
  if (first < 1 || first > second) return false;
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
  const isWhole = Number.isInteger(Math.log2(first));
  const [seed, ...rest] = isWhole ? [firstRoot, ...path] : path;
  if (!seed || path.length === 0) return false;
  let [node, last] = [first - 1, second - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [old, now] = [seed, seed];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old);
      now = nodeHash(sibling, now);
      [node, last] = pastRightEdge(node, last);
    } else {
      now = nodeHash(now, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && old.equals(firstRoot) && now.equals(secondRoot);
}

/** Up the right edge of the tree, a node without a right sibling is carried up as it is. */
function pastRightEdge(node: number, last: number): [number, number] {
  let [at, end] = [node, last];
  while (at % 2 === 0 && at !== 0) [at, end] = [half(at), half(end)];
  return [at, end];
}

const half = (value: number): number => Math.floor(value / 2);
