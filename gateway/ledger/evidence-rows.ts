import type { WallMs } from "#contract/ids.ts";
import type { Database, Statement } from "#runtime/database.ts";

/** Evidence beside an entry, sealed under two keys together: without either, it is gone. */
export interface EvidenceRow {
  /** Names of the keys; the keys lie in a file of their own. */
  readonly keys: readonly [string, string];
  /** The nonce that a card's has used; null where it was refused, or a phone's. It tells nothing of anybody. */
  readonly nonce: string | null;
  readonly sealed: Buffer;
}

/** Made with the ledger's tables, and written with its entries. */
export const evidenceTables = `
  CREATE TABLE evidence (
    position INTEGER PRIMARY KEY REFERENCES entries (position),
    received_at INTEGER NOT NULL,
    key TEXT NOT NULL,
    other_key TEXT NOT NULL,
    nonce TEXT,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX evidence_at ON evidence (received_at);
  CREATE INDEX evidence_under ON evidence (key);
  CREATE INDEX evidence_under_other ON evidence (other_key);`;

/**
 * What stands beside the ledger's entries and may go: the evidence that events commit to. No hash is made
 * over it, so whatever goes, the ledger and every proof of it stay as they are.
 */
export class EvidenceRows {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Part of the transaction that appends the entry. */
  insert(index: number, receivedAt: WallMs, { keys: [key, other], nonce, sealed }: EvidenceRow) {
    this.#statement(
      `INSERT INTO evidence (position, received_at, key, other_key, nonce, sealed)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(index, receivedAt, key, other, nonce, sealed);
  }

  /** The evidence of an entry; undefined where it has none, or has it no more. */
  at(index: number): EvidenceRow | undefined {
    const row = this.#statement(
      "SELECT key, other_key AS other, nonce, sealed FROM evidence WHERE position = ?",
    ).get(index) as { key: string; other: string; nonce: string; sealed: Buffer } | undefined;
    return row && { keys: [row.key, row.other], nonce: row.nonce, sealed: row.sealed };
  }

  /** Every nonce that an entry has used, as far as its evidence stands. */
  *nonces(): Generator<string> {
    const all = this.#database.prepare("SELECT nonce FROM evidence WHERE nonce IS NOT NULL");
    for (const row of all.iterate()) yield (row as { nonce: string }).nonce;
  }

  /** Whether anything lies under this key. */
  isUnder(key: string): boolean {
    const under = "SELECT 1 FROM evidence WHERE key = @key OR other_key = @key LIMIT 1";
    return this.#statement(under).get({ key }) !== undefined;
  }

  /** Lets go of what lies under any of these keys, and gives the number of entries. */
  forgetUnder(keys: readonly string[]): number {
    const forget = this.#statement("DELETE FROM evidence WHERE key = @key OR other_key = @key");
    return this.#database.transaction(() =>
      keys.reduce((count, key) => count + forget.run({ key }).changes, 0),
    )();
  }

  /** Lets go of what was received before a moment, and gives the number of entries. */
  forgetBefore(before: WallMs): number {
    return this.#statement("DELETE FROM evidence WHERE received_at < ?").run(before).changes;
  }

  #statement(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
