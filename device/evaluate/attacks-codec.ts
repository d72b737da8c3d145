import type { RgbImage } from "#models/image.ts";

const side = 8;
/** The luminance table of JPEG (ISO/IEC 10918-1, annex K). */
const steps = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14,
  17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49,
  64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]; // biome-ignore format: a table

const forth = Float64Array.from({ length: side * side }, (_, i) => {
  const [k, n] = [Math.floor(i / side), i % side];
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * n + 1) * k * Math.PI) / (2 * side));
});

const back = forth.map((_, i) => forth[(i % side) * side + Math.floor(i / side)]!);

/**
 * What a block codec does to a picture: each 8 × 8 block loses the detail that JPEG's table allows at
 * this `quality` (1 to 99). Nothing is packed; the loss is the same. Changes `image` in place.
 */
export function recompress(image: RgbImage, quality: number): void {
  const scale = (quality < 50 ? 5_000 / quality : 200 - 2 * quality) / 100;
  const block = new Float64Array(side * side);
  for (let top = 0; top + side <= image.height; top += side) {
    for (let left = 0; left + side <= image.width; left += side) {
      for (let c = 0; c < 3; c++) squeezeBlock(image, left, top, c, scale, block);
    }
  }
}

function squeezeBlock(
  { width, data }: RgbImage,
  left: number,
  top: number,
  channel: number,
  scale: number,
  block: Float64Array,
): void {
  const at = (i: number) =>
    ((top + Math.floor(i / side)) * width + left + (i % side)) * 3 + channel;
  for (let i = 0; i < block.length; i++) block[i] = data[at(i)]! - 128;
  transform(block, forth);
  for (let i = 0; i < block.length; i++) {
    const step = Math.max(1, steps[i]! * scale);
    block[i] = step * Math.round(block[i]! / step);
  }
  transform(block, back);
  for (let i = 0; i < block.length; i++) {
    data[at(i)] = Math.max(0, Math.min(255, Math.round(block[i]! + 128)));
  }
}

const half = new Float64Array(side * side);

/** The two-dimensional cosine transform of one block, or back. */
function transform(block: Float64Array, table: Float64Array): void {
  product(block, table, half);
  product(half, table, block);
}

/** Each row of `from` through the table, written as a column: twice this and both ways are done. */
function product(from: Float64Array, table: Float64Array, to: Float64Array): void {
  for (let row = 0; row < side; row++) {
    for (let k = 0; k < side; k++) {
      let sum = 0;
      for (let n = 0; n < side; n++) sum += table[k * side + n]! * from[row * side + n]!;
      to[k * side + row] = sum;
    }
  }
}
