import Sqlite from "better-sqlite3";
import type { PersonId } from "#contract/ids.ts";
import type { Database, Statement } from "#runtime/database.ts";

/**
 * What an enrolment is worth ends with its templates: a new one begins anew, and whoever is removed is
 * forgotten here too.
 */
export const scoreLevelsMigration = `CREATE TABLE score_levels (
     person TEXT PRIMARY KEY REFERENCES people (person) ON DELETE CASCADE,
     first REAL NOT NULL,
     level REAL NOT NULL,
     seen INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TRIGGER score_levels_end AFTER DELETE ON templates BEGIN
     DELETE FROM score_levels WHERE person = OLD.person;
   END;`;

/**
 * When somebody is to be enrolled anew. A score is taken as the promise behind it, in powers of ten of the
 * false match rate (ISO/IEC 19795-1), so that the rule is the same for every embedder. The first visits
 * say what is usual for a person; after them a slow average goes along with what they score now.
 */
export const scoreRule = {
  firstVisits: 10,
  /** The average moves by one part in so many: a bad week does not turn it, a year of growing does. */
  slowness: 20,
  visitsMin: 30,
  /** Ten times as many strangers would pass as did at first. */
  fallenMin: 1,
} as const;

/** Somebody whom the box recognises less and less. */
export interface FallenLevel {
  readonly person: PersonId;
  /** By how many powers of ten the promise has weakened. */
  readonly fallen: number;
}

interface Row {
  readonly first: number;
  readonly level: number;
  readonly seen: number;
}

/** A slow average of everybody's genuine scores, and no score by itself: no template, no picture, no time. */
export class ScoreLevels {
  readonly #database: Database;
  #get: Statement | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Somebody has been recognised, or proved by their card, at a score of this false match rate. A disk that
   * takes nothing costs the average one visit, and nobody their way in.
   */
  note(person: PersonId, falseMatchRate: number): void {
    try {
      this.#note(person, falseMatchRate);
    } catch (error) {
      if (!(error instanceof Sqlite.SqliteError)) throw error;
    }
  }

  #note(person: PersonId, falseMatchRate: number): void {
    const promise = -Math.log10(Math.min(1, Math.max(falseMatchRate, 1e-12)));
    this.#get ??= this.#database.prepare(
      "SELECT first, level, seen FROM score_levels WHERE person = ?",
    );
    const before = this.#get.get(person) as Row | undefined;
    const { first, level, seen } = next(before, promise);
    this.#database
      .prepare(
        `INSERT INTO score_levels (person, first, level, seen) SELECT ?, ?, ?, ?
         WHERE EXISTS (SELECT 1 FROM people WHERE person = ?)
         ON CONFLICT (person) DO UPDATE SET first = excluded.first, level = excluded.level,
           seen = excluded.seen`,
      )
      .run(person, first, level, seen, person);
  }

  /** Whom to enrol anew, the weakest promise first. */
  get fallen(): readonly FallenLevel[] {
    return this.#database
      .prepare(
        `SELECT person, first - level AS fallen FROM score_levels
         WHERE seen >= ? AND first - level >= ? ORDER BY fallen DESC, person`,
      )
      .all(scoreRule.visitsMin, scoreRule.fallenMin) as FallenLevel[];
  }
}

function next(before: Row | undefined, promise: number): Row {
  if (!before) return { first: promise, level: promise, seen: 1 };
  const seen = before.seen + 1;
  if (seen <= scoreRule.firstVisits) {
    const first = before.first + (promise - before.first) / seen;
    return { first, level: first, seen };
  }
  return {
    first: before.first,
    level: before.level + (promise - before.level) / scoreRule.slowness,
    seen,
  };
}
