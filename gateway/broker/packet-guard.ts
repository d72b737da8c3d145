import { Transform, type TransformCallback } from "node:stream";
import { TeburaError } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";

export interface PacketLimits {
  readonly bytesMax: number;
  /** Packets that may come at once, and how many more each second (a token bucket). */
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Passes an MQTT byte stream through and ends it as soon as a packet announces more bytes than are
 * allowed, before any of them is kept. The remaining length is a number of one to four bytes with
 * seven bits each (MQTT 3.1.1 section 2.2.3). Whoever sends more packets than are allowed is not read
 * for a while: TCP then holds them back, and nothing of an honest sender's is lost.
 */
export class PacketGuard extends Transform {
  readonly #limits: PacketLimits;
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  readonly #gone = new AbortController();
  #tokens: number;
  #filledAt: number;
  /** Bytes of the current packet that are still to come. */
  #rest = 0;
  #header: "type" | "length" = "type";
  #shift = 0;

  constructor(limits: PacketLimits, clock: Pick<Clock, "monotonic" | "sleep">) {
    super();
    this.#limits = limits;
    this.#clock = clock;
    this.#tokens = limits.burst;
    this.#filledAt = clock.monotonic();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let at = 0;
    let packets = 0;
    while (at < chunk.length) {
      if (this.#header === "type" && this.#rest > 0) {
        const taken = Math.min(this.#rest, chunk.length - at);
        this.#rest -= taken;
        at += taken;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (this.#header === "type") {
        this.#header = "length";
        this.#shift = 0;
        continue;
      }
      this.#rest += (byte & 0x7f) * 2 ** this.#shift;
      this.#shift += 7;
      const { bytesMax } = this.#limits;
      if (this.#shift > 28 || this.#rest > bytesMax) {
        done(new TeburaError("EVENT_OVERSIZED", `a packet has more than ${bytesMax} bytes`));
        return;
      }
      if ((byte & 0x80) === 0) {
        this.#header = "type";
        packets += 1;
      }
    }
    const waitMs = this.#take(packets);
    if (waitMs <= 0) {
      done(null, chunk);
      return;
    }
    this.push(chunk);
    const read = () => done();
    this.#clock.sleep(waitMs, this.#gone.signal).then(read, read);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone.abort();
    done(error);
  }

  /** Takes as many tokens as there were packets; returns how long to wait until they are there. */
  #take(packets: number): number {
    const { burst, perSecond } = this.#limits;
    const now = this.#clock.monotonic();
    const filled = this.#tokens + ((now - this.#filledAt) * perSecond) / 1_000;
    this.#filledAt = now;
    this.#tokens = Math.min(burst, filled) - packets;
    return (-this.#tokens * 1_000) / perSecond;
  }
}
