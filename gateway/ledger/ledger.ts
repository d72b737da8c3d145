import { digestOf, genesisDigest } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import { type Database, openDatabase, type Statement } from "#runtime/database.ts";
import { type EvidenceRow, EvidenceRows, evidenceTables } from "./evidence-rows.ts";
import { LedgerTree, treeTables } from "./merkle/ledger-tree.ts";
import { leafHash } from "./merkle/tree.ts";

/** One event in the ledger. `entry` is the hash that the next entry's hash is made over. */
export interface LedgerEntry {
  /** From 1, without a gap. */
  readonly index: number;
  readonly device: DeviceId;
  readonly sequence: number;
  readonly receivedAt: WallMs;
  /** Digest of the sealed bytes. */
  readonly event: Digest;
  /** The seal, as the device made it. */
  readonly sealed: string;
  /**
   * Why the step-up in it was refused on arrival; null where there is none to refuse. The event stays
   * in its device's chain, and no view takes it in.
   */
  readonly refusal: StepUpCode | null;
  readonly entry: Digest;
}

export type NewEntry = Omit<LedgerEntry, "index" | "entry"> & {
  /** What its event commits to, written in the same transaction. No hash is made over it. */
  readonly evidence?: EvidenceRow | undefined;
};

const migrations = [
  `CREATE TABLE entries (
     position INTEGER PRIMARY KEY,
     device TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     received_at INTEGER NOT NULL,
     event TEXT NOT NULL,
     sealed TEXT NOT NULL,
     entry TEXT NOT NULL,
     UNIQUE (device, sequence)
   ) STRICT;
   CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
     BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
   CREATE TRIGGER entries_remain BEFORE DELETE ON entries
     BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;`,
  "ALTER TABLE entries ADD COLUMN refusal TEXT;",
  treeTables,
  evidenceTables,
];

/** What the ledger holds of one device: where its next event must continue. */
export interface DeviceHead {
  readonly sequence: number;
  readonly event: Digest;
  readonly index: number;
  readonly entry: Digest;
}

const nothing: DeviceHead = { sequence: 0, event: genesisDigest, index: 0, entry: genesisDigest };

export interface LedgerOptions {
  readonly readonly?: boolean;
  /** How to open the file; another way where somebody wants a disk that fails. */
  readonly open?: typeof openDatabase;
}

type HashedEntry = Omit<LedgerEntry, "entry" | "sealed">;

/**
 * What the hash of an entry is made over: a label, the index, the time, the device, the sequence, the
 * event's digest, the hash of the entry before and the refusal, if any, with every part but the last
 * of a fixed or a stated length, so that no two different entries have the same bytes.
 */
function entryParts(entry: HashedEntry, previous: Digest): readonly (string | Buffer)[] {
  const numbers = Buffer.alloc(32);
  numbers.writeBigUInt64BE(BigInt(entry.index), 0);
  numbers.writeBigUInt64BE(BigInt(entry.receivedAt), 8);
  numbers.writeBigUInt64BE(BigInt(entry.sequence), 16);
  numbers.writeBigUInt64BE(BigInt(Buffer.byteLength(entry.device)), 24);
  const { device, event, refusal } = entry;
  return ["tebura-ledger-entry-v1\0", numbers, device, event, previous, refusal ?? ""];
}

/** The bytes of an entry: the leaf of the ledger's tree is made over them (see docs/ledger.md). */
export function entryBytes(entry: HashedEntry, previous: Digest): Buffer {
  return Buffer.concat(entryParts(entry, previous).map((part) => Buffer.from(part)));
}

/** The hash of an entry: SHA-256 over its bytes, which end in the hash of the entry before. */
export function entryHash(entry: HashedEntry, previous: Digest): Digest {
  return digestOf(...entryParts(entry, previous));
}

/** The gateway's record: appended to, never changed, each entry bound to the one before. */
export class Ledger implements Disposable {
  readonly #database: Database;
  readonly #heads = new Map<DeviceId, DeviceHead>();
  #insert: Statement | undefined;
  #last: { index: number; entry: Digest };
  readonly tree: LedgerTree;
  /** Evidence beside the entries, which may go while they stay. */
  readonly evidence: EvidenceRows;

  constructor(path: string, options: LedgerOptions = {}) {
    const { open = openDatabase, readonly = false } = options;
    this.#database = open(path, { migrations, synchronous: "FULL", readonly });
    const row = this.#database
      .prepare("SELECT position, entry FROM entries ORDER BY position DESC LIMIT 1")
      .get() as { position: number; entry: Digest } | undefined;
    this.#last = row
      ? { index: row.position, entry: row.entry }
      : { index: 0, entry: genesisDigest };
    this.evidence = new EvidenceRows(this.#database);
    this.tree = new LedgerTree(this.#database, (index, limit) => this.#leaves(index, limit));
  }

  get count(): number {
    return this.#last.index;
  }

  head(device: DeviceId): DeviceHead {
    const known = this.#heads.get(device);
    if (known) return known;
    const row = this.#database
      .prepare(
        `SELECT sequence, event, position AS "index", entry FROM entries
         WHERE device = ? ORDER BY sequence DESC LIMIT 1`,
      )
      .get(device) as DeviceHead | undefined;
    const head = row ?? nothing;
    this.#heads.set(device, head);
    return head;
  }

  /** The digest that was accepted under a device's sequence, if any. */
  eventAt(device: DeviceId, sequence: number): Digest | undefined {
    const row = this.#database
      .prepare("SELECT event FROM entries WHERE device = ? AND sequence = ?")
      .get(device, sequence) as { event: Digest } | undefined;
    return row?.event;
  }

  /** The seal that was accepted under a device's sequence, if any. */
  sealedAt(device: DeviceId, sequence: number): string | undefined {
    const row = this.#database
      .prepare("SELECT sealed FROM entries WHERE device = ? AND sequence = ?")
      .get(device, sequence) as { sealed: string } | undefined;
    return row?.sealed;
  }

  /** Where a device's sequence stands in the ledger, if it does. */
  indexOf(device: DeviceId, sequence: number): number | undefined {
    const row = this.#database
      .prepare('SELECT position AS "index" FROM entries WHERE device = ? AND sequence = ?')
      .get(device, sequence) as { index: number } | undefined;
    return row?.index;
  }

  /** Appends in one transaction; when this returns, the entries would survive a power cut. */
  append(entries: readonly NewEntry[]): readonly LedgerEntry[] {
    const added: LedgerEntry[] = [];
    let { index, entry: previous } = this.#last;
    for (const { evidence: _, ...entry } of entries) {
      index += 1;
      previous = entryHash({ ...entry, index }, previous);
      added.push({ ...entry, index, entry: previous });
    }
    if (added.length === 0) return added;
    this.#insert ??= this.#database.prepare(
      `INSERT INTO entries (position, device, sequence, received_at, event, sealed, entry, refusal)
       VALUES (@index, @device, @sequence, @receivedAt, @event, @sealed, @entry, @refusal)`,
    );
    const insert = this.#insert;
    this.#database.transaction(() => {
      for (const [i, entry] of added.entries()) {
        insert.run(entry);
        const evidence = entries[i]?.evidence;
        if (evidence) this.evidence.insert(entry.index, entry.receivedAt, evidence);
      }
    })();
    this.#last = { index, entry: previous };
    for (const { device, sequence, event, index: at, entry } of added) {
      this.#heads.set(device, { sequence, event, index: at, entry });
    }
    return added;
  }

  /** What the entry with this index names as the one before. Throws LEDGER_BROKEN when it is gone. */
  hashBefore(index: number): Digest {
    if (index === 1) return genesisDigest;
    const row = this.#database
      .prepare("SELECT entry FROM entries WHERE position = ?")
      .get(index - 1) as { entry: Digest } | undefined;
    if (row) return row.entry;
    throw new TeburaError("LEDGER_BROKEN", `entry ${index - 1} is missing`);
  }

  /** At most `limit` entries after an index, oldest first. */
  after(index: number, limit: number): readonly LedgerEntry[] {
    return this.#database
      .prepare(
        `SELECT position AS "index", device, sequence, received_at AS receivedAt, event, sealed, entry,
           refusal
         FROM entries WHERE position > ? ORDER BY position LIMIT ?`,
      )
      .all(index, limit) as LedgerEntry[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #leaves(index: number, limit: number): readonly Buffer[] {
    let previous = this.hashBefore(index + 1);
    return this.after(index, limit).map((entry) => {
      const leaf = leafHash(entryBytes(entry, previous));
      previous = entry.entry;
      return leaf;
    });
  }
}
