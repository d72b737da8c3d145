import type { CalibrationRow, LeadRow } from "../calibration.ts";
import type { RgbImage } from "../image.ts";
import type { DetectedFace } from "./detector.ts";
import type { FaceLandmarks } from "./mesh.ts";

/** Finds the faces of a picture, whatever network does it. */
export interface FaceFinder {
  /** The faces, the surest first. */
  detect(image: RgbImage): Promise<readonly DetectedFace[]>;
}

/** Describes faces as templates, whatever network does it. */
export interface FaceDescriber {
  /** Names the network and how it is fed: templates of different names never meet. */
  readonly model: string;
  readonly dimensions: number;
  /** What its scores promise. Empty where nobody has measured it: then nothing is promised. */
  readonly calibration: readonly CalibrationRow[];
  /** What its searches promise. Empty likewise: then bare scores and the number of people decide. */
  readonly leads: readonly LeadRow[];
  /**
   * The template of one face, of unit length. Cosine similarity compares two of them. With `turn`,
   * the number of the frame within its track, it may be made of one crop only.
   */
  describe(image: RgbImage, landmarks: FaceLandmarks, turn?: number): Promise<Float32Array>;
}
