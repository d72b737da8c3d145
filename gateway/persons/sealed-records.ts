import { randomUUID } from "node:crypto";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { type Database, databaseError, openDatabase, type Statement } from "#runtime/database.ts";
import type { Draft, StoredKind } from "./drafts.ts";
import type { Sealer } from "./sealer.ts";

const migrations = [
  `CREATE TABLE records (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     kind TEXT NOT NULL,
     id TEXT NOT NULL UNIQUE,
     key BLOB NOT NULL,
     content BLOB NOT NULL,
     sealed BLOB NOT NULL,
     changed_at INTEGER NOT NULL,
     UNIQUE (kind, key)
   ) STRICT;
   CREATE TABLE found (
     way BLOB NOT NULL,
     record INTEGER NOT NULL REFERENCES records (number) ON DELETE CASCADE,
     PRIMARY KEY (way, record)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX found_by_record ON found (record);
   CREATE TABLE aliases (
     alias BLOB PRIMARY KEY,
     record INTEGER NOT NULL REFERENCES records (number) ON DELETE CASCADE
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX aliases_by_record ON aliases (record);
   CREATE TABLE aliased (service TEXT PRIMARY KEY, upto INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE lists (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** A record as it lies there: still sealed. */
export interface SealedRecord {
  readonly number: number;
  readonly id: string;
  readonly kind: StoredKind;
  readonly sealed: Uint8Array;
}

export type PutResult = "added" | "changed" | "unchanged";

const waitForWriterMsMax = 500;
/** As long as a person's record mostly is. */
const decoyCharacters = 300;

const listStep = 64;
/** A UUID in JSON, its quotes and comma. */
const idCharacters = 39;

const columns = "r.number, r.id, r.kind, r.sealed";

/**
 * Records in SQLite of which nothing can be read without the key: not who, not what, not who belongs
 * to whom. What remains visible is how many there are of each kind and when each was changed.
 */
export class SealedRecords implements Disposable {
  readonly #database: Database;
  readonly #sealer: Sealer;
  readonly #path: string;
  readonly #decoy: Uint8Array;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string, sealer: Sealer) {
    this.#path = path;
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    // A wait stops the whole process, and a gateway has boxes to answer.
    this.#database.pragma(`busy_timeout = ${waitForWriterMsMax}`);
    this.#sealer = sealer;
    this.#decoy = sealer.seal("decoy", JSON.stringify("x".repeat(decoyCharacters)));
  }

  /**
   * All or nothing; `keep` decides at the end whether it was a rehearsal. Throws DATA_LOCKED while
   * another process writes, and DATA_UNWRITABLE or DATA_CORRUPT where the disk fails.
   */
  transaction<T>(work: () => { readonly result: T; readonly keep: boolean }): T {
    let result: T | undefined;
    const rehearsal = new Error("a rehearsal");
    try {
      this.#database
        .transaction(() => {
          const done = work();
          result = done.result;
          if (!done.keep) throw rehearsal;
        })
        .immediate();
    } catch (error) {
      if (error !== rehearsal) throw this.#failure(error);
    }
    return result as T;
  }

  put({ kind, key, content, found }: Draft, at: WallMs): PutResult {
    const text = canonical(content);
    const index = this.#sealer.index(kind, ...key);
    const digest = this.#sealer.digest(text);
    const known = this.#prepared(
      "SELECT number, id, content FROM records WHERE kind = ? AND key = ?",
    ).get(kind, index) as { number: number; id: string; content: Buffer } | undefined;
    if (known?.content.equals(digest)) return "unchanged";
    const id = known?.id ?? randomUUID();
    const sealed = this.#sealer.seal(placeOf(kind, id), text);
    let number = known?.number;
    if (number === undefined) {
      number = Number(
        this.#prepared(
          `INSERT INTO records (kind, id, key, content, sealed, changed_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
        ).run(kind, id, index, digest, sealed, at).lastInsertRowid,
      );
    } else {
      this.#prepared(
        "UPDATE records SET content = ?, sealed = ?, changed_at = ? WHERE number = ?",
      ).run(digest, sealed, at, number);
      this.#prepared("DELETE FROM found WHERE record = ?").run(number);
    }
    for (const [field, ...values] of found) {
      this.#prepared("INSERT OR IGNORE INTO found (way, record) VALUES (?, ?)").run(
        this.#sealer.index(field, ...values),
        number,
      );
    }
    return known ? "changed" : "added";
  }

  byKey(kind: StoredKind, ...key: readonly string[]): SealedRecord | undefined {
    return this.#prepared(`SELECT ${columns} FROM records r WHERE kind = ? AND key = ?`).get(
      kind,
      this.#sealer.index(kind, ...key),
    ) as SealedRecord | undefined;
  }

  byId(id: string): SealedRecord | undefined {
    return this.#prepared(`SELECT ${columns} FROM records r WHERE id = ?`).get(id) as
      | SealedRecord
      | undefined;
  }

  byWay(field: string, ...values: readonly string[]): readonly SealedRecord[] {
    return this.#prepared(
      `SELECT ${columns} FROM found f JOIN records r ON r.number = f.record
       WHERE f.way = ? ORDER BY r.number`,
    ).all(this.#sealer.index(field, ...values)) as SealedRecord[];
  }

  /** The record that somebody's pseudonym in a service stands for. Names whoever is new first. */
  byAlias(
    service: string,
    alias: string,
    aliasOf: (id: string) => string,
  ): SealedRecord | undefined {
    this.#nameNewOnes(service, aliasOf);
    return this.#prepared(
      `SELECT ${columns} FROM aliases a JOIN records r ON r.number = a.record WHERE a.alias = ?`,
    ).get(this.#sealer.index("alias", service, alias)) as SealedRecord | undefined;
  }

  open({ kind, id, sealed }: SealedRecord): Readonly<Record<string, unknown>> {
    return JSON.parse(this.#sealer.open(placeOf(kind, id), sealed));
  }

  /** Does what opening a record does, and has nothing of it. */
  openNothing(): void {
    JSON.parse(this.#sealer.open("decoy", this.#decoy));
  }

  /** Every record of a kind, oldest first. */
  *all(kind: StoredKind): Generator<SealedRecord> {
    const next = this.#prepared(
      `SELECT ${columns} FROM records r WHERE kind = ? AND number > ? ORDER BY number LIMIT 1`,
    );
    for (let last = 0; ; ) {
      const row = next.get(kind, last) as SealedRecord | undefined;
      if (!row) return;
      yield row;
      last = row.number;
    }
  }

  /**
   * A list of ids that lies sealed as one, so that nobody sees whose they are: an index of people who share
   * something would show them as a group. Undefined where it was never kept.
   */
  listOf(name: string): readonly string[] | undefined {
    const row = this.#prepared("SELECT sealed FROM lists WHERE name = ?").get(name) as
      | { sealed: Buffer }
      | undefined;
    return row && JSON.parse(this.#sealer.open(`list ${name}`, row.sealed)).ids;
  }

  /** Differs whenever a list was kept anew; undefined where it never was. */
  listVersion(name: string): string | undefined {
    const row = this.#prepared(
      "SELECT substr(sealed, 1, 12) AS nonce FROM lists WHERE name = ?",
    ).get(name) as { nonce: Buffer } | undefined;
    return row?.nonce.toString("base64url");
  }

  keepList(name: string, ids: readonly string[]): void {
    // Padded, so that the length of the row tells no single one who comes or goes.
    const padding = "x".repeat((listStep - (ids.length % listStep)) * idCharacters);
    const sealed = this.#sealer.seal(`list ${name}`, JSON.stringify({ ids, padding }));
    this.#prepared("INSERT OR REPLACE INTO lists (name, sealed) VALUES (?, ?)").run(name, sealed);
  }

  remove(number: number): void {
    this.#prepared("DELETE FROM records WHERE number = ?").run(number);
  }

  /** Differs whenever a record may have changed, by this process or another. */
  get version(): string {
    const others = this.#database.pragma("data_version", { simple: true });
    const own = this.#prepared("SELECT total_changes() AS own").get() as { own: number };
    return `${others} ${own.own}`;
  }

  count(kind: StoredKind): number {
    const row = this.#prepared("SELECT count(*) AS count FROM records WHERE kind = ?").get(kind);
    return (row as { count: number }).count;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /**
   * Pseudonyms are made when a service first asks, not at the import: most services ask for few people,
   * and a service that a later release adds needs no import.
   */
  #nameNewOnes(service: string, aliasOf: (id: string) => string): void {
    const seen = this.#prepared("SELECT upto FROM aliased WHERE service = ?").get(service) as
      | { upto: number }
      | undefined;
    const isNew = "FROM records WHERE kind = 'person' AND number > ?";
    const upto = seen?.upto ?? 0;
    if (this.#prepared(`SELECT 1 ${isNew} LIMIT 1`).get(upto) === undefined) return;
    const name = () => {
      const rows = this.#prepared(`SELECT number, id ${isNew} ORDER BY number`).all(upto);
      let last = upto;
      for (const { number, id } of rows as { number: number; id: string }[]) {
        const alias = this.#sealer.index("alias", service, aliasOf(id));
        this.#prepared("INSERT OR IGNORE INTO aliases (alias, record) VALUES (?, ?)").run(
          alias,
          number,
        );
        last = number;
      }
      this.#prepared("INSERT OR REPLACE INTO aliased (service, upto) VALUES (?, ?)").run(
        service,
        last,
      );
      return { result: undefined, keep: true };
    };
    try {
      this.transaction(name);
    } catch (error) {
      // Whom an import is bringing in has no pseudonym to be asked for yet; the next call names them.
      if (errorCodeOf(error) !== "DATA_LOCKED") throw error;
    }
  }

  #failure(error: unknown): unknown {
    if (!(error instanceof Error) || !("code" in error)) return error;
    const code = String(error.code);
    if (code.startsWith("SQLITE_BUSY")) {
      const message = "the registry is being written by an import; try again when it is done";
      return new TeburaError("DATA_LOCKED", message, { cause: error });
    }
    return code.startsWith("SQLITE_") ? databaseError(this.#path, error) : error;
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function placeOf(kind: StoredKind, id: string): string {
  return `${kind} ${id}`;
}

/** The same content is the same text, in whatever order its fields came. */
function canonical(content: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(content).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}
