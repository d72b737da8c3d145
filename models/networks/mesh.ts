import type { Point, RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import type { NetworkSession } from "../session.ts";
import { applyAffine, cropAround } from "../warp.ts";
import type { DetectedFace } from "./detector.ts";

const side = 192;
const pointCount = 468;
/** The crop is this much larger than the face's box or mesh. */
const margin = 1.5;

/** Indices into the mesh, in the order of Google's face mesh (Kartynnik et al., 2019). */
export const meshIndex = {
  leftEyeCorners: [33, 133],
  rightEyeCorners: [362, 263],
  noseTip: 1,
  innerLips: [13, 14],
  mouthCorners: [61, 291],
  forehead: 10,
  chin: 152,
  cheeks: [234, 454],
} as const;

/** 468 points on a face. Left and right as in the picture. */
export interface FaceLandmarks {
  /** x, y and depth of each point; x and y in pixels of the picture, depth on the same scale. */
  readonly points: Float32Array;
  /** How sure the network is that the crop shows a face, 0 to 1. */
  readonly presence: number;
}

/** The mean of some points of a mesh, in pixels of the picture. */
export function meshPoint({ points }: FaceLandmarks, ...indices: readonly number[]): Point {
  let [x, y] = [0, 0];
  for (const index of indices) {
    x += points[index * 3]! / indices.length;
    y += points[index * 3 + 1]! / indices.length;
  }
  return { x, y };
}

/** The centres of the eyes, in pixels of the picture. */
export function eyeCentres(landmarks: FaceLandmarks): readonly [left: Point, right: Point] {
  return [
    meshPoint(landmarks, ...meshIndex.leftEyeCorners),
    meshPoint(landmarks, ...meshIndex.rightEyeCorners),
  ];
}

/** Lays the face mesh over a detected face. */
export class FaceMesh {
  readonly #session: NetworkSession;
  readonly #input = openInput(3 * side * side);

  constructor(session: NetworkSession) {
    this.#session = session;
  }

  /**
   * Runs twice: the second crop is turned and sized by the first mesh, which matters for tilted and
   * half-turned heads, where the detector's points are rough.
   */
  async landmarks(image: RgbImage, face: DetectedFace): Promise<FaceLandmarks> {
    const { box, eyes } = face;
    const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const size = Math.max(box.width, box.height) * margin;
    const first = await this.#run(image, centre, size, angleOf(eyes));
    const bounds = boundsOf(first.points);
    return await this.#run(image, bounds.centre, bounds.size * margin, angleOf(eyeCentres(first)));
  }

  async #run(image: RgbImage, centre: Point, size: number, radians: number) {
    const affine = cropAround(centre, size, radians, side);
    this.#input.warp(image, affine, side, this.#session.entry.preprocessing);
    const { mesh, presence } = await this.#session.run(this.#input.values, [1, 3, side, side]);
    const points = new Float32Array(pointCount * 3);
    for (let i = 0; i < points.length; i += 3) {
      const { x, y } = applyAffine(affine, mesh!.data[i]!, mesh!.data[i + 1]!);
      points[i] = x;
      points[i + 1] = y;
      points[i + 2] = (mesh!.data[i + 2]! * size) / side;
    }
    return { points, presence: presence!.data[0]! };
  }
}

function angleOf([left, right]: readonly [left: Point, right: Point]): number {
  return Math.atan2(right.y - left.y, right.x - left.x);
}

function boundsOf(points: Float32Array): { centre: Point; size: number } {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 3) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  return {
    centre: { x: (left + right) / 2, y: (top + bottom) / 2 },
    size: Math.max(right - left, bottom - top),
  };
}
