import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { TeburaError } from "#contract/errors.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { type Database, databaseError, type Statement } from "#runtime/database.ts";
import { AgreedRows } from "./agreed-rows.ts";
import { CardLinks } from "./card-links.ts";
import { ConsentRows } from "./consent-rows.ts";
import { clearPeople, personsIn, type StoredState, storedState } from "./gallery-state.ts";
import { galleryMigrations } from "./migrations.ts";
import { openOrOfferBackup } from "./open-gallery.ts";
import { ScoreLevels } from "./score-levels.ts";
import { Sealer } from "./sealing.ts";
import { changeTemplates, pageRows, type TemplateRow } from "./template-rows.ts";

export interface GalleryPerson {
  readonly person: PersonId;
  readonly name: string;
  readonly templates: number;
  readonly enrolledAt: WallMs;
}

export interface GalleryStoreOptions {
  readonly path: string;
  /** The device's storage key, 32 bytes. */
  readonly key: Uint8Array;
  /** The embedder whose templates these are, and their dimensions. */
  readonly model: string;
  readonly dimensions: number;
  wall(): WallMs;
  /** True once the service has come to its end: nobody is enrolled for it any more. */
  isOver?(): boolean;
}

/**
 * Who is enrolled, at rest: names and templates sealed under the device's key, so that the file
 * alone tells nothing but how many there are. Templates of another model are refused.
 */
export class GalleryStore implements Disposable {
  /** Whose card is whose. */
  readonly cards: CardLinks;
  /** Who is here on which consent. */
  readonly consents: ConsentRows;
  /** What was signed at this box, whether or not a face has followed. */
  readonly agreed: AgreedRows;
  /** How well everybody is recognised, as a slow average. */
  readonly scores: ScoreLevels;
  readonly #options: GalleryStoreOptions;
  readonly #database: Database;
  readonly #sealer: Sealer;
  #model: string;
  #ofPerson: Statement | undefined;
  #pair: Statement | undefined;

  constructor(options: GalleryStoreOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#database = openOrOfferBackup(options.path, galleryMigrations);
    this.#database.pragma("foreign_keys = ON");
    this.#sealer = new Sealer(options.key, "gallery");
    this.cards = new CardLinks(this.#database, this.#sealer);
    this.consents = new ConsentRows(this.#database, this.#sealer);
    this.agreed = new AgreedRows(this.#database);
    this.scores = new ScoreLevels(this.#database);
    try {
      this.#onDisk(() => this.#checkModel());
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Enrols a person, all or nothing. Throws NAME_TAKEN for a known name, unless `replace` gives that
   * person new templates in place of the old; the person stays the same one. `person` is who it is,
   * where a card has said so.
   */
  enrol(request: {
    readonly name: string;
    readonly templates: readonly Float32Array[];
    readonly replace: boolean;
    readonly person?: PersonId;
  }): PersonId {
    const { name, templates, replace } = request;
    this.#checkKey();
    this.#refuseWhenOver();
    const lookup = this.#lookupOf(name);
    const known = this.#personByLookup(lookup);
    const isOther = request.person !== undefined && known !== request.person;
    if (known && (isOther || !replace)) {
      throw new TeburaError(
        "NAME_TAKEN",
        "somebody is enrolled under this name; choose another, or replace that enrolment",
      );
    }
    const person = request.person ?? known ?? (randomUUID() as PersonId);
    this.#keep(person, name, lookup, templates);
    return person;
  }

  /** Takes in whom another box has sealed to this one, without a name; the name that is known here stays. */
  admit(person: PersonId, templates: readonly Float32Array[]): void {
    this.#checkKey();
    this.#refuseWhenOver();
    const name = this.nameOf(person) ?? "";
    const lookup = name === "" ? this.#sealer.lookup(`nameless ${person}`) : this.#lookupOf(name);
    this.#keep(person, name, lookup, templates);
  }

  #keep(person: PersonId, name: string, lookup: string, templates: readonly Float32Array[]): void {
    this.transaction(() => {
      this.#database.prepare("DELETE FROM templates WHERE person = ?").run(person);
      this.#database
        .prepare(
          `INSERT INTO people (person, name, name_lookup, enrolled_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (person) DO UPDATE SET enrolled_at = excluded.enrolled_at,
             name = excluded.name, name_lookup = excluded.name_lookup`,
        )
        .run(
          person,
          this.#sealer.seal(Buffer.from(name), `name ${person}`),
          lookup,
          this.#options.wall(),
        );
      this.#insert(person, templates);
    });
  }

  /** Puts every template through `change`, under another model's name: all of them or none. */
  retemplate(model: string, change: (template: Float32Array) => Float32Array): number {
    const count = this.transaction(() => {
      this.#database.prepare("UPDATE gallery SET model = ?").run(model);
      return changeTemplates(this.#database, (row) => {
        const before = this.#template(row);
        const after = change(before);
        const sealed = this.#sealer.seal(bytesOf(after), contextOf(row.person, model));
        before.fill(0);
        after.fill(0);
        return sealed;
      });
    });
    this.#model = model;
    return count;
  }

  /** The embedder and rotation whose templates these are. */
  get model(): string {
    return this.#model;
  }

  /** Overwrites the journal, which would hold deleted rows, sealed, until it is next reused. */
  scrub(): void {
    this.#onDisk(() => this.#database.pragma("wal_checkpoint(TRUNCATE)"));
  }

  /** Gives a person further templates, all or nothing. Throws PERSON_NOT_FOUND. */
  addTemplates(person: PersonId, templates: readonly Float32Array[]): void {
    this.#checkKey();
    this.#refuseWhenOver();
    this.transaction(() => {
      const known = this.#database.prepare("SELECT 1 FROM people WHERE person = ?").get(person);
      if (!known) throw new TeburaError("PERSON_NOT_FOUND", "nobody is enrolled under this id");
      this.#insert(person, templates);
    });
  }

  /** All of `work` or nothing of it; may be nested. Throws DATA_UNWRITABLE when the disk refuses. */
  transaction<T>(work: () => T): T {
    return this.#onDisk(this.#database.transaction(work));
  }

  /** Forgets a person and all their templates; the file's pages and its journal are overwritten. */
  remove(person: PersonId): boolean {
    return this.#onDisk(() => {
      const removal = this.#database.prepare("DELETE FROM people WHERE person = ?").run(person);
      if (!this.#database.inTransaction) this.scrub();
      return removal.changes > 0;
    });
  }

  /** Forgets everybody, as `remove` does. */
  clear(): void {
    this.#onDisk(() => clearPeople(this.#database));
    this.consents.forgetState();
  }

  state(): StoredState {
    return storedState(this.#database, this.#model);
  }

  /** Everybody's id, in the order of letters. */
  get persons(): readonly PersonId[] {
    return personsIn(this.#database);
  }

  /** The person enrolled under a name. */
  find(name: string): PersonId | undefined {
    return this.#personByLookup(this.#lookupOf(name));
  }

  /** Names are opened only here and in `list`. Throws GALLERY_CORRUPT. */
  nameOf(person: PersonId): string | undefined {
    const row = this.#database.prepare("SELECT name FROM people WHERE person = ?").get(person) as
      | { name: Buffer }
      | undefined;
    const name = row && this.#open(row.name, `name ${person}`, `person ${person}`).toString("utf8");
    return name === "" ? undefined : name;
  }

  /** Everybody, in the order of enrolment; two within one millisecond too. */
  list(): readonly GalleryPerson[] {
    const rows = this.#database
      .prepare(
        `SELECT person, enrolled_at AS enrolledAt,
           (SELECT count(*) FROM templates WHERE templates.person = people.person) AS templates
         FROM people ORDER BY enrolled_at, rowid`,
      )
      .all() as Omit<GalleryPerson, "name">[];
    return rows.map((row) => ({ ...row, name: this.nameOf(row.person) ?? "" }));
  }

  /** How many templates there are, of all people. */
  get templateCount(): number {
    const row = this.#database.prepare("SELECT count(*) AS count FROM templates").get();
    return (row as { count: number }).count;
  }

  /**
   * Every template, opened one at a time; each belongs to the caller, who wipes it. Read in pages, so
   * that the store can be used for other things between two of them.
   */
  *load(): Iterable<{ readonly person: PersonId; readonly template: Float32Array }> {
    const page = this.#database.prepare(
      "SELECT id, person, sealed FROM templates WHERE id > ? ORDER BY id LIMIT ?",
    );
    let last = 0;
    for (;;) {
      const rows = page.all(last, pageRows) as TemplateRow[];
      for (const row of rows) yield { person: row.person, template: this.#template(row) };
      last = rows.at(-1)?.id ?? last;
      if (rows.length < pageRows) return;
    }
  }

  /** The templates of one person, bit for bit as they were enrolled; empty for nobody. */
  templatesOf(person: PersonId): readonly Float32Array[] {
    this.#ofPerson ??= this.#database.prepare(
      "SELECT id, person, sealed FROM templates WHERE person = ? ORDER BY id",
    );
    return (this.#ofPerson.all(person) as TemplateRow[]).map((row) => this.#template(row));
  }

  hasTemplates(person: PersonId): boolean {
    return (
      this.#database.prepare("SELECT 1 FROM templates WHERE person = ? LIMIT 1").get(person) !==
      undefined
    );
  }

  /** Remembers that two people resemble each other; the order does not matter. */
  markLookAlikes(one: PersonId, other: PersonId): void {
    const [person, second] = one < other ? [one, other] : [other, one];
    this.#onDisk(() =>
      this.#database
        .prepare("INSERT OR IGNORE INTO look_alikes (person, other) VALUES (?, ?)")
        .run(person, second),
    );
  }

  areLookAlikes(one: PersonId, other: PersonId): boolean {
    this.#pair ??= this.#database.prepare(
      "SELECT 1 FROM look_alikes WHERE person = ? AND other = ?",
    );
    return this.#pair.get(...(one < other ? [one, other] : [other, one])) !== undefined;
  }

  /** Copies the gallery, sealed as it is, to a file that then takes its place in one step. */
  backup(path: string): void {
    const part = `${path}.part`;
    rmSync(part, { force: true });
    this.#onDisk(() => this.#database.prepare("VACUUM INTO ?").run(part));
    renameSync(part, path);
  }

  [Symbol.dispose](): void {
    this.#sealer[Symbol.dispose]();
    this.#database.close();
  }

  #checkModel(): void {
    const { model, dimensions } = this.#options;
    const row = this.#database.prepare("SELECT model, dimensions FROM gallery").get() as
      | { model: string; dimensions: number }
      | undefined;
    if (!row) {
      this.#database.prepare("INSERT INTO gallery VALUES (?, ?)").run(model, dimensions);
    } else if (row.model !== model || row.dimensions !== dimensions) {
      throw new TeburaError(
        "GALLERY_MODEL_MISMATCH",
        `the gallery holds templates of ${row.model} and the configuration names ${model}; ` +
          "name the old model again (device.models.embedder), or move the gallery away and enrol everybody " +
          'anew: at the counter, at the kiosk, or with "tebura enrol" from the pictures',
      );
    }
  }

  /** Under a new key the old names could not be found, and everybody could be enrolled twice. */
  #checkKey(): void {
    const row = this.#database.prepare("SELECT person FROM people LIMIT 1").get() as
      | { person: PersonId }
      | undefined;
    if (row) this.nameOf(row.person);
  }

  #refuseWhenOver(): void {
    if (!this.#options.isOver?.()) return;
    throw new TeburaError("SERVICE_OVER", "the service has come to its end; nobody is enrolled");
  }

  #template({ id, person, sealed }: TemplateRow): Float32Array {
    const plain = this.#open(sealed, contextOf(person, this.#model), `template ${id}`);
    const template = new Float32Array(this.#options.dimensions);
    if (plain.length !== template.byteLength) throw corrupt(`template ${id}`);
    Buffer.from(template.buffer).set(plain);
    plain.fill(0);
    return template;
  }

  /** One name for however it is typed: upper or lower case, accents in one piece or in two. */
  #lookupOf(name: string): string {
    return this.#sealer.lookup(name.normalize("NFC").toLowerCase());
  }

  #insert(person: PersonId, templates: readonly Float32Array[]): void {
    const insert = this.#database.prepare("INSERT INTO templates (person, sealed) VALUES (?, ?)");
    for (const template of templates) {
      assert(template.length === this.#options.dimensions, "the template comes from another model");
      assert(template.every(Number.isFinite), "a template holds a number that is none");
      insert.run(person, this.#sealer.seal(bytesOf(template), contextOf(person, this.#model)));
    }
  }

  #onDisk<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof Sqlite.SqliteError ? databaseError(this.#options.path, error) : error;
    }
  }

  #personByLookup(lookup: string): PersonId | undefined {
    const row = this.#database
      .prepare("SELECT person FROM people WHERE name_lookup = ?")
      .get(lookup) as { person: PersonId } | undefined;
    return row?.person;
  }

  #open(sealed: Buffer, context: string, what: string): Buffer {
    const plain = this.#sealer.open(sealed, context);
    if (!plain) throw corrupt(what);
    return plain;
  }
}

/** Names the row and nothing of its contents. */
function corrupt(what: string): TeburaError {
  return new TeburaError(
    "GALLERY_CORRUPT",
    `${what} of the gallery does not open with this box's key; restore the gallery and keys together`,
  );
}

const contextOf = (person: PersonId, model: string) => `template ${person} ${model} v1`;

function bytesOf(template: Float32Array): Uint8Array {
  return new Uint8Array(template.buffer, template.byteOffset, template.byteLength);
}
