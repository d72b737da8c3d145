import type { RgbImage } from "#models/image.ts";
import {
  eyeCentres,
  type FaceLandmarks,
  meshBounds,
  meshIndex,
  meshPoint,
} from "#models/networks/mesh.ts";

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
  /** A part of the face lies beyond the picture's border. */
  readonly isCutOff?: boolean;
}

export const qualityLimits = {
  eyeDistancePxMin: 14,
  sharpnessMin: 0.06,
  exposureMin: 0.08,
  exposureMax: 0.95,
  yawDegreesMax: 55,
  pitchDegreesMax: 45,
  /** How much of the face may lie beyond the picture's border, as a share of its size. */
  cutOffMax: 0.1,
  /** From these on, more is no better: a face of 40 pixels between the eyes is as good as one of 60. */
  eyeDistancePxEnough: 40,
  sharpnessEnough: 0.15,
  /** What the mesh says of somebody who looks straight ahead (median of LFW). */
  levelPitchDegrees: 5,
  /** Such a frame counts so much for its track. */
  cutOffWeight: 0.5,
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
  const seen = seenOf(pose, eyeDistancePx, sharpness);
  const isCutOff = beyondBorder(image, landmarks) > qualityLimits.cutOffMax;
  const overall = isCutOff ? seen * qualityLimits.cutOffWeight : seen;
  return { eyeDistancePx, sharpness, exposure, ...pose, overall, reasons, isCutOff };
}

/**
 * A nod costs more than a turn, and size and sharpness only where they are wanting: this is what tells the
 * missed pairs of LFW from the others (`tebura evaluate quality`).
 */
function seenOf(
  { yawDegrees, pitchDegrees }: Pick<FaceQuality, "yawDegrees" | "pitchDegrees">,
  eyeDistancePx: number,
  sharpness: number,
): number {
  const { eyeDistancePxEnough, sharpnessEnough, levelPitchDegrees } = qualityLimits;
  const across = Math.max(0, Math.cos(toRadians(yawDegrees)));
  const down = Math.max(0, Math.cos(toRadians(pitchDegrees - levelPitchDegrees)));
  const size = Math.min(1, eyeDistancePx / eyeDistancePxEnough);
  return across * down ** 3 * Math.sqrt(size * Math.min(1, sharpness / sharpnessEnough));
}

/** How far the mesh reaches beyond the picture, as a share of its size; 0 or less where it does not. */
function beyondBorder({ width, height }: RgbImage, landmarks: FaceLandmarks): number {
  const { centre, size } = meshBounds(landmarks);
  const half = size / 2;
  const room = Math.min(centre.x, width - centre.x, centre.y, height - centre.y);
  // A face is about four fifths as wide as it is long: at the sides the mesh ends earlier.
  const isSide = room === centre.x || room === width - centre.x;
  return ((isSide ? 0.8 : 1) * half - room) / size;
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
      const x = centre.x + (column - gridCells / 2) * step;
      const value = lumaAt(image, x, centre.y + (row - gridCells / 2) * step);
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
function lumaAt({ width, height, data }: RgbImage, x: number, y: number): number {
  const column = Math.min(width - 1, Math.max(0, Math.round(x)));
  const row = Math.min(height - 1, Math.max(0, Math.round(y)));
  const i = (row * width + column) * 3;
  return (0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!) / 255;
}
