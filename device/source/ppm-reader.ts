import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";

/** The longest header we accept: "P6\n", two numbers of five digits, "255\n" and some room. */
const headerBytesMax = 32;
const header = /^P6\s(\d{1,5})\s(\d{1,5})\s255\s/;

/**
 * Cuts a stream of binary PPM pictures into images. PPM says its size before each picture, so no
 * second process has to probe the stream, and a camera that changes its size is followed.
 */
export class PpmReader {
  readonly #sidePxMax: number;
  #head = Buffer.alloc(0);
  #image: RgbImage | undefined;
  #filled = 0;

  constructor(sidePxMax: number) {
    this.#sidePxMax = sidePxMax;
  }

  /** The images that are complete with this chunk. Throws IMAGE_TOO_LARGE or IMAGE_UNREADABLE. */
  *read(chunk: Uint8Array): Generator<RgbImage> {
    let rest = chunk;
    while (rest.length > 0) {
      if (!this.#image) rest = this.#begin(rest);
      if (!this.#image) return;
      const { data } = this.#image;
      const part = rest.subarray(0, data.length - this.#filled);
      data.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled < data.length) return;
      const image = this.#image;
      this.#image = undefined;
      yield image;
    }
  }

  /** Reads a header and returns what follows it; keeps an incomplete one for the next chunk. */
  #begin(chunk: Uint8Array): Uint8Array {
    const before = this.#head.length;
    const text = Buffer.concat([this.#head, chunk.subarray(0, headerBytesMax)]);
    const match = header.exec(text.toString("latin1"));
    if (!match) {
      if (text.length >= headerBytesMax) {
        throw new TeburaError("IMAGE_UNREADABLE", "the decoder sent something that is no picture");
      }
      this.#head = text;
      return chunk.subarray(chunk.length);
    }
    const [width, height] = [Number(match[1]), Number(match[2])];
    if (width > this.#sidePxMax || height > this.#sidePxMax || width * height === 0) {
      throw new TeburaError("IMAGE_TOO_LARGE", `the decoder sent ${width} × ${height} pixels`);
    }
    this.#head = Buffer.alloc(0);
    this.#filled = 0;
    this.#image = { width, height, data: Buffer.allocUnsafe(width * height * 3) };
    return chunk.subarray(match[0].length - before);
  }
}
