import type { Challenge } from "./challenge.ts";
import {
  type BlinkLimits,
  defaultBlinkLimits,
  type Expression,
  findBlinks,
  mouthMovement,
} from "./expression.ts";
import {
  defaultMotionLimits,
  judgeMotion,
  type MotionLimits,
  type TrackMotion,
} from "./planar-motion.ts";
import {
  defaultScreenLimits,
  judgeScreen,
  type ScreenFinding,
  type ScreenLimits,
} from "./screen-verdict.ts";

/** Why a track passed or failed. Codes for logs and screens; none of them says who it was. */
export type LivenessReason =
  | "solid-motion"
  | "blinked"
  | "mouth-moved"
  | "challenge-passed"
  | "flat-motion"
  | "moire"
  | "bezel"
  | "flicker"
  | "challenge-timeout"
  | "challenge-wrong-act"
  | "challenge-face-lost"
  | "unmoved";

export interface LivenessVerdict {
  readonly liveness: "passed" | "failed" | "not-checked";
  readonly reasons: readonly LivenessReason[];
}

/** What a policy asks of a track before it believes in a living face. */
export interface LivenessPolicy {
  readonly motion: MotionLimits;
  readonly blink: BlinkLimits;
  readonly screen: ScreenLimits;
  /** A mouth that moves by less is still. */
  readonly mouthMovementMin: number;
  /** Signs of life that must be seen, each on its own. */
  readonly signsMin: number;
  /** "required": nothing passes without a challenge that was passed. */
  readonly challenge: "required" | "not-required";
}

export const defaultLivenessPolicy: LivenessPolicy = {
  motion: defaultMotionLimits,
  blink: defaultBlinkLimits,
  screen: defaultScreenLimits,
  mouthMovementMin: 0.15,
  signsMin: 1,
  challenge: "not-required",
};

/** Two signs of life, and a closer look for screens: stops more of the living as well. */
export const strictLivenessPolicy: LivenessPolicy = {
  ...defaultLivenessPolicy,
  screen: { ...defaultScreenLimits, moireDecibelsMax: 7.3, enclosedShareMax: 0.15 },
  signsMin: 2,
};

/** What was measured on one track. */
export interface LivenessEvidence {
  readonly expressions: readonly Expression[];
  readonly motion: TrackMotion | undefined;
  readonly screen: ScreenFinding | undefined;
  readonly challenge?: Challenge | undefined;
}

/**
 * Judges one track. Any sign of an attack fails it, whatever else was seen: a replayed video blinks
 * too. Without one it passes on enough signs of life; a flat picture that has none is "not-checked",
 * which a policy that requires liveness treats as unproven.
 */
export function judgeLiveness(
  evidence: LivenessEvidence,
  policy: LivenessPolicy = defaultLivenessPolicy,
): LivenessVerdict {
  const motion = judgeMotion(evidence.motion, policy.motion);
  const attack: LivenessReason[] = [];
  if (motion === "flat") attack.push("flat-motion");
  if (evidence.screen) attack.push(...judgeScreen(evidence.screen, policy.screen));
  const { challenge } = evidence;
  if (challenge?.state === "failed") attack.push(challenge.reason);
  if (attack.length > 0) return { liveness: "failed", reasons: attack };
  const life: LivenessReason[] = [];
  if (motion === "solid") life.push("solid-motion");
  if (findBlinks(evidence.expressions, policy.blink).length > 0) life.push("blinked");
  if (mouthMovement(evidence.expressions) >= policy.mouthMovementMin) life.push("mouth-moved");
  const signs = life.length;
  if (challenge?.state === "passed") life.push("challenge-passed");
  const challenged = policy.challenge === "not-required" || challenge?.state === "passed";
  // A challenge that was passed holds turns and a blink, seen when they were asked for.
  const enough = challenge?.state === "passed" || signs >= policy.signsMin;
  if (challenged && enough) return { liveness: "passed", reasons: life };
  return { liveness: "not-checked", reasons: life.length > 0 ? life : ["unmoved"] };
}
