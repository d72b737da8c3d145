import type { RgbImage } from "#models/image.ts";

/** A channel between four pixels, 0 to 255; beyond the border the picture is mirrored. */
export function bilinear(image: RgbImage, x: number, y: number, channel: number): number {
  const { width, height, data } = image;
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [s, t] = [x - column, y - row];
  const [left, right] = [mirror(column, width), mirror(column + 1, width)];
  const [top, bottom] = [mirror(row, height) * width, mirror(row + 1, height) * width];
  const upper =
    (1 - s) * data[(top + left) * 3 + channel]! + s * data[(top + right) * 3 + channel]!;
  const lower =
    (1 - s) * data[(bottom + left) * 3 + channel]! + s * data[(bottom + right) * 3 + channel]!;
  return (1 - t) * upper + t * lower;
}

function mirror(index: number, count: number): number {
  const period = 2 * count;
  const at = ((index % period) + period) % period;
  return at < count ? at : period - 1 - at;
}
