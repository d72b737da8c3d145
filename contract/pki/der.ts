import { TeburaError } from "../errors.ts";

/**
 * One element of DER (X.690 section 10): definite, minimal lengths and tag numbers below 31 only.
 * This is the one reader of every certificate, CRL, OCSP response and signature value: two readers
 * that differ over the same bytes are how a signature comes to cover something else than was read.
 */
export interface Der {
  /** The identifier byte, class and constructed bit included. */
  readonly tag: number;
  readonly contents: Uint8Array;
  /** The whole element, identifier and length included. */
  readonly bytes: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier byte of a context-specific element, `[number]`. */
export const context = (number: number): number => 0x80 | number;
export const contextConstructed = (number: number): number => 0xa0 | number;

export function malformed(what: string): TeburaError {
  return new TeburaError("DER_MALFORMED", `not valid DER: ${what}`);
}

/** Reads bytes that hold exactly one element. Throws DER_MALFORMED, also for what follows it. */
export function readDer(bytes: Uint8Array, what: string): Der {
  const element = elementAt(bytes, 0, what);
  if (element.bytes.length !== bytes.length) throw malformed(`${what} has bytes after its end`);
  return element;
}

function elementAt(bytes: Uint8Array, start: number, what: string): Der {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw malformed(`${what} is cut off`);
  if ((tag & 0x1f) === 0x1f) throw malformed(`${what} has a tag number above 30`);
  let length = first;
  let contentsAt = start + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0) throw malformed(`${what} has an indefinite length`);
    if (count > 4) throw malformed(`${what} has a length of more than four bytes`);
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[contentsAt + i];
      if (byte === undefined) throw malformed(`${what} is cut off`);
      length = length * 256 + byte;
    }
    contentsAt += count;
    const shortest = length < 0x80 ? 0 : Math.ceil(Math.log2(length + 1) / 8);
    if (count !== shortest) throw malformed(`${what} has a length that is not minimal`);
  }
  const end = contentsAt + length;
  if (end > bytes.length) throw malformed(`${what} is cut off`);
  return { tag, contents: bytes.subarray(contentsAt, end), bytes: bytes.subarray(start, end) };
}

/** Reads the elements of a constructed value one after the other. `end` must close every reading. */
export class DerReader {
  readonly #contents: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(contents: Uint8Array, what: string) {
    this.#contents = contents;
    this.#what = what;
  }

  get more(): boolean {
    return this.#at < this.#contents.length;
  }

  /** The next element, whatever it is. Throws DER_MALFORMED where none is left. */
  next(): Der {
    const element = elementAt(this.#contents, this.#at, this.#what);
    this.#at += element.bytes.length;
    return element;
  }

  take(tag: number): Der {
    const element = this.optional(tag);
    if (!element) throw malformed(`${this.#what} lacks an element of tag 0x${tag.toString(16)}`);
    return element;
  }

  optional(tag: number): Der | undefined {
    return this.#contents[this.#at] === tag ? this.next() : undefined;
  }

  end(): void {
    if (this.more) throw malformed(`${this.#what} has an element too many`);
  }
}

/** A reader over the elements of one constructed element, which must have this tag. */
export function open(element: Der, tag: number, what: string): DerReader {
  if (element.tag !== tag) throw malformed(`${what} has tag 0x${element.tag.toString(16)}`);
  return new DerReader(element.contents, what);
}

/** All elements of SEQUENCE OF or SET OF contents. At least `min` of them. */
export function elements(contents: Uint8Array, what: string, min = 1): readonly Der[] {
  const reader = new DerReader(contents, what);
  const found: Der[] = [];
  while (reader.more) found.push(reader.next());
  if (found.length < min) throw malformed(`${what} is empty`);
  return found;
}

/** One element of DER around these parts. For the few places that rebuild what a digest covers. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = Buffer.concat(parts);
  if (contents.length < 0x80) return Buffer.concat([Buffer.of(tag, contents.length), contents]);
  const hex = contents.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, contents]);
}
