import type { WallMs } from "#contract/ids.ts";
import { type Lease, leaseTerms } from "#contract/leases.ts";
import { limits } from "#contract/limits.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";

const migrations = [
  `CREATE TABLE nonces (
     nonce TEXT PRIMARY KEY,
     expires_at INTEGER NOT NULL,
     taken INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX nonces_free ON nonces (taken, expires_at);`,
];

/** Only so many rows are kept, whatever is sent: leases of four days, and those that were used. */
const rowsMax = 8 * limits.leasedNoncesMax;

/** Nonces that the gateway leased to this box. Each is given out once, also across a power cut. */
export class NonceStore implements Disposable {
  readonly #path: string;
  readonly #database: Database;

  constructor(path: string) {
    this.#path = path;
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
  }

  /** Keeps a lease. Nonces that are known, used ones too, stay as they are. */
  add({ nonces, expiresAt }: Lease, now: WallMs): void {
    if (expiresAt > now + 2 * leaseTerms.lifetimeMs) return; // No gateway of ours leases for so long.
    const insert = this.#database.prepare(
      "INSERT OR IGNORE INTO nonces (nonce, expires_at) VALUES (?, ?)",
    );
    this.#onDisk(() => {
      this.#database.prepare("DELETE FROM nonces WHERE expires_at < ?").run(now);
      const known = this.#count("SELECT count(*) AS count FROM nonces");
      if (known + nonces.length > rowsMax) return;
      for (const nonce of nonces) insert.run(nonce, expiresAt);
    });
  }

  /** Takes the nonce that ends first, for good; undefined when none is left. */
  take(now: WallMs): string | undefined {
    return this.#onDisk(() => {
      const row = this.#database
        .prepare(
          `SELECT nonce FROM nonces WHERE taken = 0 AND expires_at > ?
           ORDER BY expires_at, nonce LIMIT 1`,
        )
        .get(now) as { nonce: string } | undefined;
      if (row) this.#database.prepare("UPDATE nonces SET taken = 1 WHERE nonce = ?").run(row.nonce);
      return row?.nonce;
    });
  }

  /** How many can still be taken. */
  left(now: WallMs): number {
    return this.#count(
      "SELECT count(*) AS count FROM nonces WHERE taken = 0 AND expires_at > ?",
      now,
    );
  }

  /** How many of them last as long as a box may be offline: what health reports. */
  lasting(now: WallMs): number {
    return this.left((now + leaseTerms.offlineMs) as WallMs);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #count(query: string, ...parameters: readonly number[]): number {
    return (this.#database.prepare(query).get(...parameters) as { count: number }).count;
  }

  #onDisk<T>(work: () => T): T {
    try {
      return this.#database.transaction(work)();
    } catch (cause) {
      throw databaseError(this.#path, cause);
    }
  }
}
