import type { RgbImage } from "#models/image.ts";

/** What a message with a picture begins with, then width and height as 16-bit numbers, big-endian. */
const pictureMark = 0x46;
const headBytes = 6;
/** Enough for a mirror on a large screen, and light enough for a small computer. */
const sidePxMax = 640;

/**
 * A picture of the box's camera for its own screen, as raw RGB: the frame was decoded once, for
 * recognition, and is not packed and unpacked again on its way to a screen beside it. Every n-th
 * pixel of every n-th row, so that no side has more than 640. The result is a copy.
 */
export function packPicture({ width, height, data }: RgbImage): Uint8Array {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / sidePxMax));
  const across = Math.floor((width - 1) / step) + 1;
  const down = Math.floor((height - 1) / step) + 1;
  const packed = new Uint8Array(headBytes + across * down * 3);
  const head = new DataView(packed.buffer);
  head.setUint8(0, pictureMark);
  head.setUint16(2, across);
  head.setUint16(4, down);
  if (step === 1) {
    packed.set(data, headBytes);
    return packed;
  }
  let to = headBytes;
  for (let row = 0; row < height; row += step) {
    for (let column = 0; column < width; column += step) {
      const from = (row * width + column) * 3;
      packed[to] = data[from]!;
      packed[to + 1] = data[from + 1]!;
      packed[to + 2] = data[from + 2]!;
      to += 3;
    }
  }
  return packed;
}
