import { hash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { consistencyHolds, inclusionHolds } from "#gateway/ledger/merkle/check.ts";
import {
  consistencyPath,
  type Hash,
  inclusionPath,
  leafHash,
  nodeHash,
  rootOf,
  type Subtrees,
} from "#gateway/ledger/merkle/tree.ts";

/** The definition of RFC 9162 section 2.1.1, written down once more as plainly as it stands there. */
function definedRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return hash("sha256", "", "buffer");
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

function treeOf(leaves: readonly Hash[]): Subtrees {
  const known = new Map<string, Hash>();
  const subtree = (level: number, position: number): Hash => {
    if (level === 0) return leaves[position]!;
    const key = `${level} ${position}`;
    const found =
      known.get(key) ??
      nodeHash(subtree(level - 1, position * 2), subtree(level - 1, position * 2 + 1));
    known.set(key, found);
    return found;
  };
  return { subtree };
}

const leaves = Array.from({ length: 300 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));
const tree = treeOf(leaves);
const roots = Array.from({ length: 301 }, (_, size) => definedRoot(leaves.slice(0, size)));

/** The leaves and roots that the first logs of certificates published as test vectors. */
const published = {
  leaves: [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ].map((bytes) => leafHash(Buffer.from(bytes, "hex"))),
  roots: [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
};

test("the roots of the published trees of 1 to 8 leaves come out", () => {
  const found = published.roots.map((_, i) => rootOf(treeOf(published.leaves), i + 1));
  expect(found.map((root) => root.toString("hex"))).toEqual(published.roots);
});

test("the root is what the definition says, for every size up to 300", () => {
  for (const [size, root] of roots.entries()) expect(rootOf(tree, size)).toEqual(root);
});

test("every leaf of every size up to 130 is proved in, and only at its place", () => {
  for (let size = 1; size <= 130; size++) {
    for (let index = 0; index < size; index++) {
      const path = inclusionPath(tree, index, size);
      const holds = inclusionHolds(leaves[index]!, index, size, path, roots[size]!);
      const elsewhere = inclusionHolds(leaves[index]!, index + 1, size, path, roots[size]!);
      const other = inclusionHolds(leaves[299]!, index, size, path, roots[size]!);
      if (!holds || elsewhere || other) expect.unreachable(`leaf ${index} of ${size}`);
    }
  }
});

test("every size up to 130 is shown to be the beginning of every larger one", () => {
  for (let second = 1; second <= 130; second++) {
    for (let first = 1; first <= second; first++) {
      const path = consistencyPath(tree, first, second);
      const holds = consistencyHolds(first, second, path, roots[first]!, roots[second]!);
      const other = consistencyHolds(first, second, path, roots[first]!, roots[0]!);
      if (!holds || other) expect.unreachable(`${first} in ${second}`);
    }
  }
});

const place = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)));

test("a path with a hash changed, left out or added proves nothing", () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.nat(255), ([index, size], where, flip) => {
      const path = inclusionPath(tree, index, size);
      const holds = (changed: readonly Hash[]) =>
        inclusionHolds(leaves[index]!, index, size, changed, roots[size]!);
      expect(holds([...path, leaves[0]!])).toBe(false);
      if (path.length === 0) return;
      const at = where % path.length;
      expect(holds(path.toSpliced(at, 1))).toBe(false);
      const bent = Buffer.from(path[at]!);
      bent[where % 32]! ^= flip || 1;
      expect(holds(path.with(at, bent))).toBe(false);
    }),
  );
});

test("a history with one entry rewritten is consistent with no head that covered the entry", () => {
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 300 }), ([index, size], more) => {
      const second = Math.min(300, size + more);
      const rewritten = leaves.with(index, leafHash(Buffer.from("something else")));
      const other = treeOf(rewritten);
      const path = consistencyPath(other, size, second);
      const root = rootOf(other, second);
      expect(consistencyHolds(size, second, path, roots[size]!, root)).toBe(false);
      // The head before the entry still holds: what it covered did not change.
      if (index === 0) return;
      const before = consistencyPath(other, index, second);
      expect(consistencyHolds(index, second, before, roots[index]!, root)).toBe(true);
    }),
  );
});
