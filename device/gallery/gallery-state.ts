import { createHash } from "node:crypto";
import type { Digest, PersonId } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";

/** What a gallery holds, in numbers and as one hash of the sealed rows. */
export interface StoredState {
  readonly digest: Digest;
  readonly people: number;
  readonly templates: number;
}

/** The same for the same rows on the disk; it tells nothing of them, since they are sealed. */
export function storedState(database: Database, model: string): StoredState {
  const hash = createHash("sha256").update(`${model}\n`);
  const people = personsIn(database);
  for (const person of people) hash.update(`person ${person}\n`);
  let templates = 0;
  const rows = database.prepare("SELECT person, sealed FROM templates ORDER BY id").iterate();
  for (const { person, sealed } of rows as Iterable<{ person: string; sealed: Buffer }>) {
    hash.update(`template ${person} ${sealed.length}\n`).update(sealed);
    templates += 1;
  }
  return { digest: hash.digest("base64url") as Digest, people: people.length, templates };
}

/** Everybody's id, in the order of letters. */
export function personsIn(database: Database): readonly PersonId[] {
  return database.prepare("SELECT person FROM people ORDER BY person").pluck().all() as PersonId[];
}

/** Deletes everybody; pages and journal are overwritten. */
export function clearPeople(database: Database): void {
  database.prepare("DELETE FROM people").run();
  database.pragma("wal_checkpoint(TRUNCATE)");
}
