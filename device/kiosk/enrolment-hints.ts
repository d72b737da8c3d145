import { errorCodeOf } from "#contract/errors.ts";
import { theOneFace } from "../enrolment/one-face.ts";
import type { QualityReason } from "../vision/quality.ts";
import type { Observation } from "../vision/vision.ts";
import type { EnrolmentHint } from "./messages.ts";

/** How the head is held. Left and right are the person's own, which a mirror shows on the same side. */
export type Pose = "front" | "left" | "right";

/** What a picture must be to be kept; a door takes less, since it sees a face many times. */
export const enrolmentPicture = {
  eyeDistancePxMin: 28,
  /** Ahead is within this of straight; a turn is beyond it, and not so far that half the face is gone. */
  aheadDegreesMax: 10,
  turnDegreesMax: 40,
  pitchDegreesMax: 35,
} as const;

/** What to say about each thing that is wrong with a picture. */
const hintOf: Readonly<Record<QualityReason, EnrolmentHint>> = {
  "too-far": "closer",
  blurred: "hold-still",
  "too-dark": "more-light",
  "too-bright": "less-light",
  "turned-away": "look-here",
};

/** A face that can be kept for a pose, or what the person could change, one thing at a time. */
export type Sight =
  | { readonly face: Observation; readonly hint: "hold-still" }
  | { readonly face: undefined; readonly hint: EnrolmentHint };

/** What is asked of a picture at one moment of a sitting. */
export interface Wish {
  readonly pose: Pose;
  /** Whoever cannot turn the head, or uncover the face, is taken as they are. */
  readonly asIs: boolean;
  /** Whether a mask or dark glasses seem to lie over a face. */
  isCovered(face: Observation): boolean;
}

/** Looks at the faces of one frame. */
export function sightOf(faces: readonly Observation[], wish: Wish): Sight {
  const face = oneFace(faces);
  if (typeof face === "string") return { face: undefined, hint: face };
  const hint = hintFor(face, wish);
  return hint === undefined ? { face, hint: "hold-still" } : { face: undefined, hint };
}

function oneFace(faces: readonly Observation[]): Observation | EnrolmentHint {
  try {
    return theOneFace(faces, "the camera's picture");
  } catch (error) {
    return errorCodeOf(error) === "FACE_AMBIGUOUS" ? "one-person" : "nobody";
  }
}

function hintFor(face: Observation, wish: Wish): EnrolmentHint | undefined {
  const { reasons, eyeDistancePx, yawDegrees, pitchDegrees } = face.quality;
  const { pose, asIs } = wish;
  const [first] = reasons;
  if (first !== undefined) return hintOf[first];
  const { eyeDistancePxMin, aheadDegreesMax, turnDegreesMax, pitchDegreesMax } = enrolmentPicture;
  if (eyeDistancePx < eyeDistancePxMin) return "closer";
  if (Math.abs(pitchDegrees) > pitchDegreesMax) return "look-here";
  if (Math.abs(yawDegrees) > turnDegreesMax) return "look-here";
  if (!asIs && wish.isCovered(face)) return "uncover";
  const held =
    yawDegrees > aheadDegreesMax ? "left" : yawDegrees < -aheadDegreesMax ? "right" : "front";
  if (held === pose || asIs) return undefined;
  return pose === "front" ? "look-here" : (`turn-${pose}` as const);
}
