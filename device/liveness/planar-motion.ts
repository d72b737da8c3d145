import type { MeshPoints } from "./mesh-points.ts";
import { fitPlane, type PlaneFit } from "./plane-fit.ts";

/** What a track's motion says of depth. */
export interface TrackMotion {
  /** The largest turn that only a solid explains, in degrees: near 0 for a flat picture, however held. */
  readonly solidDegrees: number;
  /** The largest turn that a plane would need for the face's squeeze, in degrees. */
  readonly squeezeDegrees: number;
  /** Of the motion beyond shift, turn and scale: the share that a plane cannot explain, 0 to 1. */
  readonly nonPlanarShare: number;
  /** The largest such motion, root mean square in shares of the face's spread. */
  readonly motion: number;
}

export interface MotionLimits {
  /** A turn of so many degrees with parallax proves a solid, */
  readonly solidDegreesMin: number;
  /** where it is this share of the turn that the squeeze calls for. */
  readonly solidShareMin: number;
  /** Below this share it is a plane's, */
  readonly flatShareMax: number;
  /** once the squeeze calls for a turn of so many degrees, */
  readonly squeezeDegreesMin: number;
  /** and the face really changed by so much: of a still one the mesh's noise is all there is. */
  readonly flatMotionMin: number;
}

/**
 * Set on made videos of 20 photographs. A face mesh is a network that knows faces: it claims up to
 * 6° of parallax in a picture that is turned, so that a real turn must exceed that.
 */
export const defaultMotionLimits: MotionLimits = {
  solidDegreesMin: 9,
  solidShareMin: 0.4,
  flatShareMax: 0.25,
  squeezeDegreesMin: 12,
  flatMotionMin: 0.03,
};

/** Frames that every other is compared with: enough that one of them shows the face at its most frontal. */
const referencesMax = 4;
/** The largest values are taken as this quantile, so that one frame's misplaced mesh decides nothing. */
const quantile = 0.9;

/**
 * Measures a track against several of its own frames. Undefined for fewer than `framesMin` frames:
 * a photograph and a face look the same while neither moves.
 */
export function trackMotion(frames: readonly MeshPoints[], framesMin = 5): TrackMotion | undefined {
  if (frames.length < framesMin) return undefined;
  const best = references(frames)
    .map((reference) => against(reference, frames))
    .toSorted((a, b) => b.solidDegrees - a.solidDegrees);
  // A turn is seen whole only from one end of it, so the reference that saw most of it counts.
  return { ...best[0]!, squeezeDegrees: Math.max(...best.map((b) => b.squeezeDegrees)) };
}

function references(frames: readonly MeshPoints[]): readonly MeshPoints[] {
  const count = Math.min(referencesMax, frames.length);
  return Array.from(
    { length: count },
    (_, i) => frames[Math.floor(((i + 0.5) * frames.length) / count)]!,
  );
}

function against(reference: MeshPoints, frames: readonly MeshPoints[]): TrackMotion {
  const fits = frames
    .filter((frame) => frame !== reference)
    .map((frame) => fitPlane(reference, frame))
    .filter((fit) => fit !== undefined);
  const motions = fits.map((fit) => fit.motion);
  const motion = atQuantile(motions);
  const moving = fits.filter((fit) => fit.motion >= motion);
  return {
    solidDegrees: degrees(Math.asin(Math.min(1, atQuantile(smoothParallax(fits))))),
    squeezeDegrees: atQuantile(fits.map((fit) => fit.squeezeDegrees)),
    nonPlanarShare: mean(
      moving.map((fit) => fit.residual / Math.max(fit.motion, fit.residual, 1e-9)),
    ),
    motion,
  };
}

/** Length of the parallax averaged over three neighbouring frames: a head turns, noise jumps. */
function smoothParallax(fits: readonly PlaneFit[]): readonly number[] {
  return fits.slice(2).map((last, i) => {
    const three = [fits[i]!, fits[i + 1]!, last];
    return Math.hypot(
      mean(three.map((fit) => fit.parallax[0])),
      mean(three.map((fit) => fit.parallax[1])),
    );
  });
}

function atQuantile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

const degrees = (radians: number) => (radians * 180) / Math.PI;

/** "solid" and "flat" are proofs; "unmoved" says that nothing turned far enough to tell. */
export function judgeMotion(
  motion: TrackMotion | undefined,
  limits: MotionLimits = defaultMotionLimits,
): "solid" | "flat" | "unmoved" {
  if (!motion) return "unmoved";
  const share = motion.solidDegrees / Math.max(1e-9, motion.squeezeDegrees);
  const turned = motion.squeezeDegrees >= limits.squeezeDegreesMin;
  if (turned && motion.motion >= limits.flatMotionMin && share < limits.flatShareMax) return "flat";
  const solid = motion.solidDegrees >= limits.solidDegreesMin && share >= limits.solidShareMin;
  return solid ? "solid" : "unmoved";
}
