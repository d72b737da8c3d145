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
  const { width, height, data } = image;
  const { a, b, tx, c, d, ty } = affine;
  const plane = side * side;
  const [shiftR, shiftG, shiftB] = [-mean[0] * scale, -mean[1] * scale, -mean[2] * scale];
  const [xMax, yMax] = [width - 1, height - 1];
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const x = a * u + b * v + tx;
      const y = c * u + d * v + ty;
      const at = offset + v * side + u;
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      if (x0 < 0 || y0 < 0 || x0 >= xMax || y0 >= yMax) {
        sampleAtBorder(image, x, y, at, plane, scale, out);
        out[at]! += shiftR;
        out[at + plane]! += shiftG;
        out[at + 2 * plane]! += shiftB;
        continue;
      }
      const fx = x - x0;
      const fy = y - y0;
      const w11 = fx * fy * scale;
      const w01 = fx * scale - w11;
      const w10 = fy * scale - w11;
      const w00 = scale - w01 - w10 - w11;
      const i = (y0 * width + x0) * 3;
      const j = i + width * 3;
      out[at] = data[i]! * w00 + data[i + 3]! * w01 + data[j]! * w10 + data[j + 3]! * w11 + shiftR;
      out[at + plane] =
        data[i + 1]! * w00 + data[i + 4]! * w01 + data[j + 1]! * w10 + data[j + 4]! * w11 + shiftG;
      out[at + 2 * plane] =
        data[i + 2]! * w00 + data[i + 5]! * w01 + data[j + 2]! * w10 + data[j + 5]! * w11 + shiftB;
    }
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
  out: Float32Array,
): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
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
    out[at + channel * plane] = sum * scale;
  }
}
