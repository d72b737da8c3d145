import type { KeyObject } from "node:crypto";
import { deskDevice } from "#contract/desk-device.ts";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { type Event, type EventBody, eventSchema, eventVersion } from "#contract/events.ts";
import { limits } from "#contract/limits.ts";
import { seal } from "#contract/seal.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Ledger, LedgerEntry, NewEntry } from "../ledger/ledger.ts";

export interface DeskPorts {
  readonly ledger: Pick<Ledger, "append" | "head">;
  readonly clock: Pick<Clock, "wall">;
  /** The desk's own key: what a person says at a desk is not what the gateway receipts. */
  readonly privateKey: KeyObject;
  onEntry(entry: LedgerEntry, event: Event): void;
}

/** Where an event of the desk stands in the ledger. */
export interface Recorded {
  readonly index: number;
  readonly sequence: number;
}

interface Waiting {
  readonly body: EventBody;
  resolve(recorded: Recorded): void;
  reject(error: unknown): void;
}

/** Entries of one transaction. */
const batchMax = 512;

/**
 * Turns what happens at the gateway into events of its ledger: a teacher's correction, an evacuee
 * entered by hand, a purchase at the box office. They are chained and signed as a box's are, so an
 * auditor checks them in the same way, and they share a commit where many come at once.
 */
export class Desk implements AsyncDisposable {
  readonly #ports: DeskPorts;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  /**
   * Appends an event; resolves when it is on disk and in every view. Throws EVENT_MALFORMED or
   * EVENT_OVERSIZED for what no ledger takes, and what the ledger throws when it cannot be written:
   * nothing of it is then recorded.
   */
  record(body: EventBody): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // So that records which are asked for together are committed together.
    while (this.#waiting.length > 0) await this.#takeBatch(this.#waiting.splice(0, batchMax));
    this.#running = undefined;
  }

  async #takeBatch(batch: readonly Waiting[]): Promise<void> {
    const { ledger, onEntry } = this.#ports;
    const sealed: { readonly one: Waiting; readonly entry: NewEntry; readonly event: Event }[] = [];
    const head = ledger.head(deskDevice);
    let [sequence, previous] = [head.sequence, head.event];
    for (const one of batch) {
      try {
        const made = await this.#seal(one.body, sequence + 1, previous);
        sealed.push({ one, ...made });
        [sequence, previous] = [made.entry.sequence, made.entry.event];
      } catch (error) {
        one.reject(error);
      }
    }
    try {
      const entries = ledger.append(sealed.map(({ entry }) => entry));
      for (const [i, entry] of entries.entries()) {
        const { one, event } = sealed[i]!;
        onEntry(entry, event);
        one.resolve({ index: entry.index, sequence: entry.sequence });
      }
    } catch (error) {
      for (const { one } of sealed) one.reject(error);
    }
  }

  async #seal(
    body: EventBody,
    sequence: number,
    previous: Event["previous"],
  ): Promise<{ entry: NewEntry; event: Event }> {
    const { clock, privateKey } = this.#ports;
    const at = clock.wall();
    const made = { v: eventVersion, device: deskDevice, sequence, previous, at, clock: "synced" };
    const parsed = eventSchema.safeParse({ ...made, body });
    if (!parsed.success) {
      const where = parsed.error.issues.map(({ path }) => path.join(".") || "(root)").join(", ");
      throw new TeburaError("EVENT_MALFORMED", `a ${body.type} event does not fit at ${where}`);
    }
    const event = parsed.data;
    const sealed = await seal("tebura-event+jws", event, deskDevice, privateKey);
    if (sealed.length > limits.eventBytesMax) {
      throw new TeburaError(
        "EVENT_OVERSIZED",
        `a ${body.type} event takes ${sealed.length} bytes of at most ${limits.eventBytesMax}`,
      );
    }
    const digest = digestOf(sealed);
    const fixed = { device: deskDevice, sequence, receivedAt: at, refusal: null };
    return { entry: { ...fixed, event: digest, sealed }, event };
  }
}
