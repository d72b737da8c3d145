import { randomBytes } from "node:crypto";
import { type Database, openDatabase, type Statement } from "#runtime/database.ts";
import type { Sealer } from "../persons/sealer.ts";

const migrations = [
  `CREATE TABLE keys (
     owner TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     sealed BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** Keys that are held open, so that who comes every day costs no search. */
const openedMax = 20_000;

/** A key, by the random name under which what it seals knows it. */
export interface EvidenceKey {
  readonly name: string;
  readonly key: Buffer;
}

/**
 * Keys of 32 random bytes, one for each owner, in a file of their own: what was sealed under a key that was
 * destroyed here is gone wherever it lies. They lie sealed under the registry's key, so that this file
 * alone opens nothing.
 */
export class EvidenceKeys implements Disposable {
  readonly #database: Database;
  readonly #sealer: Sealer;
  readonly #byOwner: Statement;
  readonly #byName: Statement;
  /** Those that were used last, by their owners. */
  readonly #opened = new Map<string, EvidenceKey>();

  constructor(path: string, sealer: Sealer) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#sealer = sealer;
    const row = "SELECT name, sealed FROM keys WHERE";
    this.#byOwner = this.#database.prepare(`${row} owner = ?`);
    this.#byName = this.#database.prepare(`${row} name = ?`);
  }

  /** The keys of these owners, made where there is none: on disk when this returns. */
  of(owners: ReadonlySet<string>): ReadonlyMap<string, EvidenceKey> {
    const known = new Map<string, EvidenceKey>();
    for (const owner of owners) {
      const key = this.#opened.get(owner) ?? this.#open(this.#byOwner.get(owner));
      if (key) known.set(owner, key);
    }
    const missing = [...owners].filter((owner) => !known.has(owner));
    if (missing.length > 0) {
      this.#database.transaction(() => {
        for (const owner of missing) known.set(owner, this.#make(owner));
      })();
    }
    if (this.#opened.size > openedMax) this.#opened.clear();
    for (const [owner, key] of known) this.#opened.set(owner, key);
    return known;
  }

  /** The key of this name; undefined where it was destroyed. */
  named(name: string): Buffer | undefined {
    return this.#open(this.#byName.get(name))?.key;
  }

  /** Destroys the keys of these owners, down to the journal, and gives the names that they had. */
  destroy(owners: readonly string[]): readonly string[] {
    const gone = this.#database.transaction(() =>
      owners.flatMap((owner) => {
        const row = this.#byOwner.get(owner) as KeyRow | undefined;
        if (row) this.#database.prepare("DELETE FROM keys WHERE owner = ?").run(owner);
        return row ? [row.name] : [];
      }),
    )();
    for (const owner of owners) this.#opened.delete(owner);
    if (gone.length > 0) this.scour();
    return gone;
  }

  /** Leaves nothing of what was destroyed in the journal. */
  scour(): void {
    this.#database.pragma("wal_checkpoint(TRUNCATE)");
  }

  /** Owners whose name begins like this. */
  ownersLike(start: string): readonly string[] {
    const rows = this.#database
      .prepare("SELECT owner FROM keys WHERE substr(owner, 1, ?) = ? ORDER BY owner")
      .all(start.length, start);
    return (rows as { owner: string }[]).map(({ owner }) => owner);
  }

  /** Who comes after this owner, by their name, with the names of their keys. */
  after(
    owner: string,
    limit: number,
  ): readonly { readonly owner: string; readonly name: string }[] {
    const rows = this.#database
      .prepare("SELECT owner, name FROM keys WHERE owner > ? ORDER BY owner LIMIT ?")
      .all(owner, limit);
    return rows as { owner: string; name: string }[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #make(owner: string): EvidenceKey {
    const made = { name: randomBytes(16).toString("base64url"), key: randomBytes(32) };
    const sealed = this.#sealer.seal(placeOf(made.name), made.key.toString("base64url"));
    this.#database
      .prepare("INSERT INTO keys (owner, name, sealed) VALUES (?, ?, ?)")
      .run(owner, made.name, sealed);
    return made;
  }

  #open(row: unknown): EvidenceKey | undefined {
    if (row === undefined) return undefined;
    const { name, sealed } = row as KeyRow;
    return { name, key: Buffer.from(this.#sealer.open(placeOf(name), sealed), "base64url") };
  }
}

interface KeyRow {
  readonly name: string;
  readonly sealed: Buffer;
}

const placeOf = (name: string) => `evidence key ${name}`;
