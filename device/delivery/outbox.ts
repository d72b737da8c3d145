import type { KeyObject } from "node:crypto";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { type Event, type EventBody, eventSchema, eventVersion } from "#contract/events.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { covers, type Receipt } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";

export interface SealedEvent {
  readonly sequence: number;
  readonly digest: Digest;
  /** Compact JWS. */
  readonly sealed: string;
}

export interface OutboxOptions {
  readonly path: string;
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  wall(): WallMs;
  clockQuality(): Event["clock"];
  readonly eventsMax?: number;
  /** How to open the file; another way where somebody wants a disk that fails. */
  readonly open?: typeof openDatabase;
}

const migrations = [
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
];

/**
 * Events that the gateway has not receipted yet, on disk. Each is numbered, bound to the one before
 * and signed once, before anybody sees it; a crash therefore neither uses a number twice nor skips one.
 */
export class Outbox implements Disposable {
  readonly #options: OutboxOptions;
  readonly #database: Database;
  #lastAppend: Promise<unknown> = Promise.resolve();
  #head: { sequence: number; digest: Digest };
  #receipted: number;
  #onAppend: () => void = () => {};

  constructor(options: OutboxOptions) {
    this.#options = options;
    const open = options.open ?? openDatabase;
    this.#database = open(options.path, { migrations, synchronous: "FULL" });
    this.#database
      .prepare("INSERT OR IGNORE INTO head VALUES (1, ?, 0, ?, 0)")
      .run(options.device, genesisDigest);
    const head = this.#database.prepare("SELECT * FROM head").get() as {
      device: DeviceId;
      sequence: number;
      digest: Digest;
      receipted: number;
    };
    if (head.device !== options.device) {
      this.#database.close();
      throw new TeburaError(
        "CONFIG_INVALID",
        `the outbox at ${options.path} belongs to ${head.device}; ` +
          `give this box that id, or a data folder of its own`,
      );
    }
    this.#head = head;
    this.#receipted = head.receipted;
  }

  /** The newest sequence that was used; 0 before the first event. */
  get lastSequence(): number {
    return this.#head.sequence;
  }

  /** Everything up to this sequence is on the gateway's disk. */
  get receiptedSequence(): number {
    return this.#receipted;
  }

  get depth(): number {
    return this.#head.sequence - this.#receipted;
  }

  /** Called after each append. One listener: the uplink. */
  onAppend(listener: () => void): void {
    this.#onAppend = listener;
  }

  /**
   * Numbers, binds, signs and stores an event. Resolves when it would survive a power cut. Throws
   * OUTBOX_FULL when too many await a receipt, DATA_UNWRITABLE when the disk refuses, and
   * EVENT_MALFORMED or EVENT_OVERSIZED for what no gateway would take: stored, it would hold up
   * every event behind it for ever. Nothing that was refused has used a number.
   */
  append(body: EventBody): Promise<SealedEvent> {
    const appended = this.#lastAppend.then(() => this.#append(body));
    this.#lastAppend = appended.catch(() => undefined);
    return appended;
  }

  /** Up to `limit` waiting events from a sequence on, oldest first. */
  pending(from: number, limit: number): readonly SealedEvent[] {
    return this.#onDisk(() =>
      this.#database
        .prepare(
          "SELECT sequence, digest, sealed FROM events WHERE sequence >= ? ORDER BY sequence LIMIT ?",
        )
        .all(from, limit),
    ) as SealedEvent[];
  }

  /**
   * Forgets what a verified receipt covers, and returns how many that were. A receipt for an event
   * that this box never made covers nothing: RECEIPT_INVALID. DATA_UNWRITABLE when the disk refuses.
   */
  forget(receipt: Receipt): number {
    if (receipt.sequence <= this.#receipted) return 0;
    const row = this.#onDisk(() =>
      this.#database.prepare("SELECT digest FROM events WHERE sequence = ?").get(receipt.sequence),
    ) as { digest: Digest } | undefined;
    if (!row || !covers(receipt, receipt.sequence, row.digest)) {
      throw new TeburaError(
        "RECEIPT_INVALID",
        `the gateway holds an event ${receipt.sequence} of this box that this box did not make`,
      );
    }
    const before = this.#receipted;
    const forgetting = this.#database.transaction(() => {
      this.#database.prepare("DELETE FROM events WHERE sequence <= ?").run(receipt.sequence);
      this.#database.prepare("UPDATE head SET receipted = ?").run(receipt.sequence);
    });
    this.#onDisk(forgetting);
    this.#receipted = receipt.sequence;
    return receipt.sequence - before;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  async #append(body: EventBody): Promise<SealedEvent> {
    const { device, privateKey, eventsMax = limits.outboxEventsMax } = this.#options;
    if (this.depth >= eventsMax) {
      throw new TeburaError(
        "OUTBOX_FULL",
        `${this.depth} events await the gateway's receipt; bring the network back`,
      );
    }
    const sequence = this.#head.sequence + 1;
    const event: Event = {
      v: eventVersion,
      device,
      sequence,
      previous: this.#head.digest,
      at: this.#options.wall(),
      clock: this.#options.clockQuality(),
      body,
    };
    if (!eventSchema.safeParse(event).success) {
      throw new TeburaError("EVENT_MALFORMED", `a ${body.type} event does not fit its schema`);
    }
    const sealed = await seal("tebura-event+jws", event, device, privateKey);
    if (sealed.length > limits.eventBytesMax) {
      throw new TeburaError(
        "EVENT_OVERSIZED",
        `a ${body.type} event takes ${sealed.length} bytes of at most ${limits.eventBytesMax}`,
      );
    }
    const digest = digestOf(sealed);
    const storing = this.#database.transaction(() => {
      this.#database.prepare("INSERT INTO events VALUES (?, ?, ?)").run(sequence, digest, sealed);
      this.#database.prepare("UPDATE head SET sequence = ?, digest = ?").run(sequence, digest);
    });
    this.#onDisk(storing);
    this.#head = { sequence, digest };
    this.#onAppend();
    return { sequence, digest, sealed };
  }

  #onDisk<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw databaseError(this.#options.path, cause);
    }
  }
}
