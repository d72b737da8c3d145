import { TeburaError } from "#contract/errors.ts";
import type { Database } from "#runtime/database.ts";
import { consistencyHolds, inclusionHolds } from "./check.ts";
import { type Node, peaksOf, RightEdge } from "./right-edge.ts";
import {
  consistencyPath,
  type Hash,
  inclusionPath,
  nodeHash,
  rootOf,
  type Subtrees,
} from "./tree.ts";

/** Subtrees of 256 leaves and more are stored; smaller ones are made anew from their entries. */
export const storedLevelMin = 8;
const tileLeaves = 2 ** storedLevelMin;
/** Entries that one step of growing reads: a few milliseconds, so that receipts need not wait. */
const stepLeaves = 4 * tileLeaves;

export const treeTables = `
  CREATE TABLE tree_nodes (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tree_heads (size INTEGER PRIMARY KEY, sealed TEXT NOT NULL) STRICT;
  CREATE TRIGGER tree_heads_stay BEFORE UPDATE ON tree_heads
    BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
  CREATE TRIGGER tree_heads_remain BEFORE DELETE ON tree_heads
    BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;`;

/** A signed head as it is stored: the seal, and the size that it is found by. */
export interface StoredHead {
  readonly size: number;
  readonly sealed: string;
}

/**
 * The Merkle tree over a ledger, in the ledger's own file. It grows when a head is to be signed and
 * not when an entry is appended, so that taking events in costs nothing more.
 */
export class LedgerTree implements Subtrees {
  readonly #database: Database;
  readonly #leaves: (after: number, limit: number) => readonly Hash[];
  /** The leaves of the tile that was looked at last. */
  #tile: { readonly number: number; readonly leaves: readonly Hash[] } | undefined;

  /** `leaves` gives at most `limit` leaf hashes of entries after an index, in order. */
  constructor(database: Database, leaves: (after: number, limit: number) => readonly Hash[]) {
    this.#database = database;
    this.#leaves = leaves;
  }

  /** Entries whose subtrees are stored. */
  get storedSize(): number {
    const { tiles } = this.#database
      .prepare("SELECT coalesce(max(position) + 1, 0) AS tiles FROM tree_nodes WHERE level = ?")
      .get(storedLevelMin) as { tiles: number };
    return tiles * tileLeaves;
  }

  /** Stores the subtrees of some more entries. False when none of `size` entries are left to store. */
  grow(size: number): boolean {
    const from = this.storedSize;
    const to = Math.min(from + stepLeaves, Math.floor(size / tileLeaves) * tileLeaves);
    if (from >= to) return false;
    const peaks = peaksOf(from).map((at) => ({ ...at, hash: this.subtree(at.level, at.position) }));
    const edge = new RightEdge(peaks, from);
    const nodes: Node[] = [];
    for (const leaf of this.#leaves(from, to - from)) {
      nodes.push(...edge.add(leaf).filter(({ level }) => level >= storedLevelMin));
    }
    const insert = this.#database.prepare(
      "INSERT INTO tree_nodes VALUES (@level, @position, @hash)",
    );
    this.#database.transaction(() => {
      for (const node of nodes) insert.run(node);
    })();
    return true;
  }

  subtree(level: number, position: number): Hash {
    if (level < storedLevelMin) return this.#withinTile(level, position);
    return (
      this.stored(level, position) ??
      nodeHash(this.subtree(level - 1, position * 2), this.subtree(level - 1, position * 2 + 1))
    );
  }

  /** A subtree as the file holds it, whatever the entries below it say. */
  stored(level: number, position: number): Hash | undefined {
    const row = this.#database
      .prepare("SELECT hash FROM tree_nodes WHERE level = ? AND position = ?")
      .get(level, position) as { hash: Hash } | undefined;
    return row?.hash;
  }

  root(size: number): Hash {
    return rootOf(this, size);
  }

  /**
   * The path from the entry with this index (from 1) to the root over `size` entries. Throws
   * LEDGER_BROKEN when the file's own hashes do not lead there.
   */
  inclusion(index: number, size: number): readonly Hash[] {
    const path = inclusionPath(this, index - 1, size);
    if (!inclusionHolds(this.subtree(0, index - 1), index - 1, size, path, this.root(size))) {
      throw new TeburaError("LEDGER_BROKEN", `entry ${index} does not lead to the tree's root`);
    }
    return path;
  }

  /** Throws LEDGER_BROKEN when the first `first` entries are not those that `firstRoot` stands over. */
  consistency(first: number, firstRoot: Hash, second: number): readonly Hash[] {
    const path = consistencyPath(this, first, second);
    if (!consistencyHolds(first, second, path, firstRoot, this.root(second))) {
      throw new TeburaError(
        "LEDGER_BROKEN",
        `the first ${first} entries are not those that the older head was signed over`,
      );
    }
    return path;
  }

  keepHead(head: StoredHead): void {
    this.#database.prepare("INSERT OR IGNORE INTO tree_heads VALUES (@size, @sealed)").run(head);
  }

  /** The newest head. */
  newestHead(): StoredHead | undefined {
    return this.#database
      .prepare("SELECT size, sealed FROM tree_heads ORDER BY size DESC LIMIT 1")
      .get() as StoredHead | undefined;
  }

  /** At most `limit` heads over more than `size` entries, smallest first. */
  headsAfter(size: number, limit: number): readonly StoredHead[] {
    return this.#database
      .prepare("SELECT size, sealed FROM tree_heads WHERE size > ? ORDER BY size LIMIT ?")
      .all(size, limit) as StoredHead[];
  }

  #withinTile(level: number, position: number): Hash {
    const span = 2 ** level;
    const tile = Math.floor((position * span) / tileLeaves);
    const start = position * span - tile * tileLeaves;
    if (this.#tile?.number !== tile || this.#tile.leaves.length < start + span) {
      this.#tile = { number: tile, leaves: this.#leaves(tile * tileLeaves, tileLeaves) };
    }
    let hashes = this.#tile.leaves.slice(start, start + span);
    if (hashes.length < span) {
      throw new TeburaError("LEDGER_BROKEN", "the ledger has fewer entries than its tree");
    }
    while (hashes.length > 1) {
      hashes = Array.from({ length: hashes.length / 2 }, (_, i) =>
        nodeHash(hashes[i * 2]!, hashes[i * 2 + 1]!),
      );
    }
    return hashes[0]!;
  }
}
