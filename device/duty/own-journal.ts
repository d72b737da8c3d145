import { type Event, parseEvent } from "#contract/events.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { SealedEvent } from "../delivery/outbox-store.ts";

const migrations = [
  `CREATE TABLE own_events (
     sequence INTEGER PRIMARY KEY,
     note TEXT,
     event TEXT NOT NULL
   ) STRICT;
   CREATE TABLE seen (up_to INTEGER NOT NULL) STRICT;
   INSERT INTO seen VALUES (0);`,
];

export interface OwnEvent {
  readonly event: Event;
  /** What the box knew beside it, such as the performance at whose door it stood. */
  readonly note: string | null;
}

export interface OwnJournalOptions {
  readonly path: string;
  readonly outbox: Pick<Outbox, "lastSequence" | "read">;
  /** Which events the service goes by. */
  wants(event: Event): boolean;
  /** What is noted beside an event that is taken in now. */
  noteOf?(event: Event): string | null;
}

const pageEvents = 256;

/**
 * The events of this box that its service goes by, kept for as long as the service needs them and not
 * only until the gateway has receipted them. What a power cut kept from it is taken from the outbox at
 * the next start: the outbox is written first.
 */
export class OwnJournal implements Disposable {
  readonly #options: OwnJournalOptions;
  readonly #database: Database;
  readonly #events: OwnEvent[] = [];

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(options: OwnJournalOptions) {
    this.#options = options;
    this.#database = openDatabase(options.path, { migrations, synchronous: "FULL" });
    const rows = this.#database.prepare("SELECT note, event FROM own_events ORDER BY sequence");
    for (const { note, event } of rows.all() as { note: string | null; event: string }[]) {
      this.#events.push({ note, event: JSON.parse(event) as Event });
    }
    this.#catchUp();
  }

  /** Everything that was taken in, oldest first. */
  get events(): readonly OwnEvent[] {
    return this.#events;
  }

  /**
   * Takes in what the outbox holds and this does not, and gives it back. An event may be asked for at
   * once after `outbox.append` has resolved.
   */
  follow(): readonly OwnEvent[] {
    return this.#catchUp();
  }

  /** Forgets everything that is older than an event; what comes later is kept. */
  forgetBefore(sequence: number): void {
    this.#onDisk(() => {
      this.#database.prepare("DELETE FROM own_events WHERE sequence < ?").run(sequence);
    });
    const kept = this.#events.filter(({ event }) => event.sequence >= sequence);
    this.#events.splice(0, this.#events.length, ...kept);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #catchUp(): readonly OwnEvent[] {
    const { outbox } = this.#options;
    const found: OwnEvent[] = [];
    for (let from = this.#seen + 1; from <= outbox.lastSequence; ) {
      const page = outbox.read(from, pageEvents);
      const last = page.at(-1)?.sequence;
      // Receipted long ago and given up by the outbox: nobody will find it any more.
      if (last === undefined) break;
      found.push(...this.#takeIn(page, last));
      from = last + 1;
    }
    this.#events.push(...found);
    return found;
  }

  #takeIn(page: readonly SealedEvent[], upTo: number): readonly OwnEvent[] {
    const { wants, noteOf } = this.#options;
    const found = page
      .map(({ sealed }) => parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url")))
      .filter(wants)
      .map((event) => ({ event, note: noteOf?.(event) ?? null }));
    const insert = this.#database.prepare(
      "INSERT OR IGNORE INTO own_events (sequence, note, event) VALUES (?, ?, ?)",
    );
    this.#onDisk(() => {
      for (const { event, note } of found) insert.run(event.sequence, note, JSON.stringify(event));
      this.#database.prepare("UPDATE seen SET up_to = ?").run(upTo);
    });
    return found;
  }

  get #seen(): number {
    const row = this.#database.prepare("SELECT up_to AS upTo FROM seen").get();
    return (row as { upTo: number }).upTo;
  }

  #onDisk(work: () => void): void {
    try {
      this.#database.transaction(work)();
    } catch (cause) {
      throw databaseError(this.#options.path, cause);
    }
  }
}
