import * as z from "zod";
import type { ConsentKey, GalleryRow, SignedConsent } from "#contract/consent.ts";
import { signedConsentSchema } from "#contract/consent.ts";
import { type EventBody, eventBodySchema } from "#contract/events.ts";
import { GalleryState } from "#contract/gallery-state.ts";
import type { Digest, PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { Database } from "#runtime/database.ts";
import type { Sealer } from "./sealing.ts";

export const consentRowsMigration = `CREATE TABLE consented (
     service TEXT NOT NULL,
     pseudonym TEXT NOT NULL,
     person TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     version TEXT NOT NULL,
     from_at INTEGER NOT NULL,
     until_at INTEGER NOT NULL,
     origin TEXT NOT NULL CHECK (origin IN ('enrolled', 'received')),
     PRIMARY KEY (service, pseudonym)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX consented_of ON consented (person, service);
   CREATE TABLE handed_in (statement TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE owed_events (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
   CREATE TABLE gallery_sync (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     number INTEGER NOT NULL,
     confirmed_at INTEGER NOT NULL
   ) STRICT;
   INSERT INTO gallery_sync VALUES (1, 0, 0);`;

export const sealToMigration = "ALTER TABLE gallery_sync ADD COLUMN seal_to BLOB;";

/** One person of one service on this box, and the consent's span. */
export interface HeldRow extends GalleryRow {
  readonly owner: PersonId;
  readonly from: WallMs;
  readonly until: WallMs;
  /** Enrolled here, or sealed to this box by another. */
  readonly origin: "enrolled" | "received";
}

const columns = `service, pseudonym AS person, person AS owner, version, from_at AS "from",
  until_at AS until, origin`;

const owedSchema = z.object({ id: z.int(), body: z.string() });

/**
 * Who is on this box for which service, and on which consent; what the gateway has ordered so far; and
 * what this box still owes it: consents to hand in, and events about changes of the gallery, which are
 * committed together with the change.
 */
export class ConsentRows {
  readonly #database: Database;
  readonly #sealer: Pick<Sealer, "seal" | "open">;
  #state: GalleryState | undefined;

  constructor(database: Database, sealer: Pick<Sealer, "seal" | "open">) {
    this.#database = database;
    this.#sealer = sealer;
  }

  /** The state of all rows, as one digest. */
  get state(): GalleryState {
    this.#state ??= GalleryState.of(this.all());
    return this.#state;
  }

  all(): readonly HeldRow[] {
    return this.#rows(`SELECT ${columns} FROM consented ORDER BY service, pseudonym`);
  }

  get({ service, person }: ConsentKey): HeldRow | undefined {
    return this.#rows(
      `SELECT ${columns} FROM consented WHERE service = ? AND pseudonym = ?`,
      service,
      person,
    )[0];
  }

  of(owner: PersonId): readonly HeldRow[] {
    return this.#rows(`SELECT ${columns} FROM consented WHERE person = ? ORDER BY service`, owner);
  }

  /** Whom a service may look for at a moment. */
  standing(service: Service, now: WallMs): ReadonlySet<PersonId> {
    const rows = this.#rows(
      `SELECT ${columns} FROM consented WHERE service = ? AND from_at <= ? AND until_at > ?`,
      service,
      now,
      now,
    );
    return new Set(rows.map(({ owner }) => owner));
  }

  mayMatch(owner: PersonId, service: Service, now: WallMs): boolean {
    const rows = this.#rows(
      `SELECT ${columns} FROM consented WHERE person = ? AND service = ?`,
      owner,
      service,
    );
    return rows.some(({ from, until }) => from <= now && now < until);
  }

  /** Adds or replaces a row. The owner must be in the gallery. */
  put(row: HeldRow): void {
    const { service, person, owner, version, from, until, origin } = row;
    const before = this.get(row);
    this.#database
      .prepare(
        `INSERT INTO consented (service, pseudonym, person, version, from_at, until_at, origin)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (service, pseudonym) DO UPDATE SET person = excluded.person,
           version = excluded.version, from_at = excluded.from_at, until_at = excluded.until_at,
           origin = excluded.origin`,
      )
      .run(service, person, owner, version, from, until, origin);
    if (before) this.#state?.remove(before);
    this.#state?.add(row);
  }

  /** Takes a row out; returns it, where there was one. The person's templates are the caller's matter. */
  remove(key: ConsentKey): HeldRow | undefined {
    const row = this.get(key);
    if (!row) return undefined;
    this.#database
      .prepare("DELETE FROM consented WHERE service = ? AND pseudonym = ?")
      .run(key.service, key.person);
    this.#state?.remove(row);
    return row;
  }

  /** What is in memory was rolled back on disk. */
  forgetState(): void {
    this.#state = undefined;
  }

  /** The last order of the gateway that was followed. */
  get order(): number {
    return this.#sync().number;
  }

  set order(number: number) {
    this.#database.prepare("UPDATE gallery_sync SET number = ?").run(number);
  }

  /** When the gateway last confirmed that no order was missing; 0 for never. */
  get confirmedAt(): WallMs {
    return this.#sync().confirmedAt;
  }

  set confirmedAt(at: WallMs) {
    this.#database.prepare("UPDATE gallery_sync SET confirmed_at = ?").run(at);
  }

  /** The gateway's key, to which this box seals what is for nobody else; undefined until it was told. */
  get sealTo(): Uint8Array | undefined {
    const row = this.#database.prepare("SELECT seal_to AS key FROM gallery_sync").get();
    return (row as { key: Buffer | null }).key ?? undefined;
  }

  /** Said again with every heartbeat; a card's flash is written to only for another one. */
  keepSealTo(key: Uint8Array): void {
    this.#database
      .prepare("UPDATE gallery_sync SET seal_to = @key WHERE seal_to IS NOT @key")
      .run({ key: Buffer.from(key) });
  }

  /** Keeps a signed consent or withdrawal, sealed, until the gateway has answered it. */
  handIn(statement: Digest, consent: SignedConsent): void {
    const sealed = this.#sealer.seal(Buffer.from(JSON.stringify(consent)), `consent ${statement}`);
    this.#database
      .prepare("INSERT OR IGNORE INTO handed_in (statement, sealed) VALUES (?, ?)")
      .run(statement, sealed);
  }

  get unanswered(): readonly { readonly statement: Digest; readonly consent: SignedConsent }[] {
    const rows = this.#database
      .prepare("SELECT statement, sealed FROM handed_in ORDER BY statement LIMIT 100")
      .all() as { statement: Digest; sealed: Buffer }[];
    return rows.flatMap(({ statement, sealed }) => {
      const plain = this.#sealer.open(sealed, `consent ${statement}`);
      if (!plain) return [];
      return [
        { statement, consent: signedConsentSchema.parse(JSON.parse(plain.toString("utf8"))) },
      ];
    });
  }

  answered(statement: Digest): SignedConsent | undefined {
    const known = this.unanswered.find((one) => one.statement === statement);
    this.#database.prepare("DELETE FROM handed_in WHERE statement = ?").run(statement);
    return known?.consent;
  }

  /** Owes the ledger an event; called in the transaction of what the event tells. */
  owe(body: EventBody): void {
    this.#database.prepare("INSERT INTO owed_events (body) VALUES (?)").run(JSON.stringify(body));
  }

  /** Pays what is owed, oldest first. After a power cut an event may be paid twice, and none is lost. */
  async pay(record: (body: EventBody) => Promise<unknown>): Promise<void> {
    for (;;) {
      const row = this.#database
        .prepare("SELECT id, body FROM owed_events ORDER BY id LIMIT 1")
        .get();
      if (row === undefined) return;
      const { id, body } = owedSchema.parse(row);
      await record(eventBodySchema.parse(JSON.parse(body)));
      this.#database.prepare("DELETE FROM owed_events WHERE id = ?").run(id);
    }
  }

  #sync(): { number: number; confirmedAt: WallMs } {
    return this.#database
      .prepare("SELECT number, confirmed_at AS confirmedAt FROM gallery_sync")
      .get() as { number: number; confirmedAt: WallMs };
  }

  #rows(query: string, ...parameters: readonly (string | number)[]): readonly HeldRow[] {
    return this.#database.prepare(query).all(...parameters) as HeldRow[];
  }
}
