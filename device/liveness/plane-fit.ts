import { LeastSquares } from "./least-squares.ts";
import { type MeshPoints, rigidPoints } from "./mesh-points.ts";

/** How the face of one frame became the face of another. Lengths in shares of the face's spread. */
export interface PlaneFit {
  /**
   * How far points near the camera moved against those behind them: the sine of a solid head's turn,
   * and 0 for a picture of a face, whose nose is as flat as its ears. A vector, so that it can be averaged.
   */
  readonly parallax: readonly [x: number, y: number];
  /** What the depths cannot explain beside the plane: expression, and the mesh's own noise. */
  readonly noise: number;
  /** Residual of the plane alone, root mean square. */
  readonly residual: number;
  /** Motion that is no shift, turn in the picture or change of distance, root mean square. */
  readonly motion: number;
  /** By how much a plane would have had to turn for this squeeze, in degrees. */
  readonly squeezeDegrees: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/**
 * Fits a homography, and beside it a share of each point's depth, to the motion between two frames.
 * Written out, x' = (ax + by + c + pz) / (1 + gx + hy) and the same for y' with q: linear once multiplied out. A
 * plane needs no p and q (Hartley and Zisserman, "Multiple View Geometry", 13.3: plane plus parallax).
 * Undefined where the points do not span a face.
 */
export function fitPlane(from: MeshPoints, to: MeshPoints): PlaneFit | undefined {
  const before = spread(from);
  const after = spread(to);
  if (!before || !after) return undefined;
  const flat = solve(before, after, false);
  const deep = solve(before, after, true);
  if (!flat || !deep) return undefined;
  const parallax: readonly [number, number] = [deep.h[8]!, deep.h[9]!];
  return {
    parallax,
    noise: deep.residual,
    residual: flat.residual,
    motion: beyondSimilarity(before, after),
    squeezeDegrees: squeezeOf(flat.h),
  };
}

/** Centred, and scaled to a mean square of 1, so that the equations are well conditioned. */
function spread(points: MeshPoints): readonly Place[] | undefined {
  const places = rigidPoints.map((i) => ({
    x: points[i * 3]!,
    y: points[i * 3 + 1]!,
    z: points[i * 3 + 2]!,
  }));
  const mean = { x: 0, y: 0, z: 0 };
  for (const { x, y, z } of places) {
    mean.x += x / places.length;
    mean.y += y / places.length;
    mean.z += z / places.length;
  }
  let squares = 0;
  for (const { x, y } of places) squares += (x - mean.x) ** 2 + (y - mean.y) ** 2;
  const scale = Math.sqrt(places.length / squares);
  if (!Number.isFinite(scale)) return undefined;
  return places.map(({ x, y, z }) => ({
    x: (x - mean.x) * scale,
    y: (y - mean.y) * scale,
    z: (z - mean.z) * scale,
  }));
}

function solve(from: readonly Place[], to: readonly Place[], withDepth: boolean) {
  const system = new LeastSquares(withDepth ? 10 : 8);
  const depth = (x: number, y: number) => (withDepth ? [x, y] : []);
  for (const [i, { x, y, z }] of from.entries()) {
    const { x: u, y: v } = to[i]!;
    system.add([x, y, 1, 0, 0, 0, -x * u, -y * u, ...depth(z, 0)], u);
    system.add([0, 0, 0, x, y, 1, -x * v, -y * v, ...depth(0, z)], v);
  }
  const h = system.solve();
  if (!h) return undefined;
  let squares = 0;
  for (const [i, { x, y, z }] of from.entries()) {
    const below = 1 + h[6]! * x + h[7]! * y;
    const u = (h[0]! * x + h[1]! * y + h[2]! + (withDepth ? h[8]! * z : 0)) / below;
    const v = (h[3]! * x + h[4]! * y + h[5]! + (withDepth ? h[9]! * z : 0)) / below;
    squares += (u - to[i]!.x) ** 2 + (v - to[i]!.y) ** 2;
  }
  return { h, residual: Math.sqrt(squares / from.length) };
}

/** What is left of the motion after the best shift, turn and scale (Umeyama 1991). */
function beyondSimilarity(from: readonly Place[], to: readonly Place[]): number {
  let [along, across] = [0, 0];
  for (const [i, { x, y }] of from.entries()) {
    along += x * to[i]!.x + y * to[i]!.y;
    across += x * to[i]!.y - y * to[i]!.x;
  }
  const [a, c] = [along / from.length, across / from.length];
  let squares = 0;
  for (const [i, { x, y }] of from.entries()) {
    squares += (a * x - c * y - to[i]!.x) ** 2 + (c * x + a * y - to[i]!.y) ** 2;
  }
  return Math.sqrt(squares / from.length);
}

/** The ratio of the singular values of the homography's linear part, as the turn of a plane. */
function squeezeOf(h: Float64Array): number {
  const [a, b, c, d] = [h[0]!, h[1]!, h[3]!, h[4]!];
  const [sum, difference] = [Math.hypot(a + d, c - b), Math.hypot(a - d, c + b)];
  const ratio = Math.abs(sum - difference) / (sum + difference);
  return (Math.acos(Math.min(1, ratio)) * 180) / Math.PI;
}
