import type { RgbImage } from "../image.ts";
import type { Preprocessing } from "../manifest.ts";
import type { Affine } from "../warp.ts";
import { rowSamplesMin } from "./warp-row.ts";

/** How samples become numbers of a tensor: times `scale`, plus the shift of their colour. */
export interface Tone {
  readonly scale: number;
  readonly shifts: readonly [red: number, green: number, blue: number];
}

/** Columns of a row of a crop, from `first` up to but not including `end`. */
export type Span = readonly [first: number, end: number];

export interface CropSize {
  readonly columns: number;
  readonly rows: number;
}

/** One number is the side of a square. */
export function sizeOf(size: CropSize | number): CropSize {
  return typeof size === "number" ? { columns: size, rows: size } : size;
}

/** A little room, so that rounding never reads outside. */
const room = 1e-6;

/** Samples the columns of one row that lie inside; `row` is where the row begins in the tensor. */
export type SampleRow = (v: number, span: Span, tone: Tone, row: number) => void;

/**
 * Samples a crop straight into a planar tensor (all red, all green, all blue) with bilinear
 * interpolation, and applies the network's preprocessing. Outside the picture is black.
 */
export function warpToTensor(
  image: RgbImage,
  affine: Affine,
  size: CropSize | number,
  { mean, scale }: Pick<Preprocessing, "mean" | "scale">,
  out: Float32Array,
  offset = 0,
  sampleRow?: SampleRow,
): void {
  const { columns, rows } = sizeOf(size);
  const plane = columns * rows;
  const tone: Tone = { scale, shifts: [-mean[0] * scale, -mean[1] * scale, -mean[2] * scale] };
  // Most crops show nothing but the picture: then no row has a border to look for.
  const all = isInside(image, affine, columns, rows) ? ([0, columns] as const) : undefined;
  for (let v = 0; v < rows; v++) {
    const row = offset + v * columns;
    const span = all ?? insideOf(image, affine, columns, v);
    const [first, end] = span;
    if (sampleRow && end - first >= rowSamplesMin) sampleRow(v, span, tone, row);
    else sampleInside(image, affine, v, span, tone, out, row, plane);
    if (first > 0) sampleAtBorder(image, affine, v, [0, first], tone, out, row, plane);
    if (end < columns) sampleAtBorder(image, affine, v, [end, columns], tone, out, row, plane);
  }
}

/** Whether every sample and its neighbours lie inside the picture: so do all if the corners do. */
function isInside({ width, height }: RgbImage, affine: Affine, columns: number, rows: number) {
  const { a, b, tx, c, d, ty } = affine;
  return [0, columns - 1].every((u) =>
    [0, rows - 1].every((v) => {
      const [x, y] = [a * u + b * v + tx, c * u + d * v + ty];
      return x >= room && y >= room && x <= width - 1 - room && y <= height - 1 - room;
    }),
  );
}

/** The columns of a row of the crop whose four neighbours all lie inside the picture. */
export function insideOf(
  { width, height }: RgbImage,
  { a, b, tx, c, d, ty }: Affine,
  side: number,
  v: number,
): Span {
  const [fromX, toX] = solve(a, b * v + tx, width - 1);
  const [fromY, toY] = solve(c, d * v + ty, height - 1);
  const first = Math.max(0, Math.ceil(Math.max(fromX, fromY)));
  const end = Math.min(side, Math.floor(Math.min(toX, toY)) + 1);
  return end > first ? [first, end] : [side, side];
}

/** Where 0 <= slope × u + start < limit holds. */
function solve(slope: number, start: number, limit: number): readonly [from: number, to: number] {
  if (Math.abs(slope) < 1e-12) {
    return start >= 0 && start < limit ? [-Infinity, Infinity] : [Infinity, -Infinity];
  }
  const [p, q] = [(room - start) / slope, (limit - room - start) / slope];
  return slope > 0 ? [p, q] : [q, p];
}

/** The plain form of the kernel: no border to think of, and places are whole numbers plus a share. */
export function sampleInside(
  { width, data }: RgbImage,
  { a, b, tx, c, d, ty }: Affine,
  v: number,
  [first, end]: Span,
  { scale, shifts: [shiftR, shiftG, shiftB] }: Tone,
  out: Float32Array,
  row: number,
  plane: number,
): void {
  const stride = width * 3;
  const [startX, startY] = [b * v + tx, d * v + ty];
  for (let u = first; u < end; u++) {
    const x = a * u + startX;
    const y = c * u + startY;
    const x0 = x | 0;
    const y0 = y | 0;
    const fx = x - x0;
    const fy = (y - y0) * scale;
    const w11 = fx * fy;
    const w10 = fy - w11;
    const w01 = fx * scale - w11;
    const w00 = scale - fy - w01;
    const i = (y0 * stride + x0 * 3) | 0;
    const j = (i + stride) | 0;
    const at = row + u;
    out[at] = data[i]! * w00 + data[i + 3]! * w01 + data[j]! * w10 + data[j + 3]! * w11 + shiftR;
    out[at + plane] =
      data[i + 1]! * w00 + data[i + 4]! * w01 + data[j + 1]! * w10 + data[j + 4]! * w11 + shiftG;
    out[at + 2 * plane] =
      data[i + 2]! * w00 + data[i + 5]! * w01 + data[j + 2]! * w10 + data[j + 5]! * w11 + shiftB;
  }
}

/** Samples some of whose four neighbours lie outside and count as black. */
export function sampleAtBorder(
  image: RgbImage,
  { a, b, tx, c, d, ty }: Affine,
  v: number,
  [first, end]: Span,
  { scale, shifts }: Tone,
  out: Float32Array,
  row: number,
  plane: number,
): void {
  const { width, height } = image;
  if (isBeyond(d * v + ty, c * first, c * (end - 1), height)) {
    shifts.forEach((shift, i) => {
      out.fill(shift, row + first + i * plane, row + end + i * plane);
    });
    return;
  }
  for (let u = first; u < end; u++) {
    const x = a * u + b * v + tx;
    const y = c * u + d * v + ty;
    const isOutside = x <= -1 || y <= -1 || x >= width || y >= height;
    for (let channel = 0; channel < 3; channel++) {
      const sum = isOutside ? 0 : blackOutside(image, x, y, channel);
      out[row + u + channel * plane] = sum * scale + shifts[channel]!;
    }
  }
}

/** Whether both ends of a row, and so all of it, lie above or below the picture. */
function isBeyond(start: number, a: number, b: number, height: number): boolean {
  const [top, bottom] = [start + Math.min(a, b), start + Math.max(a, b)];
  return bottom <= -1 || top >= height;
}

function blackOutside({ width, height, data }: RgbImage, x: number, y: number, channel: number) {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  let sum = 0;
  for (let dy = 0; dy < 2; dy++) {
    for (let dx = 0; dx < 2; dx++) {
      const [px, py] = [x0 + dx, y0 + dy];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const weight = (dx ? x - x0 : 1 - x + x0) * (dy ? y - y0 : 1 - y + y0);
      sum += weight * data[(py * width + px) * 3 + channel]!;
    }
  }
  return sum;
}
