import type { PersonId, Pseudonym } from "#contract/ids.ts";
import type { HandoverRow } from "#contract/shelter/handover.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";
import { Sealer } from "../gallery/sealing.ts";

const migrations = [
  `CREATE TABLE names (
     person TEXT PRIMARY KEY,
     number INTEGER NOT NULL UNIQUE,
     sealed BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** What is sealed of one evacuee: what is handed over, and who it is in this box's own gallery. */
interface Kept extends Omit<HandoverRow, "person"> {
  readonly id: PersonId;
}

/**
 * The names that a shelter's box took down, each sealed under the box's own key and bound to its
 * pseudonym. Each change has a number, so that the gateway can say up to which one it holds them.
 */
export class NamesStore implements Disposable {
  readonly #path: string;
  readonly #database: Database;
  readonly #sealer: Sealer;
  readonly #known = new Map<Pseudonym, Kept>();
  #version = 0;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT, also where the key is another, or DATA_NEWER_VERSION. */
  constructor(path: string, storageKey: Uint8Array) {
    this.#path = path;
    this.#sealer = new Sealer(storageKey, "shelter names");
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    const rows = this.#database.prepare("SELECT person, sealed FROM names").all();
    for (const { person, sealed } of rows as { person: Pseudonym; sealed: Buffer }[]) {
      this.#known.set(person, this.#open(person, sealed));
    }
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  of(person: Pseudonym): PersonDetails | undefined {
    return this.#known.get(person)?.details ?? undefined;
  }

  keep(person: Pseudonym, kept: Kept): void {
    const sealed = this.#seal(person, kept);
    try {
      this.#database
        .prepare(
          `INSERT OR REPLACE INTO names (person, number, sealed)
           VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM names), ?)`,
        )
        .run(person, sealed);
    } catch (cause) {
      throw databaseError(this.#path, cause);
    }
    this.#known.set(person, kept);
    this.#version += 1;
  }

  /** What changed after a number, oldest first, with the number of the last of it. */
  after(number: number, limit: number): { readonly number: number; readonly rows: HandoverRow[] } {
    const found = this.#database
      .prepare("SELECT person, number FROM names WHERE number > ? ORDER BY number LIMIT ?")
      .all(number, limit) as { person: Pseudonym; number: number }[];
    const rows = found.map(({ person }) => {
      const { at, details, families } = this.#known.get(person) as Kept;
      return { person, at, details, families };
    });
    return { number: found.at(-1)?.number ?? number, rows };
  }

  /**
   * Lets go of what is kept of these people, as far as it was handed over up to a number; their places in the
   * numbering stay, so that no number comes twice. Gives how many went.
   */
  erase(persons: readonly Pseudonym[], keptTo: number): number {
    const gone = persons.filter((person) => this.#isHanded(person, keptTo));
    if (gone.length === 0) return 0;
    const write = this.#database.prepare("UPDATE names SET sealed = ? WHERE person = ?");
    const erased = gone.map((person) => {
      const { at, id } = this.#known.get(person) as Kept;
      return { person, kept: { at, id, details: null, families: [] } };
    });
    try {
      this.#database.transaction(() => {
        for (const { person, kept } of erased) write.run(this.#seal(person, kept), person);
      })();
      // What was there lies in the write-ahead log until then.
      this.#database.pragma("wal_checkpoint(TRUNCATE)");
    } catch (cause) {
      throw databaseError(this.#path, cause);
    }
    for (const { person, kept } of erased) this.#known.set(person, kept);
    this.#version += 1;
    return gone.length;
  }

  /** Whose names, or whose families' names, lie here. */
  get held(): readonly Pseudonym[] {
    return [...this.#known].flatMap(([person, kept]) => (holdsNames(kept) ? [person] : []));
  }

  /** Changes after a number. */
  waiting(number: number): number {
    const row = this.#database
      .prepare("SELECT count(*) AS count FROM names WHERE number > ?")
      .get(number);
    return (row as { count: number }).count;
  }

  [Symbol.dispose](): void {
    this.#known.clear();
    this.#sealer[Symbol.dispose]();
    this.#database.close();
  }

  #isHanded(person: Pseudonym, keptTo: number): boolean {
    const known = this.#known.get(person);
    if (!known || !holdsNames(known)) return false;
    const number = this.#database.prepare("SELECT number FROM names WHERE person = ?").pluck();
    return (number.get(person) as number) <= keptTo;
  }

  #seal(person: Pseudonym, kept: Kept): Buffer {
    return this.#sealer.seal(Buffer.from(JSON.stringify(kept)), `evacuee ${person}`);
  }

  #open(person: Pseudonym, sealed: Buffer): Kept {
    const plain = this.#sealer.open(sealed, `evacuee ${person}`);
    if (plain) return JSON.parse(plain.toString("utf8")) as Kept;
    const why = new Error("a name does not open with this box's key");
    throw databaseError(this.#path, why);
  }
}

const holdsNames = ({ details, families }: Kept) => details !== null || families.length > 0;
