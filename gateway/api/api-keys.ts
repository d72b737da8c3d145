import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import { recordKinds } from "../persons/records.ts";

const both = ["read", "write"] as const;
const ofRecords = Object.fromEntries(recordKinds.map((kind) => [kind, both])) as Readonly<
  Record<(typeof recordKinds)[number], typeof both>
>;

/** Which of reading and writing there is of each area: kinds of records, services, and the gateway itself. */
const areas = {
  ...ofRecords,
  bus: both,
  taxi: both,
  school: both,
  shelter: both,
  medical: both,
  /** A crew's look-ups: theirs alone, and of nothing else at a clinic. */
  emergency: ["write"],
  tickets: both,
  payment: both,
  /** People's consents to be recognised, and the galleries that rest on them. */
  consents: both,
  galleries: both,
  /** Which clinic, performance or merchant a box works for. */
  places: ["write"],
  guardian: ["read"],
  events: ["read"],
  devices: ["read"],
  ledger: ["read"],
  quarantine: ["read"],
  policy: ["read"],
  audit: ["read"],
  /** Everything that is held of one person, for their own request. */
  "own-data": ["read"],
  /** People under protection, beside a scope that shows what they are in, and with a reason. */
  protected: ["read"],
  metrics: ["read"],
} as const satisfies Readonly<Record<string, readonly ("read" | "write")[]>>;

/** What a key opens: reading or writing of one area. No scope contains another. */
export type Scope = {
  [Area in keyof typeof areas]: `${Area}:${(typeof areas)[Area][number]}`;
}[keyof typeof areas];
export const scopes = Object.entries(areas).flatMap(([area, ways]) =>
  ways.map((way) => `${area}:${way}`),
) as readonly Scope[];
export const scopeSchema = z.enum(scopes as [Scope, ...Scope[]]);

export interface ApiKey {
  /** Not secret: it stands in the audit as who asked. */
  readonly id: string;
  /** What the key is for, as its maker wrote: a system, never a person. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: WallMs;
  readonly expiresAt: WallMs;
  readonly lastUsedAt: WallMs | null;
  readonly revokedAt: WallMs | null;
}

/** What a presented key is worth. */
export type KeyVerdict =
  | { readonly kind: "valid"; readonly key: ApiKey }
  | { readonly kind: "unknown" | "revoked" | "expired" };

const migrations = [
  `CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     scopes TEXT NOT NULL,
     digest BLOB NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     last_used_at INTEGER,
     revoked_at INTEGER
   ) STRICT, WITHOUT ROWID;`,
];

const columns = `id, name, scopes, digest, created_at AS createdAt, expires_at AS expiresAt,
  last_used_at AS lastUsedAt, revoked_at AS revokedAt`;
const shape = /^tbk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
/** A use is noted once a minute: a key in steady use shall not write to disk with each request. */
const noteEveryMs = 60_000;

interface Row extends Omit<ApiKey, "scopes"> {
  readonly scopes: string;
  readonly digest: Buffer;
}

/**
 * Keys of programs that use the registry's API. A key is shown once, when it is made; what stays is its
 * SHA-256. That is enough of a hash here: a key is 256 random bits, and nobody guesses those.
 */
export class ApiKeys implements Disposable {
  readonly #database: Database;

  constructor(path: string) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
  }

  /** Makes a key. Its text is in the answer and nowhere else. */
  create(key: Pick<ApiKey, "name" | "scopes" | "createdAt" | "expiresAt">): {
    readonly id: string;
    readonly text: string;
  } {
    const id = randomBytes(8).toString("hex");
    const text = `tbk_${id}_${randomBytes(32).toString("base64url")}`;
    this.#database
      .prepare(
        `INSERT INTO keys (id, name, scopes, digest, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(id, key.name, JSON.stringify(key.scopes), digestOf(text), key.createdAt, key.expiresAt);
    return { id, text };
  }

  /** Takes as long for an id that nobody has as for a wrong secret. */
  check(text: string, at: WallMs): KeyVerdict {
    const id = shape.exec(text)?.[1];
    const row = id === undefined ? undefined : this.#rowOf(id);
    const same = timingSafeEqual(row?.digest ?? nobody, digestOf(text));
    if (!row || !same) return { kind: "unknown" };
    if (row.revokedAt !== null) return { kind: "revoked" };
    if (at >= row.expiresAt) return { kind: "expired" };
    if (row.lastUsedAt === null || at - row.lastUsedAt >= noteEveryMs) {
      this.#database.prepare("UPDATE keys SET last_used_at = ? WHERE id = ?").run(at, row.id);
    }
    return { kind: "valid", key: keyOf(row) };
  }

  list(): readonly ApiKey[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM keys ORDER BY created_at DESC, id`)
      .all() as Row[];
    return rows.map(keyOf);
  }

  /** The key opens nothing from the next request on. Throws API_KEY_UNKNOWN. */
  revoke(id: string, at: WallMs): void {
    const { changes } = this.#database
      .prepare("UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?")
      .run(at, id);
    if (changes === 0) throw new TeburaError("API_KEY_UNKNOWN", "there is no key with this id");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #rowOf(id: string): Row | undefined {
    return this.#database.prepare(`SELECT ${columns} FROM keys WHERE id = ?`).get(id) as
      | Row
      | undefined;
  }
}

const nobody = Buffer.alloc(32);

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function keyOf({ digest: _, scopes, ...row }: Row): ApiKey {
  return { ...row, scopes: z.array(scopeSchema).parse(JSON.parse(scopes)) };
}
