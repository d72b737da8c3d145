import { createHash, createHmac, randomBytes } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";

export interface SessionRules {
  /** A session that nobody used for so long has ended. */
  readonly idleMsMax: number;
  /** It ends then in any case, and the passkey is asked for again. */
  readonly ageMsMax: number;
}

export interface Session {
  /** Names the session in a list; no secret. */
  readonly handle: string;
  readonly account: string;
  /** What the browser called itself when it signed in. */
  readonly agent: string;
  /** When its owner last proved who they are. */
  readonly provedAt: WallMs;
  readonly seenAt: WallMs;
}

/** A use is noted once a minute: a page in steady use shall not write to disk with each request. */
const noteEveryMs = 60_000;
const agentCharactersMax = 200;
const secretShape = /^[A-Za-z0-9_-]{43}$/;
const columns = "handle, account, agent, proved_at AS provedAt, seen_at AS seenAt";

/**
 * Who is signed in. The cookie holds 256 random bits; what is kept is their SHA-256, so that a stolen
 * copy of the file opens nothing. The number is always drawn here and never taken from a browser, so
 * nobody can be given a session that somebody else knows.
 */
export class Sessions {
  readonly #database: Database;
  readonly #rules: SessionRules;

  constructor(database: Database, rules: SessionRules) {
    this.#database = database;
    this.#rules = rules;
  }

  get ageMsMax(): number {
    return this.#rules.ageMsMax;
  }

  /** Returns the secret for the cookie. */
  open(account: string, agent: string, at: WallMs): string {
    const secret = randomBytes(32).toString("base64url");
    this.#database
      .prepare(
        `INSERT INTO sessions (digest, handle, account, agent, proved_at, seen_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(
        digestOf(secret),
        randomBytes(8).toString("hex"),
        ...[account, agent.slice(0, agentCharactersMax), at, at],
      );
    return secret;
  }

  /** The session of a cookie, or undefined. Its use is noted unless a page only looks in the background. */
  of(secret: string, at: WallMs, isUse = true): Session | undefined {
    if (!secretShape.test(secret)) return undefined;
    const digest = digestOf(secret);
    const session = this.#database
      .prepare(`SELECT ${columns} FROM sessions WHERE digest = ?`)
      .get(digest) as Session | undefined;
    if (!session) return undefined;
    if (!this.#holds(session, at)) {
      this.#database.prepare("DELETE FROM sessions WHERE digest = ?").run(digest);
      return undefined;
    }
    if (isUse && at - session.seenAt >= noteEveryMs) {
      this.#database.prepare("UPDATE sessions SET seen_at = ? WHERE digest = ?").run(at, digest);
    }
    return session;
  }

  list(account: string, at: WallMs): readonly Session[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM sessions WHERE account = ? ORDER BY seen_at DESC, handle`)
      .all(account) as Session[];
    return rows.filter((session) => this.#holds(session, at));
  }

  /** Ends a session of this account; false where it has none of that name. */
  end(account: string, handle: string): boolean {
    const sql = "DELETE FROM sessions WHERE account = ? AND handle = ?";
    return this.#database.prepare(sql).run(account, handle).changes === 1;
  }

  /** Ends all of them and says how many there were. */
  endAll(account: string): number {
    return this.#database.prepare("DELETE FROM sessions WHERE account = ?").run(account).changes;
  }

  /** Removes what has ended by itself. */
  sweep(at: WallMs): void {
    this.#database
      .prepare("DELETE FROM sessions WHERE seen_at <= ? OR proved_at <= ?")
      .run(at - this.#rules.idleMsMax, at - this.#rules.ageMsMax);
  }

  #holds({ provedAt, seenAt }: Session, at: WallMs): boolean {
    const { idleMsMax, ageMsMax } = this.#rules;
    return at - seenAt < idleMsMax && at - provedAt < ageMsMax;
  }
}

/**
 * What a page has to send beside the cookie when it changes something: only who could read an answer of
 * ours knows it. It follows from the cookie's secret, and the secret does not follow from it.
 */
export function csrfTokenOf(secret: string): string {
  return createHmac("sha256", secret).update("tebura-csrf-v1").digest("base64url");
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
