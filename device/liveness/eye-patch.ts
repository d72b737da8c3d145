import type { RgbImage } from "#models/image.ts";
import type { MeshPoints } from "./mesh-points.ts";

/** Small pictures of both eyes and of the nose, laid out by the mesh; mean 0, length 1. */
export interface FacePatches {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly nose: Float32Array;
}

const [columns, rows] = [16, 9];
/** Outer and inner corner of each eye; both wings of the nose. */
const patchCorners = { left: [33, 133], right: [263, 362], nose: [48, 278] } as const;
/** How far a patch reaches beyond its corners, and how high it is, in distances between them. */
const [beyond, height] = [0.1, 0.7];

export function facePatches(image: RgbImage, points: MeshPoints): FacePatches {
  return {
    left: patch(image, points, patchCorners.left),
    right: patch(image, points, patchCorners.right),
    nose: patch(image, points, patchCorners.nose),
  };
}

export function wipePatches({ left, right, nose }: FacePatches): void {
  for (const part of [left, right, nose]) part.fill(0);
}

function patch(image: RgbImage, points: MeshPoints, [a, b]: readonly [number, number]) {
  const [x, y] = [points[a * 3]!, points[a * 3 + 1]!];
  const [dx, dy] = [points[b * 3]! - x, points[b * 3 + 1]! - y];
  // Down is the same way in both eyes, though their outer corners lie on different sides.
  const turn = dx < 0 ? -1 : 1;
  const values = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const u = (column / (columns - 1)) * (1 + 2 * beyond) - beyond;
      const v = (row / (rows - 1) - 0.5) * height * turn;
      values[row * columns + column] = luma(image, x + u * dx - v * dy, y + u * dy + v * dx);
    }
  }
  return normalised(values);
}

function normalised(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const length = Math.hypot(...values.map((value) => value - mean)) || 1;
  return values.map((value) => (value - mean) / length);
}

/** Rec. 601, between four pixels; the border's beyond it. */
function luma({ width, height: rowsIn, data }: RgbImage, x: number, y: number): number {
  const [left, top] = [clamp(Math.floor(x), width - 2), clamp(Math.floor(y), rowsIn - 2)];
  const [s, t] = [Math.max(0, Math.min(1, x - left)), Math.max(0, Math.min(1, y - top))];
  const at = (column: number, row: number) => {
    const i = (row * width + column) * 3;
    return 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
  };
  const upper = (1 - s) * at(left, top) + s * at(left + 1, top);
  const lower = (1 - s) * at(left, top + 1) + s * at(left + 1, top + 1);
  return (1 - t) * upper + t * lower;
}

const clamp = (value: number, max: number) => Math.max(0, Math.min(max, value));

/**
 * For each frame, by how much both eyes look less like the track's usual eyes than its nose looks like
 * the usual nose: 0 as ever, 0.4 shut. Blur, light and a misplaced mesh change all three alike.
 */
export function eyeChanges(track: readonly FacePatches[]): readonly number[] {
  const usual = {
    left: medianPatch(track.map(({ left }) => left)),
    right: medianPatch(track.map(({ right }) => right)),
    nose: medianPatch(track.map(({ nose }) => nose)),
  };
  return track.map(({ left, right, nose }) => {
    // A change counts in both eyes: a reflection that crosses glasses covers one at a time.
    const eyes = Math.max(likeness(left, usual.left), likeness(right, usual.right));
    return Math.max(0, likeness(nose, usual.nose) - eyes);
  });
}

function medianPatch(patches: readonly Float32Array[]): Float32Array {
  const middle = new Float32Array(columns * rows);
  for (let i = 0; i < middle.length; i++) {
    middle[i] = patches.map((each) => each[i]!).sort((a, b) => a - b)[patches.length >> 1] ?? 0;
  }
  return normalised(middle);
}

function likeness(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
