import type { Point, RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import type { NetworkSession } from "../session.ts";
import { cropAround } from "../warp.ts";
import type { DetectedFace } from "./detector.ts";

const side = 192;
const pointCount = 468;
/** The crop is this much larger than the mesh. */
const margin = 1.5;
/** The detector's box is smaller than the mesh by so much, and its middle lies lower (medians of LFW). */
const fromBox = { margin: 1.6, up: 0.02 } as const;
/** Below both, a second look is wasted: what is mistaken for a face has a presence near 0. */
const weak = { score: 0.5, presence: 0.1 } as const;
/** A crop this near to the one that the mesh itself asks for need not be cut again. */
const near = { size: 0.13, shift: 0.06, radians: 0.1 } as const;
/** Of a crop so many pixels wide (eyes some 40 apart) half as much again: only small faces gain by a second look. */
const large = { sizePx: 160, slack: 1.5 } as const;

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
   * Lays the mesh over a face that the detector has found. Where the first crop turns out to be off, as
   * with tilted and half-turned heads, whose detected points are rough, it runs again in a crop
   * that is turned and sized by the first mesh.
   */
  async landmarks(image: RgbImage, { box, eyes, score }: DetectedFace): Promise<FaceLandmarks> {
    const radians = angleOf(eyes);
    const size = Math.max(box.width, box.height) * fromBox.margin;
    const up = size * fromBox.up;
    const centre = {
      x: box.x + box.width / 2 + up * Math.sin(radians),
      y: box.y + box.height / 2 - up * Math.cos(radians),
    };
    const cut = { centre, size, radians };
    const first = await this.#run(image, cut);
    // What the detector doubts and the mesh does not see at all is no face in any crop.
    if (score < weak.score && first.presence < weak.presence) return first;
    const wanted = cutAround(first);
    return isNear(cut, wanted) ? first : await this.#run(image, wanted);
  }

  /** Lays the mesh over a face whose mesh in the frame before is known: one run, and no detector. */
  async follow(image: RgbImage, before: FaceLandmarks): Promise<FaceLandmarks> {
    return await this.#run(image, cutAround(before));
  }

  async #run(image: RgbImage, { centre, size, radians }: Cut): Promise<FaceLandmarks> {
    const affine = cropAround(centre, size, radians, side);
    this.#input.warp(image, affine, side, this.#session.entry.preprocessing);
    const { mesh, presence } = await this.#session.run(this.#input.values, [1, 3, side, side]);
    const points = new Float32Array(pointCount * 3);
    const seen = mesh!.data;
    const { a, b, tx, c, d, ty } = affine;
    for (let i = 0; i < points.length; i += 3) {
      const [u, v] = [seen[i]!, seen[i + 1]!];
      points[i] = a * u + b * v + tx;
      points[i + 1] = c * u + d * v + ty;
      points[i + 2] = (seen[i + 2]! * size) / side;
    }
    return { points, presence: presence!.data[0]! };
  }
}

/** A square around a face, turned with it; sizes in pixels of the picture. */
interface Cut {
  readonly centre: Point;
  readonly size: number;
  readonly radians: number;
}

function cutAround(landmarks: FaceLandmarks): Cut {
  const { centre, size } = meshBounds(landmarks);
  return { centre, size: size * margin, radians: angleOf(eyeCentres(landmarks)) };
}

function isNear(a: Cut, b: Cut): boolean {
  const shift = Math.hypot(a.centre.x - b.centre.x, a.centre.y - b.centre.y) / a.size;
  const turn = Math.abs(a.radians - b.radians);
  const growth = Math.abs(b.size / a.size - 1);
  const slack = a.size >= large.sizePx ? large.slack : 1;
  return shift < near.shift * slack && turn < near.radians * slack && growth < near.size * slack;
}

function angleOf([left, right]: readonly [left: Point, right: Point]): number {
  return Math.atan2(right.y - left.y, right.x - left.x);
}

/** The middle of a mesh, and the longer side of the rectangle around it, in pixels of the picture. */
export function meshBounds({ points }: FaceLandmarks): { centre: Point; size: number } {
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
