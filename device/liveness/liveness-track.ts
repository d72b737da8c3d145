import type { Point, RgbImage } from "#models/image.ts";
import { eyeCentres, type FaceLandmarks } from "#models/networks/mesh.ts";
import { bezelReach, bezelSide, straightSides } from "./bezel.ts";
import { type Expression, expressionOf, eyesOpenShares } from "./expression.ts";
import { facePatches, wipePatches } from "./eye-patch.ts";
import { type Brightness, flickerOf } from "./flicker.ts";
import { meanOf, nativeCrop, shrunkCrop } from "./grey-crop.ts";
import { moireDecibels, moireSide } from "./moire.ts";
import { trackMotion } from "./planar-motion.ts";
import type { LivenessEvidence } from "./verdict.ts";

/** A face of one frame as far as liveness needs it; an Observation is one. */
export interface SeenFace {
  readonly landmarks: FaceLandmarks;
  readonly quality: { readonly yawDegrees: number };
}

/** On smaller faces the mesh's noise is as large as a blink or a small turn: they are not judged. */
const eyeDistancePxMin = 28;
/** The eyes of now are compared with so many frames before. */
const recentFrames = 45;

/** Frames of a track that are kept; the oldest go first. A few hundred kilobytes for each person. */
const framesMax = 90;
/** A face's width is about twice the distance of its eyes. */
const facePerEyes = 2;
const enclosingSides = 3;
/** Brightness is compared with the outermost of the crop, beyond a telephone that shows the face. */
const aroundMargin = 0.2;

interface KeptFrame {
  readonly points: Float32Array;
  readonly expression: Expression;
}

/**
 * Gathers what liveness is judged by while one face is followed: meshes, and a few
 * numbers for each frame. Of the pixels only stamps of eyes and nose (16 × 9 each) are kept,
 * until `wipe`.
 */
export class LivenessTrack {
  #frames: KeptFrame[] = [];
  #brightness: Brightness[] = [];
  #decibels: number[] = [];
  #seen = 0;
  #enclosed = 0;

  /** Returns whether the face was large enough to be judged. */
  add(image: RgbImage, { landmarks }: SeenFace, atMs: number): boolean {
    const [left, right] = eyeCentres(landmarks);
    const eyeDistancePx = Math.hypot(right.x - left.x, right.y - left.y);
    if (!(eyeDistancePx >= eyeDistancePxMin)) return false;
    this.#frames.push({
      points: landmarks.points.slice(),
      expression: expressionOf(landmarks.points, atMs, facePatches(image, landmarks.points)),
    });
    const width = facePerEyes * eyeDistancePx;
    const centre: Point = {
      x: (left.x + right.x) / 2,
      y: (left.y + right.y) / 2 + 0.25 * width,
    };
    const crop = width >= moireSide ? nativeCrop(image, centre, moireSide) : undefined;
    if (crop) this.#decibels.push(moireDecibels(crop));
    const wide = shrunkCrop(image, centre, bezelReach * width, bezelSide);
    if (straightSides(wide) >= enclosingSides) this.#enclosed += 1;
    this.#seen += 1;
    const face = meanOf(shrunkCrop(image, centre, 0.8 * width, 16));
    this.#brightness.push({ atMs, face, around: meanOf(wide, aroundMargin) });
    if (this.#frames.length > framesMax) wipeFrame(this.#frames.shift()!);
    if (this.#brightness.length > framesMax) this.#brightness.shift();
    if (this.#decibels.length > framesMax) this.#decibels.shift();
    return true;
  }

  /** How open the eyes are in the newest frame: 1 as usual for this person. */
  eyesOpenNow(): number {
    const recent = this.#frames.slice(-recentFrames).map(({ expression }) => expression);
    return eyesOpenShares(recent).at(-1) ?? 1;
  }

  evidence(): LivenessEvidence {
    return {
      expressions: this.#frames.map(({ expression }) => expression),
      motion: trackMotion(this.#frames.map(({ points }) => points)),
      screen: {
        moireDecibels: median(this.#decibels),
        enclosedShare: this.#enclosed / Math.max(1, this.#seen),
        flicker: flickerOf(this.#brightness),
      },
    };
  }

  /** Forgets the face. */
  wipe(): void {
    for (const frame of this.#frames) wipeFrame(frame);
    this.#frames = [];
    this.#brightness = [];
  }
}

function wipeFrame({ points, expression }: KeptFrame): void {
  points.fill(0);
  if (expression.patches) wipePatches(expression.patches);
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
