import type { WallMs } from "../ids.ts";
import { type Der, malformed, tags } from "./der.ts";

/** BOOLEAN: DER knows 00 and FF only (X.690 section 11.1). */
export function readBoolean(element: Der): boolean {
  const [value] = element.contents;
  if (element.contents.length !== 1 || (value !== 0x00 && value !== 0xff)) {
    throw malformed("a boolean is neither 00 nor ff");
  }
  return value === 0xff;
}

/** INTEGER as the hexadecimal digits of its minimal two's complement, which name it uniquely. */
export function readInteger(element: Der): string {
  const [first, second] = element.contents;
  if (first === undefined) throw malformed("an integer is empty");
  if (second !== undefined && (first === 0x00 ? second < 0x80 : first === 0xff && second >= 0x80)) {
    throw malformed("an integer is not minimal");
  }
  return Buffer.from(element.contents).toString("hex");
}

/** INTEGER from 0 to 2^31 - 1, as path lengths, skip counts and versions are. */
export function readCount(element: Der): number {
  const hex = readInteger(element);
  if (element.contents.length > 4 || (element.contents[0] ?? 0) >= 0x80) {
    throw malformed("a count is negative or too large");
  }
  return Number.parseInt(hex, 16);
}

/** OBJECT IDENTIFIER in dotted decimal, each arc minimal (X.690 section 8.19). */
export function readOid(element: Der): string {
  const bytes = element.contents;
  if (bytes.length === 0 || (bytes.at(-1) ?? 0x80) >= 0x80) throw malformed("an OID is cut off");
  const arcs: (number | bigint)[] = [];
  let arc: number | bigint = 0;
  let starts = true;
  for (const byte of bytes) {
    if (starts && byte === 0x80) throw malformed("an OID arc is not minimal");
    // Nearly every arc fits a number, which is much faster; a UUID as an arc does not.
    if (typeof arc === "number" && arc >= 2 ** 46) arc = BigInt(arc);
    arc = typeof arc === "number" ? arc * 128 + (byte & 0x7f) : arc * 128n + BigInt(byte & 0x7f);
    starts = byte < 0x80;
    if (!starts) continue;
    arcs.push(arc);
    arc = 0;
  }
  const head = arcs[0] ?? 0;
  const root = head < 40 ? 0 : head < 80 ? 1 : 2;
  const second = typeof head === "number" ? head - root * 40 : head - BigInt(root * 40);
  return [root, second, ...arcs.slice(1)].join(".");
}

/** BIT STRING with its unused bits zero (X.690 section 11.2.1). */
export function readBits(element: Der): { readonly unused: number; readonly bytes: Uint8Array } {
  const unused = element.contents[0];
  const bytes = element.contents.subarray(1);
  if (unused === undefined || unused > 7 || (bytes.length === 0 && unused > 0)) {
    throw malformed("a bit string has a wrong count of unused bits");
  }
  if (((bytes.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0) {
    throw malformed("a bit string has unused bits that are set");
  }
  return { unused, bytes };
}

/** BIT STRING of whole bytes, as signatures and keys are. */
export function readBitBytes(element: Der): Uint8Array {
  const { unused, bytes } = readBits(element);
  if (unused !== 0) throw malformed("a bit string does not end with a whole byte");
  return bytes;
}

/**
 * The bits of a named bit list, bit 0 first. Trailing zero bits, which DER would drop
 * (X.690 section 11.2.2), are let pass: issuers get it wrong, and it cannot change the meaning.
 */
export function readNamedBits(element: Der): ReadonlySet<number> {
  const { bytes } = readBits(element);
  const set = new Set<number>();
  for (const [index, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) set.add(index * 8 + bit);
  }
  return set;
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** UTCTime or GeneralizedTime in the only form that RFC 5280 section 4.1.2.5 allows: to the second, in Z. */
export function readTime(element: Der): WallMs {
  const text = Buffer.from(element.contents).toString("latin1");
  const utc = element.tag === tags.utcTime;
  if (!utc && element.tag !== tags.generalizedTime) throw malformed("a time is of no known type");
  if (!(utc ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) throw malformed("a time has a wrong form");
  const digits = utc ? (text < "5" ? "20" : "19") + text : text;
  const part = (from: number, to: number) => Number(digits.slice(from, to));
  const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
  const [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (daysInMonth[month - 1] ?? 0);
  // Date.UTC reads years below 100 as the twentieth century, so they never reach it.
  if (year < 1900 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) {
    throw malformed("a time is not in the calendar");
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) as WallMs;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of any character string type, or undefined when the element is not one. */
export function readText(element: Der): string | undefined {
  const bytes = Buffer.from(element.contents);
  switch (element.tag) {
    case tags.utf8:
      return decodeUtf8(bytes);
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return readAscii(bytes);
    case 0x14: // TeletexString, read as everybody does
      return bytes.toString("latin1");
    case 0x1e: // BMPString
      if (bytes.length % 2 !== 0) throw malformed("a BMPString has an odd length");
      return bytes.swap16().toString("utf16le");
    case 0x1c: // UniversalString
      return readUtf32(bytes);
    default:
      return undefined;
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed(`a UTF8String does not decode (${(cause as Error).name})`);
  }
}

/** The characters of an implicitly tagged IA5String. */
export function readAscii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) throw malformed("a string is not ASCII");
  return Buffer.from(bytes).toString("latin1");
}

function readUtf32(bytes: Buffer): string {
  if (bytes.length % 4 !== 0) throw malformed("a UniversalString is cut off");
  let text = "";
  for (let i = 0; i < bytes.length; i += 4) {
    const point = bytes.readUInt32BE(i);
    if (point > 0x10ffff) throw malformed("a UniversalString is beyond Unicode");
    text += String.fromCodePoint(point);
  }
  return text;
}
