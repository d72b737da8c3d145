import type { KeyObject } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import { type PolicyWord, sealPolicy } from "#contract/policy-word.ts";
import { parseConfig } from "#firmware-config/parse.ts";
import { type Policy, policyFileSchema } from "#firmware-config/policy-file.ts";
import { type Database, openDatabase, type Statement } from "#runtime/database.ts";

/** A policy that was signed here: a table, and rules where its file said any. */
export interface SignedPolicy extends Policy {
  readonly version: number;
  readonly signedAt: WallMs;
  /** As the boxes get it. */
  readonly sealed: string;
}

interface Row {
  readonly version: number;
  readonly signedAt: WallMs;
  readonly sealed: string;
  /** The whole file, with its rules. */
  readonly rows: string;
  readonly recorded: 0 | 1;
}

const migrations = [
  `CREATE TABLE policies (
     version INTEGER PRIMARY KEY,
     signed_at INTEGER NOT NULL,
     sealed TEXT NOT NULL,
     rows TEXT NOT NULL,
     recorded INTEGER NOT NULL DEFAULT 0
   ) STRICT;`,
];

const columns = "version, signed_at AS signedAt, sealed, rows, recorded";

/**
 * Every policy that was ever signed here, by version. A running gateway sees a new one at once,
 * whichever process signed it.
 */
export class PolicyBook implements Disposable {
  readonly #database: Database;
  readonly #selectNewest: Statement;
  #newest: SignedPolicy | undefined;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(path: string) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#selectNewest = this.#database.prepare("SELECT max(version) AS version FROM policies");
  }

  /**
   * Signs a policy as the next version; without rules in the form that every box has always known. Throws
   * CONFIG_INVALID for rows or rules that are none, and POLICY_INVALID for what is too large to be sent.
   */
  async sign(
    input: unknown,
    at: WallMs,
    privateKey: KeyObject,
    where: string,
  ): Promise<SignedPolicy> {
    const policy = parseConfig(policyFileSchema, input, where);
    const version = this.#newestVersion() + 1;
    const { rules, ...rows } = input as { rules?: Record<string, unknown> };
    const said = { version, signedAt: at, rows };
    const word = rules === undefined ? { v: 1, ...said } : { v: 2, ...said, rules };
    const sealed = await sealPolicy(word as PolicyWord, privateKey);
    this.#database
      .prepare("INSERT INTO policies (version, signed_at, sealed, rows) VALUES (?, ?, ?, ?)")
      .run(version, at, sealed, JSON.stringify(input));
    return { version, signedAt: at, sealed, ...policy };
  }

  /** The version that holds; undefined where nobody has signed any. */
  newest(): SignedPolicy | undefined {
    const version = this.#newestVersion();
    if (version === 0) return undefined;
    if (this.#newest?.version !== version) this.#newest = signed(this.#rowOf(version)!);
    return this.#newest;
  }

  list(): readonly { readonly version: number; readonly signedAt: WallMs }[] {
    return this.#database
      .prepare("SELECT version, signed_at AS signedAt FROM policies ORDER BY version DESC")
      .all() as { version: number; signedAt: WallMs }[];
  }

  get(version: number): SignedPolicy | undefined {
    const row = this.#rowOf(version);
    return row && signed(row);
  }

  /** Versions of which the ledger says nothing yet, oldest first. */
  unrecorded(): readonly SignedPolicy[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM policies WHERE recorded = 0 ORDER BY version`)
      .all() as Row[];
    return rows.map(signed);
  }

  recorded(version: number): void {
    this.#database.prepare("UPDATE policies SET recorded = 1 WHERE version = ?").run(version);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #newestVersion(): number {
    return (this.#selectNewest.get() as { version: number | null }).version ?? 0;
  }

  #rowOf(version: number): Row | undefined {
    return this.#database
      .prepare(`SELECT ${columns} FROM policies WHERE version = ?`)
      .get(version) as Row | undefined;
  }
}

function signed({ version, signedAt, sealed, rows }: Row): SignedPolicy {
  const read = parseConfig(policyFileSchema, JSON.parse(rows), `policy version ${version}`);
  return { version, signedAt, sealed, ...read };
}
