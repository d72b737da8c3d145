import { eyeChanges, type FacePatches } from "./eye-patch.ts";
import { eyePoints, type MeshPoints, meshDistance, mouthPoints } from "./mesh-points.ts";

/** How open eyes and mouth are in one frame. Ratios, so that nobody's distance matters. */
export interface Expression {
  readonly atMs: number;
  /** Eye aspect ratio, the mean of both eyes: about 0.1 closed, 0.2 to 0.45 open. */
  readonly eyes: number;
  /** Gap between the lips over the mouth's width: 0 closed, 0.6 wide open. */
  readonly mouth: number;
  /** What the eyes look like, where the picture was at hand. */
  readonly patches?: FacePatches;
}

/**
 * The eye aspect ratio of Soukupová and Čech, "Real-Time Eye Blink Detection using Facial
 * Landmarks" (2016). Measured in space, so that a head that turns away does not seem to open its eyes.
 */
export function eyeAspectRatio(points: MeshPoints, eye: "left" | "right"): number {
  const [p1, p2, p3, p4, p5, p6] = eyePoints[eye];
  const across = meshDistance(points, p1, p4);
  const open = meshDistance(points, p2, p6) + meshDistance(points, p3, p5);
  return across > 0 ? open / (2 * across) : 0;
}

export function expressionOf(points: MeshPoints, atMs: number, patches?: FacePatches): Expression {
  const { upper, lower, left, right } = mouthPoints;
  const width = meshDistance(points, left, right);
  return {
    atMs,
    eyes: (eyeAspectRatio(points, "left") + eyeAspectRatio(points, "right")) / 2,
    mouth: width > 0 ? meshDistance(points, upper, lower) / width : 0,
    ...(patches ? { patches } : {}),
  };
}

export interface BlinkLimits {
  /** Eyes count as closed below this share of the track's own open eyes. */
  readonly closedShareMax: number;
  /** And as open again from this share on. */
  readonly openShareMin: number;
  /** A drop must exceed the track's usual jitter so many times. */
  readonly jitterTimesMin: number;
  /** Human blinks last 100 to 400 ms; shorter is a flaw in one frame's mesh, longer a gaze cast down. */
  readonly durationMsMax: number;
}

export const defaultBlinkLimits: BlinkLimits = {
  closedShareMax: 0.78,
  openShareMin: 0.86,
  jitterTimesMin: 4,
  durationMsMax: 700,
};

export interface Blink {
  readonly fromMs: number;
  readonly toMs: number;
  /** Lowest eye aspect ratio over the open eyes' one; 0 shut, 1 no blink at all. */
  readonly depth: number;
}

/** What this person's open eyes measure: people differ twofold, so the track is its own baseline. */
export function openEyes(values: readonly number[]): {
  readonly level: number;
  /** The usual difference from one frame to the next. */
  readonly jitter: number;
} {
  // Eyes are open most of the time: the upper part of the track's values is the open eye.
  const level = values.toSorted((a, b) => a - b)[Math.floor(0.7 * (values.length - 1))] ?? 0;
  const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
  return { level, jitter: steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0 };
}

/** A change of the eyes' look below this is noise. */
const changeIgnored = 0.03;
const changeWeight = 1.5;

/**
 * How open the eyes are in each frame: 1 as usual for this person, below about 0.8 shut. The mesh alone
 * sees a quarter of a blink on small faces, so the look of the eyes is asked too where it is known.
 */
export function eyesOpenShares(track: readonly Expression[]): readonly number[] {
  const { level } = openEyes(track.map(({ eyes }) => eyes));
  const patches = track.map((frame) => frame.patches).filter((each) => each !== undefined);
  const changes = patches.length === track.length ? eyeChanges(patches) : [];
  return track.map(({ eyes }, i) => {
    const change = Math.max(0, (changes[i] ?? 0) - changeIgnored);
    return Math.max(0, (level > 0 ? eyes / level : 1) - changeWeight * change);
  });
}

/**
 * Blinks of a track, oldest first: eyes that were open, closed for a moment and opened again. Eyes
 * that stay closed, or that are closed at either end of the track, are none.
 */
export function findBlinks(
  track: readonly Expression[],
  limits: BlinkLimits = defaultBlinkLimits,
): readonly Blink[] {
  const shares = eyesOpenShares(track);
  const { jitter } = openEyes(shares);
  const closedMax = Math.min(limits.closedShareMax, 1 - limits.jitterTimesMin * jitter);
  const blinks: Blink[] = [];
  let lastOpenMs: number | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [i, { atMs }] of track.entries()) {
    const share = shares[i]!;
    if (share < limits.openShareMin) {
      lowest = Math.min(lowest, share);
      continue;
    }
    const closed = lowest <= closedMax && lastOpenMs !== undefined;
    if (closed && atMs - lastOpenMs! <= limits.durationMsMax) {
      blinks.push({ fromMs: lastOpenMs!, toMs: atMs, depth: lowest });
    }
    lastOpenMs = atMs;
    lowest = Number.POSITIVE_INFINITY;
  }
  return blinks;
}

/** How far the mouth opened and closed over a track: the spread between its tenths, 0 none. */
export function mouthMovement(track: readonly Expression[]): number {
  const sorted = track.map(({ mouth }) => mouth).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return at(0.9) - at(0.1);
}
