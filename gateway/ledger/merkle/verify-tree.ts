import type { KeyObject } from "node:crypto";
import { openTreeHead } from "#contract/tree-head.ts";
import { type LedgerTree, type StoredHead, storedLevelMin } from "./ledger-tree.ts";
import { RightEdge } from "./right-edge.ts";
import type { Hash } from "./tree.ts";

const pageHeads = 100;

/**
 * Builds the tree anew beside the entries that are being verified, and holds every signed head and
 * every stored subtree of the file against it. Says in a sentence what does not hold.
 */
export class TreeCheck {
  readonly #tree: LedgerTree;
  readonly #gatewayKey: KeyObject;
  readonly #edge = new RightEdge();
  /** What the file held at the start: a running gateway may add to it meanwhile. */
  readonly #storedSize: number;
  readonly #signedSize: number;
  #heads: StoredHead[] = [];
  headCount = 0;

  constructor(tree: LedgerTree, gatewayKey: KeyObject) {
    this.#tree = tree;
    this.#gatewayKey = gatewayKey;
    this.#storedSize = tree.storedSize;
    this.#signedSize = tree.newestHead()?.size ?? 0;
  }

  /** Takes the leaf of the next entry; the flaw that it brings to light, if any. */
  async add(leaf: Hash): Promise<string | undefined> {
    for (const { level, position, hash } of this.#edge.add(leaf)) {
      if (level < storedLevelMin || this.#edge.size > this.#storedSize) continue;
      const stored = this.#tree.stored(level, position);
      if (!stored?.equals(hash)) return `a stored subtree over entry ${this.#edge.size} is wrong`;
    }
    if (this.#heads.length === 0) {
      this.#heads = [...this.#tree.headsAfter(this.#edge.size - 1, pageHeads)];
    }
    if (this.#heads[0]?.size !== this.#edge.size) return undefined;
    return await this.#hold(this.#heads.shift()!);
  }

  /** What is wrong once every entry was taken: a head stands over entries that are not there. */
  end(): string | undefined {
    const { size } = this.#edge;
    if (size >= Math.max(this.#signedSize, this.#storedSize)) return undefined;
    return `the tree covers ${Math.max(this.#signedSize, this.#storedSize)} entries; ${size} are left`;
  }

  async #hold({ size, sealed }: StoredHead): Promise<string | undefined> {
    const head = await openTreeHead(sealed, this.#gatewayKey).catch(() => undefined);
    if (head?.size !== size) return `the head over ${size} entries is not signed by this gateway`;
    if (head.root !== this.#edge.root.toString("base64url")) {
      return `the first ${size} entries are not those that their head was signed over`;
    }
    this.headCount += 1;
    return undefined;
  }
}
