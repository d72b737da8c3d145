import { digestOf, genesisDigest } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { readOpening, writeEventMessage, writeOpening } from "#contract/event-message.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, Digest } from "#contract/ids.ts";
import { type Database, databaseError, type openDatabase } from "#runtime/database.ts";

export interface SealedEvent {
  readonly sequence: number;
  readonly digest: Digest;
  /** Compact JWS. */
  readonly sealed: string;
  /** What the event commits to; it is kept, sent and let go with the event. */
  readonly openings: readonly Opening[];
}

/** A message as it is published: the event, and its evidence beside it. */
export const messageOf = (event: SealedEvent): string => writeEventMessage(event);

/** Where a box's numbering stands. */
export interface OutboxHead {
  readonly device: DeviceId;
  readonly sequence: number;
  readonly digest: Digest;
  readonly receipted: number;
}

/** Everything is there twice, on pages of its own: memory cards lose single pages. */
const tables = ["events", "events_again"] as const;
const heads = ["head", "head_again"] as const;

export const outboxMigrations = [
  `CREATE TABLE head (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     device TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     digest TEXT NOT NULL,
     receipted INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE events (
     sequence INTEGER PRIMARY KEY,
     digest TEXT NOT NULL,
     sealed TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE head_again (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     device TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     digest TEXT NOT NULL,
     receipted INTEGER NOT NULL,
     sum TEXT
   ) STRICT;
   ALTER TABLE head ADD COLUMN sum TEXT;
   INSERT INTO head_again SELECT * FROM head;
   CREATE TABLE events_again (
     sequence INTEGER PRIMARY KEY,
     digest TEXT NOT NULL,
     sealed TEXT NOT NULL
   ) STRICT;
   INSERT INTO events_again SELECT * FROM events;`,
  tables
    .map((table) => `ALTER TABLE ${table} ADD COLUMN evidence TEXT;`)
    .concat(tables.map((table) => `ALTER TABLE ${table} ADD COLUMN evidence_sum TEXT;`))
    .join("\n"),
];

/** The outbox's file: what is written is written whole or not at all, and read only if it is sound. */
export class OutboxStore implements Disposable {
  readonly #path: string;
  readonly #database: Database;
  readonly #onDamage: (sequence: number) => void;

  constructor(path: string, open: typeof openDatabase, onDamage: (sequence: number) => void) {
    this.#path = path;
    this.#onDamage = onDamage;
    this.#database = open(path, { migrations: outboxMigrations, synchronous: "FULL" });
  }

  /** True when SQLite finds every page as it should be; says nothing of what stands on it. */
  get isSound(): boolean {
    try {
      return this.#database.pragma("quick_check(1)", { simple: true }) === "ok";
    } catch {
      return false;
    }
  }

  /**
   * The head, made for `device` in a new file. Throws DATA_CORRUPT when both copies are damaged: a
   * numbering that began again would use numbers twice.
   */
  head(device: DeviceId): OutboxHead {
    return this.#onDisk(() => {
      const rows = heads.map((table) => this.#tryAll<HeadRow>(`SELECT * FROM ${table}`));
      const [first, ...others] = rows.flatMap((found) => found ?? []).filter(addsUp);
      // The later one counts: a head that is behind would use a number again.
      if (first)
        return others.reduce((best, one) => (one.sequence > best.sequence ? one : best), first);
      if (rows.some((found) => found?.length !== 0)) {
        throw new TeburaError("DATA_CORRUPT", `the numbering in ${this.#path} is damaged`);
      }
      const head = { device, sequence: 0, digest: genesisDigest, receipted: 0 };
      this.begin(head);
      return head;
    });
  }

  /** Writes the first head of a new file. */
  begin(head: OutboxHead): void {
    this.#transact(() => {
      for (const table of heads) {
        const values = "(1, @device, @sequence, @digest, @receipted, @sum)";
        this.#database.prepare(`INSERT INTO ${table} VALUES ${values}`).run(withSum(head));
      }
    });
  }

  /** Stores events under the head as it is: for a file that is being made from another. */
  copy(events: readonly SealedEvent[]): void {
    this.#transact(() => {
      for (const event of events) this.#insert(event);
    });
  }

  /** Stores an event together with the head that it leads to. */
  add(event: SealedEvent, head: OutboxHead): void {
    this.#transact(() => {
      this.#insert(event);
      this.#moveTo(head);
    });
  }

  /** Moves the head, and removes the events before `keptFrom`. */
  mark(head: OutboxHead, keptFrom: number): void {
    this.#transact(() => {
      for (const table of tables) {
        this.#database.prepare(`DELETE FROM ${table} WHERE sequence < ?`).run(keptFrom);
      }
      this.#moveTo(head);
    });
  }

  /** Up to `limit` events from a sequence on, oldest first, each as it was sealed. */
  read(from: number, limit: number): readonly SealedEvent[] {
    return this.#onDisk(() => {
      const first = this.#range(tables[0], from, limit);
      if (first && isWhole(first)) return first.map(eventIn);
      const events: SealedEvent[] = [];
      for (let sequence = from; events.length < limit; sequence++) {
        const event = this.find(sequence);
        if (!event) break;
        events.push(event);
      }
      this.#onDamage(from);
      if (events.length > 0) return events;
      throw new TeburaError("DATA_CORRUPT", `event ${from} of ${this.#path} is damaged`);
    });
  }

  /**
   * One event from whichever place still holds it as it was sealed: a damaged page takes some events
   * of one place, and a range that runs over it takes all, so damage is worked around event by event.
   */
  find(sequence: number): SealedEvent | undefined {
    return this.#onDisk(() => {
      for (const table of tables) {
        const [event] = this.#range(table, sequence, 1) ?? [];
        if (event?.sequence === sequence && isSound(event)) return eventIn(event);
      }
      return undefined;
    });
  }

  /** The digest of an event that is held, whatever became of its bytes. */
  digestAt(sequence: number): Digest | undefined {
    return this.#onDisk(() => {
      const rows = tables.flatMap(
        (table) =>
          this.#tryAll<{ digest: Digest }>(
            `SELECT digest FROM ${table} WHERE sequence = ${sequence}`,
          ) ?? [],
      );
      return rows[0]?.digest;
    });
  }

  /** Bytes of the events from one sequence to another, as they are published. */
  bytesOf(from: number, to: number): number {
    const select = `SELECT coalesce(sum(octet_length(sealed) + coalesce(octet_length(evidence) + 1, 0)), 0)
                      AS bytes FROM events_again WHERE sequence BETWEEN ${from} AND ${to}`;
    const rows = this.#onDisk(() => this.#tryAll<{ bytes: number }>(select));
    return rows?.[0]?.bytes ?? 0;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #range(table: string, from: number, limit: number): readonly EventRow[] | undefined {
    return this.#tryAll(
      `SELECT sequence, digest, sealed, evidence, evidence_sum AS sum FROM ${table}
       WHERE sequence >= ${from} ORDER BY sequence LIMIT ${limit}`,
    );
  }

  /** The rows of a query; undefined when a page that they stand on is damaged. */
  #tryAll<Row>(statement: string): readonly Row[] | undefined {
    try {
      return this.#database.prepare(statement).all() as Row[];
    } catch (cause) {
      if (isDamage(cause)) return undefined;
      throw cause;
    }
  }

  #moveTo(head: OutboxHead): void {
    for (const table of heads) {
      const columns = "sequence = @sequence, digest = @digest, receipted = @receipted, sum = @sum";
      this.#database.prepare(`UPDATE ${table} SET ${columns}`).run(withSum(head));
    }
  }

  #insert({ sequence, digest, sealed, openings }: SealedEvent): void {
    const evidence = openings.length > 0 ? openings.map(writeOpening).join("\n") : null;
    const sum = evidence === null ? null : digestOf(evidence);
    const row: EventRow = { sequence, digest, sealed, evidence, sum };
    for (const table of tables) {
      const values = "(@sequence, @digest, @sealed, @evidence, @sum)";
      this.#database.prepare(`INSERT INTO ${table} VALUES ${values}`).run(row);
    }
  }

  #transact(work: () => void): void {
    this.#onDisk(() => this.#database.transaction(work)());
  }

  #onDisk<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw cause instanceof TeburaError ? cause : databaseError(this.#path, cause);
    }
  }
}

type HeadRow = OutboxHead & { readonly sum: Digest | null };

type EventRow = Omit<SealedEvent, "openings"> & {
  readonly evidence: string | null;
  readonly sum: Digest | null;
};

function eventIn({ sequence, digest, sealed, evidence }: EventRow): SealedEvent {
  const openings = evidence === null ? [] : evidence.split("\n").map(readOpening);
  return { sequence, digest, sealed, openings };
}

function withSum(head: OutboxHead): HeadRow {
  const { device, sequence, digest, receipted } = head;
  return {
    device,
    sequence,
    digest,
    receipted,
    sum: digestOf(`${device} ${sequence} ${digest} ${receipted}`),
  };
}

/** A head from before there were sums has none. */
function addsUp(head: HeadRow): boolean {
  return head.sum === null || head.sum === withSum(head).sum;
}

/** Without a gap, and each with the bytes that its digest was made over. */
function isWhole(events: readonly EventRow[]): boolean {
  return events.every((event, i) => event.sequence === events[0]!.sequence + i && isSound(event));
}

function isSound({ digest, sealed, evidence, sum }: EventRow): boolean {
  return digestOf(sealed) === digest && (evidence === null ? null : digestOf(evidence)) === sum;
}

/** A page that SQLite cannot make sense of, or that the disk does not give back. */
function isDamage(cause: unknown): boolean {
  const code = String((cause as { code?: unknown }).code);
  return code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_IOERR");
}
