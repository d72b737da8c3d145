import type { Digest, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";
import type { PhotographCount } from "./photographs.ts";

/** Its name in the box's folder. */
export const trialFile = "trial.db";

const migrations = [
  `CREATE TABLE believed (at INTEGER NOT NULL) STRICT;
   CREATE TABLE endings (
     service TEXT NOT NULL,
     ends_at INTEGER NOT NULL,
     stage TEXT NOT NULL CHECK (stage IN ('begun', 'deleted', 'told')),
     before TEXT NOT NULL,
     after TEXT,
     people INTEGER NOT NULL,
     templates INTEGER NOT NULL,
     told_after INTEGER NOT NULL,
     PRIMARY KEY (service, ends_at)
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE endings ADD COLUMN photographs_deleted INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE endings ADD COLUMN photographs_left INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE photograph_folders (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`,
];

/** One end of a service, as far as this box has come with it. */
export interface Ending {
  readonly service: Service;
  readonly endsAt: WallMs;
  readonly stage: "begun" | "deleted" | "told";
  /** Hash of the gallery as it was, and as it is. */
  readonly before: Digest;
  readonly after: Digest | null;
  readonly people: number;
  readonly templates: number;
  readonly photographsDeleted: number;
  /** In folders that are the operator's, when this box last said so. */
  readonly photographsLeft: number;
  /** The event that tells of it comes after this one. */
  readonly toldAfter: number;
}

type NewEnding = Omit<Ending, "stage" | "after" | "photographsDeleted" | "photographsLeft">;

/** How far a box has come with the end of its services, so that a power cut in the middle ends nothing. */
export class TrialStore implements Disposable {
  readonly #path: string;
  readonly #database: Database;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(path: string) {
    this.#path = path;
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
  }

  /** The last moment that was believed; undefined on a box that has never known one. */
  get believed(): number | undefined {
    const row = this.#database.prepare("SELECT at FROM believed").get();
    return (row as { at: number } | undefined)?.at;
  }

  believe(at: number): void {
    this.#onDisk(() => {
      this.#database.prepare("DELETE FROM believed").run();
      this.#database.prepare("INSERT INTO believed VALUES (?)").run(Math.round(at));
    });
  }

  find(service: Service, endsAt: WallMs): Ending | undefined {
    return this.#database
      .prepare(
        `SELECT service, ends_at AS endsAt, stage, before, after, people, templates,
           photographs_deleted AS photographsDeleted, photographs_left AS photographsLeft,
           told_after AS toldAfter
         FROM endings WHERE service = ? AND ends_at = ?`,
      )
      .get(service, endsAt) as Ending | undefined;
  }

  begin(ending: NewEnding): void {
    const { service, endsAt, before, people, templates, toldAfter } = ending;
    this.#onDisk(() =>
      this.#database
        .prepare(
          `INSERT INTO endings (service, ends_at, stage, before, after, people, templates, told_after)
           VALUES (?, ?, 'begun', ?, NULL, ?, ?, ?)`,
        )
        .run(service, endsAt, before, people, templates, toldAfter),
    );
  }

  deleted(
    { service, endsAt }: Pick<Ending, "service" | "endsAt">,
    after: Digest,
    photographs: PhotographCount,
  ): void {
    this.#onDisk(() =>
      this.#database
        .prepare(
          `UPDATE endings SET stage = 'deleted', after = ?, photographs_left = ?,
             photographs_deleted = photographs_deleted + ?
           WHERE service = ? AND ends_at = ?`,
        )
        .run(after, photographs.left, photographs.deleted, service, endsAt),
    );
  }

  /** Nothing is left in the operator's folders either. */
  photographsGone({ service, endsAt }: Pick<Ending, "service" | "endsAt">): void {
    this.#onDisk(() =>
      this.#database
        .prepare("UPDATE endings SET photographs_left = 0 WHERE service = ? AND ends_at = ?")
        .run(service, endsAt),
    );
  }

  /** Folders of photographs that people of this box were enrolled from. */
  get photographFolders(): readonly string[] {
    const rows = this.#database.prepare("SELECT path FROM photograph_folders ORDER BY path").all();
    return (rows as { path: string }[]).map(({ path }) => path);
  }

  /** People were enrolled from this folder; at the end of their service it is looked into. */
  rememberPhotographs(folder: string): void {
    this.#onDisk(() =>
      this.#database.prepare("INSERT OR IGNORE INTO photograph_folders VALUES (?)").run(folder),
    );
  }

  told({ service, endsAt }: Pick<Ending, "service" | "endsAt">): void {
    this.#onDisk(() =>
      this.#database
        .prepare("UPDATE endings SET stage = 'told' WHERE service = ? AND ends_at = ?")
        .run(service, endsAt),
    );
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #onDisk(work: () => unknown): void {
    try {
      this.#database.transaction(work)();
    } catch (cause) {
      throw databaseError(this.#path, cause);
    }
  }
}
