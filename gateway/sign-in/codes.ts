import type { WallMs } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";
import { codeProves, type KeptCode, makeCode, readCode } from "./secret-code.ts";

/** What a code is good for: an account of one's own, or one's account back. */
export type CodePurpose = "first-start" | "invitation" | "recovery";

/** A code that proved itself. It stays good until `spend`, so that a cancelled passkey costs nothing. */
export interface ProvedCode {
  readonly handle: string;
  readonly purpose: CodePurpose;
  /** Null for the first start, which belongs to nobody yet. */
  readonly account: string | null;
}

interface Row extends ProvedCode, KeptCode {
  readonly expiresAt: WallMs | null;
}

/** Collisions of handles are rare (one in a million for each code that is kept), and are drawn again. */
const drawsMax = 20;

/** Codes that are shown once, kept as salted hashes and good for one use. */
export class Codes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a code and returns its text, which nobody can make again. */
  async create(
    purpose: CodePurpose,
    account: string | null,
    expiresAt: WallMs | null,
  ): Promise<string> {
    for (let draw = 0; draw < drawsMax; draw++) {
      const { handle, text, kept } = await makeCode();
      const { changes } = this.#database
        .prepare(
          `INSERT OR IGNORE INTO codes (handle, purpose, account, salt, digest, expires_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(handle, purpose, account, kept.salt, kept.digest, expiresAt);
      if (changes === 1) return text;
    }
    throw new Error("no handle of a code is free");
  }

  /** Says nothing about why a code is not good, in words or in time. */
  async check(typed: string, at: WallMs): Promise<ProvedCode | undefined> {
    const code = readCode(typed);
    const row = code && this.#rowOf(code.handle);
    const proved = await codeProves(code, row);
    if (!proved || !row || (row.expiresAt !== null && at >= row.expiresAt)) return undefined;
    const { handle, purpose, account } = row;
    return { handle, purpose, account };
  }

  /** True for the first caller only. Part of the transaction that makes use of the code. */
  spend(handle: string, at: WallMs): boolean {
    const sql = "DELETE FROM codes WHERE handle = ? AND (expires_at IS NULL OR expires_at > ?)";
    return this.#database.prepare(sql).run(handle, at).changes === 1;
  }

  withdraw(purpose: CodePurpose, account: string | null): void {
    this.#database
      .prepare("DELETE FROM codes WHERE purpose = ? AND account IS ?")
      .run(purpose, account);
  }

  countOf(purpose: CodePurpose, account: string): number {
    const sql = "SELECT count(*) AS count FROM codes WHERE purpose = ? AND account = ?";
    return (this.#database.prepare(sql).get(purpose, account) as { count: number }).count;
  }

  forget(account: string): void {
    this.#database.prepare("DELETE FROM codes WHERE account = ?").run(account);
  }

  #rowOf(handle: string): Row | undefined {
    return this.#database
      .prepare(
        `SELECT handle, purpose, account, salt, digest, expires_at AS expiresAt
         FROM codes WHERE handle = ?`,
      )
      .get(handle) as Row | undefined;
  }
}
