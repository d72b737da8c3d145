import * as z from "zod";
import { noticeChannelSchema, noticeKindSchema } from "#contract/bodies/school.ts";
import { type PersonId, type Pseudonym, pseudonymSchema, wallMsSchema } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { Sealer } from "../persons/sealer.ts";

/** What is to be told of a child. */
const storySchema = z.strictObject({
  kind: noticeKindSchema,
  pupil: pseudonymSchema,
  day: z.iso.date(),
  /** When it happened: the arrival, the departure, the minute by which the child was expected. */
  at: wallMsSchema,
  timeZone: z.string(),
  class: z.string(),
  /** Told late since it corrects a notice that has gone out. */
  isAllClear: z.boolean(),
});
export type NoticeStory = Readonly<z.infer<typeof storySchema>>;

const contentSchema = z.strictObject({
  story: storySchema,
  /** Null where nobody was told by rule. */
  guardian: z.string().nullable(),
  channel: noticeChannelSchema.nullable(),
  why: z.string().nullable(),
});

export type NoticeOutcome = "delivered" | "refused" | "given-up" | "withheld";

export interface Notice {
  /** The idempotency key: the same thing told to the same guardian has the same one, whatever was lost. */
  readonly id: Pseudonym;
  readonly story: NoticeStory;
  readonly guardian: PersonId | null;
  readonly channel: "email" | "webhook" | null;
  /** Attempts that were begun. */
  readonly attempts: number;
  readonly expiresAt: number;
  readonly outcome: NoticeOutcome | null;
  readonly why: string | null;
}

/** What was decided about a child's day last. */
export interface Told {
  readonly kind: NoticeStory["kind"];
  /** Whether it may have reached somebody: an attempt to tell it was begun. */
  readonly mayBeKnown: boolean;
}

const migrations = [
  `CREATE TABLE told (
     child BLOB NOT NULL,
     step INTEGER NOT NULL,
     day TEXT NOT NULL,
     kind TEXT NOT NULL,
     PRIMARY KEY (child, step)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE notices (
     id TEXT PRIMARY KEY,
     day TEXT NOT NULL,
     child BLOB NOT NULL,
     step INTEGER NOT NULL,
     sealed BLOB NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0,
     next_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     outcome TEXT,
     why TEXT,
     recorded INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX notices_of_child ON notices (child, step);
   CREATE INDEX notices_waiting ON notices (next_at) WHERE outcome IS NULL;
   CREATE INDEX notices_unrecorded ON notices (id) WHERE outcome IS NOT NULL AND recorded = 0;`,
];

/** Notices that may wait; whoever is to be told beyond it is not, and the overflow is counted. */
const waitingMax = 100_000;

interface Row {
  readonly id: Pseudonym;
  readonly sealed: Buffer;
  readonly attempts: number;
  readonly expiresAt: number;
  readonly outcome: NoticeOutcome | null;
  readonly why: string | null;
}

const columns = "id, sealed, attempts, expires_at AS expiresAt, outcome, why";

/**
 * Notices on their way, on disk before anything is sent. What is in it is sealed; neither an address nor a
 * name nor a word is: those are looked up at the moment of sending.
 */
export class NoticeQueue implements Disposable {
  readonly #database: Database;
  readonly #sealer: Sealer;
  overflowCount = 0;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(path: string, sealer: Sealer) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#sealer = sealer;
  }

  lastTold(pupil: Pseudonym, day: string): Told | undefined {
    const row = this.#database
      .prepare(
        `SELECT kind, EXISTS (SELECT 1 FROM notices n
           WHERE n.child = t.child AND n.step = t.step AND n.attempts > 0) AS mayBeKnown
         FROM told t WHERE child = ? ORDER BY step DESC LIMIT 1`,
      )
      .get(this.#childOf(pupil, day)) as { kind: Told["kind"]; mayBeKnown: number } | undefined;
    return row && { kind: row.kind, mayBeKnown: row.mayBeKnown === 1 };
  }

  /** Puts down, as one, that a child's day has come to `story`, and who is to be told of it. */
  tell(
    story: NoticeStory,
    to: readonly { readonly guardian: PersonId; readonly channel: "email" | "webhook" }[],
    expiresAt: number,
  ): void {
    this.#step(story, (step) => {
      for (const { guardian, channel } of to) {
        if (this.waiting >= waitingMax) {
          this.overflowCount += 1;
          continue;
        }
        const content = { story, guardian, channel, why: null };
        this.#put(this.#idOf(story, step, guardian), content, step, expiresAt);
      }
    });
  }

  /** Puts down that nobody is told of it, and why. */
  withhold(story: NoticeStory, why: string): void {
    this.#step(story, (step) => {
      const id = this.#idOf(story, step, "nobody");
      this.#put(id, { story, guardian: null, channel: null, why }, step, 0);
      this.finish(id, "withheld", why);
    });
  }

  /** Notices whose time has come, longest waiting first. */
  due(now: number, most: number): readonly Notice[] {
    return this.#all(
      `SELECT ${columns} FROM notices WHERE outcome IS NULL AND next_at <= ?
       ORDER BY next_at, id LIMIT ?`,
      ...[now, most],
    );
  }

  /** When the next notice is due; undefined where none waits. */
  get nextAt(): number | undefined {
    const row = this.#database
      .prepare("SELECT min(next_at) AS at FROM notices WHERE outcome IS NULL")
      .get() as { at: number | null };
    return row.at ?? undefined;
  }

  get waiting(): number {
    const sql = "SELECT count(*) AS count FROM notices WHERE outcome IS NULL";
    return (this.#database.prepare(sql).get() as { count: number }).count;
  }

  /** Before each attempt: one that was begun and never heard of counts too. */
  begin(id: Pseudonym, tryAgainAt: number): void {
    this.#database
      .prepare("UPDATE notices SET attempts = attempts + 1, next_at = ? WHERE id = ?")
      .run(tryAgainAt, id);
  }

  postpone(id: Pseudonym, until: number): void {
    this.#database.prepare("UPDATE notices SET next_at = ? WHERE id = ?").run(until, id);
  }

  finish(id: Pseudonym, outcome: NoticeOutcome, why: string | null = null): void {
    this.#database
      .prepare("UPDATE notices SET outcome = ?, why = coalesce(?, why) WHERE id = ?")
      .run(outcome, why, id);
  }

  /** Notices that have ended and are not in the ledger yet, as far as is known here. */
  unrecorded(most: number): readonly Notice[] {
    const sql = `SELECT ${columns} FROM notices WHERE outcome IS NOT NULL AND recorded = 0
       ORDER BY id LIMIT ?`;
    return this.#all(sql, most);
  }

  recorded(id: Pseudonym): void {
    this.#database.prepare("UPDATE notices SET recorded = 1 WHERE id = ?").run(id);
  }

  /** Lets go of what is in the ledger and of days before `day`. */
  forgetBefore(day: string): void {
    this.#database.prepare("DELETE FROM notices WHERE day < ? AND recorded = 1").run(day);
    this.#database.prepare("DELETE FROM told WHERE day < ?").run(day);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #step(story: NoticeStory, work: (step: number) => void): void {
    const child = this.#childOf(story.pupil, story.day);
    this.#database
      .transaction(() => {
        const { step } = this.#database
          .prepare("SELECT count(*) AS step FROM told WHERE child = ?")
          .get(child) as { step: number };
        this.#database
          .prepare("INSERT INTO told (child, step, day, kind) VALUES (?, ?, ?, ?)")
          .run(child, step, story.day, story.kind);
        work(step);
      })
      .immediate();
  }

  #put(
    id: Pseudonym,
    content: z.infer<typeof contentSchema>,
    step: number,
    expiresAt: number,
  ): void {
    const { pupil, day } = content.story;
    const sealed = this.#sealer.seal(placeOf(id), JSON.stringify(content));
    this.#database
      .prepare(
        `INSERT OR IGNORE INTO notices (id, day, child, step, sealed, next_at, expires_at)
         VALUES (?, ?, ?, ?, ?, 0, ?)`,
      )
      .run(id, day, this.#childOf(pupil, day), step, sealed, expiresAt);
  }

  #all(sql: string, ...parameters: readonly unknown[]): readonly Notice[] {
    const rows = this.#database.prepare(sql).all(...parameters) as Row[];
    return rows.map(({ sealed, ...row }) => {
      const content = contentSchema.parse(JSON.parse(this.#sealer.open(placeOf(row.id), sealed)));
      const { story, channel } = content;
      const guardian = content.guardian as PersonId | null;
      return { ...row, story, channel, guardian, why: row.why ?? content.why };
    });
  }

  #childOf(pupil: Pseudonym, day: string): Buffer {
    return this.#sealer.index("notice-child", pupil, day);
  }

  /** From what is told to whom alone, so that a queue that was lost makes the same keys again. */
  #idOf({ kind, pupil, day }: NoticeStory, step: number, to: string): Pseudonym {
    const index = this.#sealer.index("notice", pupil, day, `${step}`, kind, to);
    return index.toString("base64url") as Pseudonym;
  }
}

const placeOf = (id: Pseudonym): string => `notice ${id}`;
