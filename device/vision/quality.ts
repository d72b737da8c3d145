import type { Point, RgbImage } from "#models/image.ts";
import { eyeCentres, type FaceLandmarks, meshIndex, meshPoint } from "#models/networks/mesh.ts";

/** What is wrong with a picture of a face, as something that the person can change. */
export type QualityReason = "too-far" | "blurred" | "too-dark" | "too-bright" | "turned-away";

/** In the spirit of ISO/IEC 29794-5: each component on its own, and what a person can do. */
export interface FaceQuality {
  readonly eyeDistancePx: number;
  /** 0 blurred, 1 sharp. */
  readonly sharpness: number;
  /** Mean brightness of the skin, 0 black, 1 white. */
  readonly exposure: number;
  readonly yawDegrees: number;
  readonly pitchDegrees: number;
  readonly rollDegrees: number;
  /** One number to choose between frames of a track: 0 useless, 1 as good as it gets. */
  readonly overall: number;
  readonly reasons: readonly QualityReason[];
}

export const qualityLimits = {
  eyeDistancePxMin: 14,
  sharpnessMin: 0.06,
  exposureMin: 0.08,
  exposureMax: 0.95,
  yawDegreesMax: 55,
  pitchDegreesMax: 45,
} as const;

/** Assesses one face from its mesh and the pixels between its cheeks. */
export function assessQuality(image: RgbImage, landmarks: FaceLandmarks): FaceQuality {
  const [left, right] = eyeCentres(landmarks);
  const eyeDistancePx = Math.hypot(right.x - left.x, right.y - left.y);
  const pose = poseOf(landmarks);
  const { sharpness, exposure } = textureOf(image, landmarks, eyeDistancePx);
  const reasons: QualityReason[] = [];
  if (eyeDistancePx < qualityLimits.eyeDistancePxMin) reasons.push("too-far");
  if (sharpness < qualityLimits.sharpnessMin) reasons.push("blurred");
  if (exposure < qualityLimits.exposureMin) reasons.push("too-dark");
  if (exposure > qualityLimits.exposureMax) reasons.push("too-bright");
  if (
    Math.abs(pose.yawDegrees) > qualityLimits.yawDegreesMax ||
    Math.abs(pose.pitchDegrees) > qualityLimits.pitchDegreesMax
  ) {
    reasons.push("turned-away");
  }
  const frontal = Math.cos(toRadians(pose.yawDegrees)) * Math.cos(toRadians(pose.pitchDegrees));
  const size = Math.min(1, eyeDistancePx / 60);
  const overall = Math.max(0, frontal) * Math.sqrt(size * Math.min(1, sharpness / 0.3));
  return { eyeDistancePx, sharpness, exposure, ...pose, overall, reasons };
}

const toDegrees = (radians: number) => (radians * 180) / Math.PI;
const toRadians = (degrees: number) => (degrees * Math.PI) / 180;

/** Turn, nod and tilt of the head, from the mesh's depth across the cheeks and down the face. */
function poseOf(landmarks: FaceLandmarks) {
  const at = (index: number) => {
    const { x, y } = meshPoint(landmarks, index);
    return { x, y, z: landmarks.points[index * 3 + 2]! };
  };
  const [leftCheek, rightCheek] = [at(meshIndex.cheeks[0]), at(meshIndex.cheeks[1])];
  const [forehead, chin] = [at(meshIndex.forehead), at(meshIndex.chin)];
  const across = Math.hypot(rightCheek.x - leftCheek.x, rightCheek.y - leftCheek.y);
  const down = Math.hypot(chin.x - forehead.x, chin.y - forehead.y);
  return {
    yawDegrees: toDegrees(Math.atan2(rightCheek.z - leftCheek.z, across)),
    pitchDegrees: toDegrees(Math.atan2(chin.z - forehead.z, down)),
    rollDegrees: toDegrees(Math.atan2(rightCheek.y - leftCheek.y, rightCheek.x - leftCheek.x)),
  };
}

const gridCells = 32;

/** Brightness, and the share of detail between neighbours on a grid over the middle of the face. */
function textureOf(image: RgbImage, landmarks: FaceLandmarks, eyeDistance: number) {
  const centre = meshPoint(landmarks, meshIndex.noseTip, ...meshIndex.leftEyeCorners);
  const step = Math.max(1, (2 * eyeDistance) / gridCells);
  const luma = new Float32Array(gridCells * gridCells);
  let sum = 0;
  for (let row = 0; row < gridCells; row++) {
    for (let column = 0; column < gridCells; column++) {
      const value = lumaAt(image, {
        x: centre.x + (column - gridCells / 2) * step,
        y: centre.y + (row - gridCells / 2) * step,
      });
      luma[row * gridCells + column] = value;
      sum += value;
    }
  }
  const exposure = sum / luma.length;
  return { exposure, sharpness: detailOf(luma, exposure) };
}

/** The spread of the discrete Laplacian, relative to brightness so that a dim face is not "blurred". */
function detailOf(luma: Float32Array, exposure: number): number {
  let squares = 0;
  for (let row = 1; row < gridCells - 1; row++) {
    for (let column = 1; column < gridCells - 1; column++) {
      const i = row * gridCells + column;
      const around = luma[i - 1]! + luma[i + 1]! + luma[i - gridCells]! + luma[i + gridCells]!;
      squares += (4 * luma[i]! - around) ** 2;
    }
  }
  const spread = Math.sqrt(squares / (gridCells - 2) ** 2);
  return Math.min(1, spread / Math.max(exposure, 0.05));
}

/** Rec. 601 luma of the nearest pixel inside the picture, 0 to 1. */
function lumaAt({ width, height, data }: RgbImage, { x, y }: Point): number {
  const column = Math.min(width - 1, Math.max(0, Math.round(x)));
  const row = Math.min(height - 1, Math.max(0, Math.round(y)));
  const i = (row * width + column) * 3;
  return (0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!) / 255;
}
