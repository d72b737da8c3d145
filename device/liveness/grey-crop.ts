import type { Point, RgbImage } from "#models/image.ts";

/** A square of brightness, row by row, 0 black to 255 white. */
export interface GreyCrop {
  readonly side: number;
  readonly data: Float32Array;
}

/**
 * The pixels around a place as the camera made them. Never resampled: the stripes that a screen leaves
 * are a few pixels wide. Undefined where the square does not fit in the picture.
 */
export function nativeCrop(image: RgbImage, centre: Point, side: number): GreyCrop | undefined {
  const [left, top] = [Math.round(centre.x - side / 2), Math.round(centre.y - side / 2)];
  if (left < 0 || top < 0 || left + side > image.width || top + side > image.height) {
    return undefined;
  }
  const data = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      data[row * side + column] = luma(image, left + column, top + row);
    }
  }
  return { side, data };
}

/** Samples to each side of a pixel of the crop: their mean keeps fine texture from becoming edges. */
const samples = 2;

/**
 * A square of `size` picture pixels around a place, shrunk to `side`. What lies outside the picture is
 * NaN: nobody knows what is there.
 */
export function shrunkCrop(image: RgbImage, centre: Point, size: number, side: number): GreyCrop {
  const data = new Float32Array(side * side);
  const step = size / side;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let i = 0; i < samples * samples; i++) {
        const x = centre.x - size / 2 + (column + ((i % samples) + 0.5) / samples) * step;
        const y = centre.y - size / 2 + (row + (Math.floor(i / samples) + 0.5) / samples) * step;
        const inside = x >= 0 && y >= 0 && x < image.width && y < image.height;
        sum += inside ? luma(image, Math.floor(x), Math.floor(y)) : Number.NaN;
      }
      data[row * side + column] = sum / samples ** 2;
    }
  }
  return { side, data };
}

/**
 * Mean brightness of what is known of a crop, 0 where nothing is. With `margin`, a share of the side,
 * only of the frame along its border.
 */
export function meanOf({ side, data }: GreyCrop, margin = 0.5): number {
  let [sum, count] = [0, 0];
  for (const [i, value] of data.entries()) {
    const [column, row] = [i % side, Math.floor(i / side)];
    const inwards = Math.min(column, row, side - 1 - column, side - 1 - row);
    if (Number.isNaN(value) || inwards >= margin * side) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

/** Rec. 601. */
function luma({ width, data }: RgbImage, column: number, row: number): number {
  const at = (row * width + column) * 3;
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}
