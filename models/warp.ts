import type { Point } from "./image.ts";

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
