import { unreadable } from "./apdu.ts";

/** The BER-TLV object with a tag of two bytes that begins at `at` (ISO/IEC 7816-4 section 5.2.2.2). */
export function objectAt(
  bytes: Uint8Array,
  at: number,
): { tag: number; start: number; end: number } {
  const [high, low, first, second = 0, third = 0] = bytes.subarray(at, at + 5);
  if (high === undefined || low === undefined || first === undefined) {
    throw unreadable("a text has no length");
  }
  const [size, more] =
    first < 0x80
      ? [first, 0]
      : first === 0x81
        ? [second, 1]
        : first === 0x82
          ? [(second << 8) | third, 2]
          : [Number.NaN, 0];
  if (Number.isNaN(size)) throw unreadable("a text has a length that cannot be");
  const start = at + 3 + more;
  return { tag: (high << 8) | low, start, end: start + size };
}
