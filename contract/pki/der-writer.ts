import type { WallMs } from "../ids.ts";
import { encodeDer, tags } from "./der.ts";

/** Small builders of DER: for certificates, requests, and answers that are wrong on purpose. */
export const sequence = (...parts: readonly Uint8Array[]) => encodeDer(tags.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]) => encodeDer(tags.set, ...parts);
export const octets = (bytes: Uint8Array) => encodeDer(tags.octetString, bytes);
export const bits = (bytes: Uint8Array, unused = 0) =>
  encodeDer(tags.bitString, Buffer.of(unused), bytes);
export const boolean = (value: boolean) => encodeDer(tags.boolean, Buffer.of(value ? 0xff : 0));
export const nothing = () => encodeDer(tags.null);
export const utf8 = (text: string) => encodeDer(tags.utf8, Buffer.from(text));
export const enumerated = (value: number) => encodeDer(tags.enumerated, Buffer.of(value));
/** Context-specific and constructed: an explicit tag, or an implicit one of something constructed. */
export const inside = (number: number, ...parts: readonly Uint8Array[]) =>
  encodeDer(0xa0 | number, ...parts);
/** Context-specific and primitive: an implicit tag. */
export const implicit = (number: number, contents: Uint8Array) =>
  encodeDer(0x80 | number, contents);

export function integer(value: number | bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return encodeDer(
    tags.integer,
    (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes,
  );
}

export function oidOf(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const bytes = [first * 40n + second, ...rest].flatMap((arc) => {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    return groups;
  });
  return encodeDer(tags.oid, Buffer.from(bytes));
}

/** GeneralizedTime, as OCSP wants it for every year alike. */
export function time(at: WallMs): Uint8Array {
  return encodeDer(tags.generalizedTime, Buffer.from(`${digitsOf(at)}Z`));
}

/** UTCTime until 2049 and GeneralizedTime after, as certificates and CRLs want it (RFC 5280 section 4.1.2.5). */
export function validityTime(at: WallMs): Uint8Array {
  const digits = digitsOf(at);
  if (digits < "1950" || digits >= "2050") return time(at);
  return encodeDer(tags.utcTime, Buffer.from(`${digits.slice(2)}Z`));
}

function digitsOf(at: WallMs): string {
  return new Date(at).toISOString().slice(0, 19).replace(/\D/g, "");
}

const attributeOids = { C: "2.5.4.6", O: "2.5.4.10", OU: "2.5.4.11", L: "2.5.4.7", CN: "2.5.4.3" };

/** A Name out of pairs such as `["O", "JPKI-TEST"]`, in their order. */
export function nameOf(
  ...pairs: readonly (readonly [keyof typeof attributeOids, string])[]
): Uint8Array {
  return sequence(
    ...pairs.map(([type, value]) => set(sequence(oidOf(attributeOids[type]), utf8(value)))),
  );
}
