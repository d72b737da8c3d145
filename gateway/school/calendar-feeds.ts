import { createHash, randomBytes } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

const migrations = [
  `CREATE TABLE feeds (
     digest BLOB PRIMARY KEY,
     handle TEXT NOT NULL UNIQUE,
     class TEXT NOT NULL,
     label TEXT NOT NULL,
     made_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** Addresses of one class that stand at a time: one for each calendar that an office hands out, and some more. */
export const feedsOfClassMax = 20;

export interface CalendarFeed {
  /** Not secret: by it an address is ended. */
  readonly handle: string;
  readonly class: string;
  /** What the class is called in a calendar. */
  readonly label: string;
  readonly madeAt: WallMs;
}

/**
 * Addresses that calendar programs subscribe to. Such a program sends nothing but the address, so the
 * address is the key: 256 random bits, shown once. What stays is its SHA-256.
 */
export class CalendarFeeds implements Disposable {
  readonly #database: Database;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(path: string) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
  }

  /** Makes an address; its token is in the answer and nowhere else. Undefined where a class has too many. */
  make(feed: Pick<CalendarFeed, "class" | "label" | "madeAt">) {
    if (this.list(feed.class).length >= feedsOfClassMax) return undefined;
    const token = randomBytes(32).toString("base64url");
    const handle = randomBytes(8).toString("hex");
    this.#database
      .prepare("INSERT INTO feeds (digest, handle, class, label, made_at) VALUES (?, ?, ?, ?, ?)")
      .run(digestOf(token), handle, feed.class, feed.label, feed.madeAt);
    return { handle, token };
  }

  /** What an address stands for; undefined for one that nobody made, or that has ended. */
  find(token: string): CalendarFeed | undefined {
    return this.#database
      .prepare(`SELECT ${columns} FROM feeds WHERE digest = ?`)
      .get(digestOf(token)) as CalendarFeed | undefined;
  }

  list(name: string): readonly CalendarFeed[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM feeds WHERE class = ? ORDER BY made_at, handle`)
      .all(name) as CalendarFeed[];
  }

  /** False where there is no such address of that class. */
  end(name: string, handle: string): boolean {
    const ended = this.#database
      .prepare("DELETE FROM feeds WHERE class = ? AND handle = ?")
      .run(name, handle);
    return ended.changes > 0;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

const columns = "handle, class, label, made_at AS madeAt";
const digestOf = (token: string) => createHash("sha256").update(token).digest();
