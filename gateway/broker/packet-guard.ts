import { Transform, type TransformCallback } from "node:stream";
import { TeburaError } from "#contract/errors.ts";

/**
 * Passes an MQTT byte stream through and ends it as soon as a packet announces more bytes than are
 * allowed, before any of them is kept. The remaining length is a number of one to four bytes with
 * seven bits each (MQTT 3.1.1 section 2.2.3).
 */
export class PacketGuard extends Transform {
  readonly #bytesMax: number;
  /** Bytes of the current packet that are still to come. */
  #rest = 0;
  #header: "type" | "length" = "type";
  #shift = 0;

  constructor(bytesMax: number) {
    super();
    this.#bytesMax = bytesMax;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let at = 0;
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
      if (this.#shift > 28 || this.#rest > this.#bytesMax) {
        done(new TeburaError("EVENT_OVERSIZED", `a packet has more than ${this.#bytesMax} bytes`));
        return;
      }
      if ((byte & 0x80) === 0) this.#header = "type";
    }
    done(null, chunk);
  }
}
