import type { Point, RgbImage } from "./image.ts";
import type { Preprocessing } from "./manifest.ts";

/** Maps (u, v) of a crop to (x, y) of a picture: x = a·u + b·v + tx, y = c·u + d·v + ty. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

/** Where a point of the crop lies in the picture. */
export function applyAffine({ a, b, tx, c, d, ty }: Affine, u: number, v: number): Point {
  return { x: a * u + b * v + tx, y: c * u + d * v + ty };
}

/** A square crop of `side` pixels around `centre`, turned by `radians`, `size` picture pixels wide. */
export function cropAround(centre: Point, size: number, radians: number, side: number): Affine {
  const scale = size / side;
  const [cos, sin] = [scale * Math.cos(radians), scale * Math.sin(radians)];
  const half = (side - 1) / 2;
  return {
    a: cos,
    b: -sin,
    tx: centre.x - half * (cos - sin),
    c: sin,
    d: cos,
    ty: centre.y - half * (sin + cos),
  };
}

/** The crop seen in a mirror. */
export function mirrored({ a, b, tx, c, d, ty }: Affine, side: number): Affine {
  return { a: -a, b, tx: tx + a * (side - 1), c: -c, d, ty: ty + c * (side - 1) };
}

/**
 * The similarity (turn, scale, shift) that carries `from` onto `to` with the least squared error:
 * Umeyama, "Least-squares estimation of transformation parameters", 1991, in the plane.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Affine {
  const [p, q] = [centroid(from), centroid(to)];
  let along = 0;
  let across = 0;
  let spread = 0;
  from.forEach((point, i) => {
    const target = to[i] ?? q;
    const [x, y] = [point.x - p.x, point.y - p.y];
    const [u, v] = [target.x - q.x, target.y - q.y];
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  });
  const [a, c] = [along / spread, across / spread];
  return { a, b: -c, tx: q.x - a * p.x + c * p.y, c, d: a, ty: q.y - c * p.x - a * p.y };
}

function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/**
 * Samples a square crop straight into a planar tensor (all red, all green, all blue) with bilinear
 * interpolation, and applies the network's preprocessing. Outside the picture is black.
 */
export function warpToTensor(
  image: RgbImage,
  affine: Affine,
  side: number,
  { mean, scale }: Pick<Preprocessing, "mean" | "scale">,
  out: Float32Array,
  offset = 0,
): void {
  const plane = side * side;
  const shifts = [-mean[0] * scale, -mean[1] * scale, -mean[2] * scale] as const;
  for (let v = 0; v < side; v++) {
    const row = offset + v * side;
    const [first, end] = insideOf(image, affine, side, v);
    warpInside(image, affine, v, first, end, plane, scale, shifts, out, row);
    for (let u = 0; u < side; u++) {
      if (u === first) u = Math.max(u, end);
      if (u >= side) break;
      const x = affine.a * u + affine.b * v + affine.tx;
      const y = affine.c * u + affine.d * v + affine.ty;
      sampleAtBorder(image, x, y, row + u, plane, scale, shifts, out);
    }
  }
}

/** The columns of a row of the crop whose four neighbours all lie inside the picture. */
function insideOf(
  { width, height }: RgbImage,
  { a, b, tx, c, d, ty }: Affine,
  side: number,
  v: number,
): readonly [first: number, end: number] {
  const [fromX, toX] = solve(a, b * v + tx, width - 1);
  const [fromY, toY] = solve(c, d * v + ty, height - 1);
  const first = Math.max(0, Math.ceil(Math.max(fromX, fromY)));
  const end = Math.min(side, Math.floor(Math.min(toX, toY)) + 1);
  return end > first ? [first, end] : [side, side];
}

/** A little room, so that rounding never reads outside. */
const room = 1e-6;

/** Where 0 <= slope × u + start < limit holds. */
function solve(slope: number, start: number, limit: number): readonly [from: number, to: number] {
  if (Math.abs(slope) < 1e-12) {
    return start >= 0 && start < limit ? [-Infinity, Infinity] : [Infinity, -Infinity];
  }
  const [p, q] = [(room - start) / slope, (limit - room - start) / slope];
  return slope > 0 ? [p, q] : [q, p];
}

/** The fast path: no border to think of, and places are whole numbers plus a share. */
function warpInside(
  { width, data }: RgbImage,
  { a, b, tx, c, d, ty }: Affine,
  v: number,
  first: number,
  end: number,
  plane: number,
  scale: number,
  [shiftR, shiftG, shiftB]: readonly [number, number, number],
  out: Float32Array,
  row: number,
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

/** The slow path: some of the four neighbours lie outside and count as black. */
function sampleAtBorder(
  { width, height, data }: RgbImage,
  x: number,
  y: number,
  at: number,
  plane: number,
  scale: number,
  shifts: readonly [number, number, number],
  out: Float32Array,
): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  if (x0 < -1 || y0 < -1 || x0 >= width || y0 >= height) {
    out[at] = shifts[0];
    out[at + plane] = shifts[1];
    out[at + 2 * plane] = shifts[2];
    return;
  }
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let dy = 0; dy < 2; dy++) {
      for (let dx = 0; dx < 2; dx++) {
        const [px, py] = [x0 + dx, y0 + dy];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const weight = (dx ? x - x0 : 1 - x + x0) * (dy ? y - y0 : 1 - y + y0);
        sum += weight * data[(py * width + px) * 3 + channel]!;
      }
    }
    out[at + channel * plane] = sum * scale + shifts[channel]!;
  }
}
