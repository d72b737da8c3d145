import type { ConsentKey } from "#contract/consent.ts";
import type { Digest, PersonId, WallMs } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";

export const agreedRowsMigration = `CREATE TABLE agreed (
     service TEXT NOT NULL,
     pseudonym TEXT NOT NULL,
     person TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     statement TEXT NOT NULL,
     from_at INTEGER NOT NULL,
     until_at INTEGER NOT NULL,
     counted INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (service, pseudonym)
   ) STRICT, WITHOUT ROWID;`;

/** A consent that was signed at this box, with or without a face yet. */
export interface Agreed extends ConsentKey {
  readonly owner: PersonId;
  readonly statement: Digest;
  readonly from: WallMs;
  readonly until: WallMs;
}

const columns = `service, pseudonym AS person, person AS owner, statement, from_at AS "from",
  until_at AS until`;

/** Which statement the last consent of each person here was, and whether the gateway has said that it counts. */
export class AgreedRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put({ service, person, owner, statement, from, until }: Agreed): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO agreed VALUES (?, ?, ?, ?, ?, ?, 0)")
      .run(service, person, owner, statement, from, until);
  }

  /** The gateway has it on record. */
  count(statement: Digest): void {
    this.#database.prepare("UPDATE agreed SET counted = 1 WHERE statement = ?").run(statement);
  }

  of(owner: PersonId): readonly (Agreed & { readonly counted: boolean })[] {
    const rows = this.#database
      .prepare(`SELECT ${columns}, counted FROM agreed WHERE person = ? ORDER BY service`)
      .all(owner) as (Agreed & { counted: number })[];
    return rows.map((row) => ({ ...row, counted: row.counted === 1 }));
  }

  /** What was agreed to until some moment before this one. */
  ended(now: WallMs): readonly Agreed[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM agreed WHERE until_at <= ?`)
      .all(now) as Agreed[];
  }

  /** Takes one out; returns whose it was. */
  remove({ service, person }: ConsentKey): PersonId | undefined {
    const row = this.#database
      .prepare("DELETE FROM agreed WHERE service = ? AND pseudonym = ? RETURNING person AS owner")
      .get(service, person) as { owner: PersonId } | undefined;
    return row?.owner;
  }
}
