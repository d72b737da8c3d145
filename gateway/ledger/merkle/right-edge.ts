import { type Hash, nodeHash, rootOf } from "./tree.ts";

/** A complete subtree, as it is found while a tree grows. */
export interface Node {
  readonly level: number;
  readonly position: number;
  readonly hash: Hash;
}

/**
 * A tree that only grows: the complete subtrees along its right edge, largest first, are all that it
 * keeps, about as many as the size has binary digits.
 */
export class RightEdge {
  readonly #peaks: Node[];
  #size: number;

  /** From the peaks of a tree of `size` leaves; empty, it starts from nothing. */
  constructor(peaks: readonly Node[] = [], size = 0) {
    this.#peaks = [...peaks];
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf, and returns the subtrees that it completed, the leaf itself first. */
  add(leaf: Hash): readonly Node[] {
    let node: Node = { level: 0, position: this.#size, hash: leaf };
    const completed = [node];
    for (;;) {
      const left = this.#peaks.at(-1);
      if (left?.level !== node.level) break;
      this.#peaks.pop();
      node = {
        level: node.level + 1,
        position: left.position / 2,
        hash: nodeHash(left.hash, node.hash),
      };
      completed.push(node);
    }
    this.#peaks.push(node);
    this.#size += 1;
    return completed;
  }

  get root(): Hash {
    const [last, ...rest] = this.#peaks.toReversed();
    if (!last) return rootOf({ subtree: () => Buffer.alloc(0) }, 0);
    return rest.reduce((right, left) => nodeHash(left.hash, right), last.hash);
  }
}

/** Level and position of the complete subtrees along the right edge of `size` leaves, largest first. */
export function peaksOf(size: number): readonly Omit<Node, "hash">[] {
  const peaks: Omit<Node, "hash">[] = [];
  let start = 0;
  for (let rest = size; rest > 0; ) {
    const level = Math.floor(Math.log2(rest));
    peaks.push({ level, position: start / 2 ** level });
    start += 2 ** level;
    rest -= 2 ** level;
  }
  return peaks;
}
