import type { KeyObject } from "node:crypto";
import { digestOf } from "#contract/digest.ts";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import {
  type Event,
  type EventBody,
  eventSchema,
  eventVersion,
  parseEvent,
} from "#contract/events.ts";
import { flawOfOpenings, type Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { covers, type Receipt } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { openDatabase } from "#runtime/database.ts";
import { openOutboxStore } from "./outbox-repair.ts";
import { messageOf, type OutboxHead, type OutboxStore, type SealedEvent } from "./outbox-store.ts";

export interface OutboxOptions {
  readonly path: string;
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  wall(): WallMs;
  clockQuality(): Event["clock"];
  /** What may wait for a receipt: number, bytes as published, and age of the oldest. */
  readonly eventsMax?: number;
  readonly bytesMax?: number;
  readonly ageMsMax?: number;
  /** Receipted events that are kept for a gateway that was restored from a copy. */
  readonly keptMax?: number;
  /** Called when a damaged event was read from its copy, or the whole file was written anew. */
  onDamage?(what: "event" | "file"): void;
  /** How to open the file; another way where somebody wants a disk that fails. */
  readonly open?: typeof openDatabase;
}

/**
 * Events that the gateway has not receipted yet, on disk. Each is numbered, bound to the one before
 * and signed once, before anybody sees it; a crash therefore neither uses a number twice nor skips one.
 */
export class Outbox implements Disposable {
  readonly #options: OutboxOptions;
  #store: OutboxStore;
  #lastAppend: Promise<unknown> = Promise.resolve();
  #head: OutboxHead;
  #bytes: number;
  /** When the oldest waiting event was made, as far as that can be believed. */
  #oldest: { readonly sequence: number; readonly syncedAt: WallMs | undefined } | undefined;
  #onAppend: () => void = () => {};

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#store = this.#openStore();
    const head = this.#store.head(options.device);
    if (head.device !== options.device) {
      this.#store[Symbol.dispose]();
      throw new TeburaError(
        "CONFIG_INVALID",
        `the outbox at ${options.path} belongs to ${head.device}; ` +
          `give this box that id, or a data folder of its own`,
      );
    }
    this.#head = head;
    this.#bytes = this.#store.bytesOf(head.receipted + 1, head.sequence);
  }

  /** The newest sequence that was used; 0 before the first event. */
  get lastSequence(): number {
    return this.#head.sequence;
  }

  /** Everything up to this sequence is on the gateway's disk. */
  get receiptedSequence(): number {
    return this.#head.receipted;
  }

  get depth(): number {
    return this.#head.sequence - this.#head.receipted;
  }

  /** Bytes that await a receipt, as they are published. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Called after each append. One listener: the uplink. */
  onAppend(listener: () => void): void {
    this.#onAppend = listener;
  }

  /**
   * Numbers, binds, signs and stores an event. Resolves when it would survive a power cut. Throws
   * OUTBOX_FULL when too much awaits a receipt or for too long, DATA_UNWRITABLE when the disk
   * refuses, and EVENT_MALFORMED, EVENT_OVERSIZED or an EVENT_EVIDENCE_… for what no gateway would take:
   * stored, it would hold up every event behind it for ever. Nothing that was refused has used a number.
   * `openings` are what the body commits to.
   */
  append(body: EventBody, openings: readonly Opening[] = []): Promise<SealedEvent> {
    const appended = this.#lastAppend.then(() => this.#append(body, openings));
    this.#lastAppend = appended.catch(() => undefined);
    return appended;
  }

  /** Up to `limit` waiting events from a sequence on, oldest first. Throws DATA_CORRUPT, DATA_UNWRITABLE. */
  pending(from: number, limit: number): readonly SealedEvent[] {
    return this.#mending(() => this.#store.read(Math.max(from, this.#head.receipted + 1), limit));
  }

  /** Up to `limit` events from a sequence on, of those that are still kept, delivered ones as well. */
  read(from: number, limit: number): readonly SealedEvent[] {
    return this.#mending(() => this.#store.read(from, limit));
  }

  /**
   * Marks what a verified receipt covers as delivered, and returns how many that were. The newest of
   * them are kept a while; the others are gone. A receipt for an event that this box never made
   * covers nothing: RECEIPT_INVALID. DATA_UNWRITABLE when the disk refuses.
   */
  forget(receipt: Receipt): number {
    const before = this.#head.receipted;
    if (receipt.sequence <= before) return 0;
    const digest = this.#mending(() => this.#store.digestAt(receipt.sequence));
    if (!digest || !covers(receipt, receipt.sequence, digest)) {
      throw new TeburaError(
        "RECEIPT_INVALID",
        `the gateway holds an event ${receipt.sequence} of this box that this box did not make`,
      );
    }
    this.#mark(receipt.sequence);
    return receipt.sequence - before;
  }

  /**
   * Takes delivered events back as waiting, from `sequence` on: the gateway lost them. False when
   * they are not kept any more.
   */
  takeBack(sequence: number): boolean {
    if (sequence > this.#head.receipted) return true;
    const [first] = this.#mending(() => this.#store.read(sequence, 1));
    if (first?.sequence !== sequence) return false;
    this.#mark(sequence - 1);
    return true;
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
  }

  #mark(receipted: number): void {
    const { keptMax = limits.outboxKeptEventsMax } = this.#options;
    const before = this.#head.receipted;
    const [from, to] = [Math.min(before, receipted) + 1, Math.max(before, receipted)];
    const moved = this.#store.bytesOf(from, to);
    const head = { ...this.#head, receipted };
    this.#mending(() => this.#store.mark(head, receipted - keptMax + 1));
    this.#bytes += receipted > before ? -moved : moved;
    this.#head = head;
  }

  async #append(body: EventBody, openings: readonly Opening[]): Promise<SealedEvent> {
    const { device, privateKey } = this.#options;
    this.#refuseWhenFull();
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
    const flaw = flawOfOpenings(body, openings);
    if (flaw) throw new TeburaError(flaw, `a ${body.type} event commits to other evidence`);
    const sealed = await seal("tebura-event+jws", event, device, privateKey);
    const made: SealedEvent = { sequence, digest: digestOf(sealed), sealed, openings };
    const messageBytes = messageOf(made).length;
    refuseOversized(body.type, sealed.length, messageBytes - sealed.length);
    const head = { ...this.#head, sequence, digest: made.digest };
    this.#mending(() => this.#store.add(made, head));
    this.#bytes += messageBytes;
    this.#head = head;
    this.#onAppend();
    return made;
  }

  #openStore(): OutboxStore {
    const { path, device, open = openDatabase, onDamage = () => undefined } = this.#options;
    return openOutboxStore(path, device, open, onDamage);
  }

  /** Does something with the file; where a page turns out to be damaged, on a file written anew. */
  #mending<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (errorCodeOf(error) !== "DATA_CORRUPT") throw error;
      this.#store[Symbol.dispose]();
      this.#store = this.#openStore();
      return action();
    }
  }

  /** The written rule: what waits is kept, and nothing new is taken on. Nothing waiting is dropped. */
  #refuseWhenFull(): void {
    const { eventsMax, bytesMax, ageMsMax } = { ...defaultLimits, ...this.#options };
    const isFull = this.depth >= eventsMax || this.#bytes >= bytesMax || this.#ageMs() > ageMsMax;
    if (!isFull) return;
    throw new TeburaError(
      "OUTBOX_FULL",
      `${this.depth} events await the gateway's receipt; bring the network back`,
    );
  }

  /**
   * How long the oldest event has waited, in milliseconds. It counts only from a time that was
   * synced to one that is: a clock that jumps must not close the door.
   */
  #ageMs(): number {
    if (this.depth === 0 || this.#options.clockQuality() === "unsynced") return 0;
    const sequence = this.#head.receipted + 1;
    if (this.#oldest?.sequence !== sequence) {
      const [event] = this.#store.read(sequence, 1);
      this.#oldest = { sequence, syncedAt: event && syncedTimeOf(event.sealed) };
    }
    const { syncedAt } = this.#oldest;
    return syncedAt === undefined ? 0 : this.#options.wall() - syncedAt;
  }
}

const defaultLimits = {
  eventsMax: limits.outboxEventsMax,
  bytesMax: limits.outboxBytesMax,
  ageMsMax: limits.outboxAgeMsMax,
};

function refuseOversized(type: string, eventBytes: number, besideBytes: number): void {
  const { eventBytesMax, evidenceBytesMax } = limits;
  if (eventBytes <= eventBytesMax && besideBytes <= evidenceBytesMax) return;
  throw new TeburaError(
    "EVENT_OVERSIZED",
    `a ${type} event takes ${eventBytes} bytes of at most ${eventBytesMax}, and its evidence ` +
      `${besideBytes} of at most ${evidenceBytesMax}`,
  );
}

/** When an event of ours was made, if the clock was synced then. */
function syncedTimeOf(sealed: string): WallMs | undefined {
  const payload = Buffer.from(sealed.split(".")[1] ?? "", "base64url");
  const { at, clock } = parseEvent(payload);
  return clock === "synced" ? at : undefined;
}
