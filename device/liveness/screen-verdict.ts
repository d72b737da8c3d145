import type { Flicker } from "./flicker.ts";

/** What a track's pictures say of a screen or a sheet. */
export interface ScreenFinding {
  /** Median over the frames of how far a periodic peak stands out; undefined where no face was large enough. */
  readonly moireDecibels: number | undefined;
  /** The share of frames in which straight edges enclose the face. */
  readonly enclosedShare: number;
  readonly flicker: Flicker | undefined;
}

export interface ScreenLimits {
  readonly moireDecibelsMax: number;
  readonly enclosedShareMax: number;
  readonly flickerAmplitudeMax: number;
  readonly flickerShareMax: number;
}

export const defaultScreenLimits: ScreenLimits = {
  moireDecibelsMax: 8,
  enclosedShareMax: 0.3,
  flickerAmplitudeMax: 0.012,
  flickerShareMax: 0.6,
};

/** The signs of a screen that exceed their limits; none is no proof of a living face. */
export function judgeScreen(
  { moireDecibels, enclosedShare, flicker }: ScreenFinding,
  limits: ScreenLimits = defaultScreenLimits,
): readonly ("moire" | "bezel" | "flicker")[] {
  const signs: ("moire" | "bezel" | "flicker")[] = [];
  if (moireDecibels !== undefined && moireDecibels > limits.moireDecibelsMax) signs.push("moire");
  if (enclosedShare > limits.enclosedShareMax) signs.push("bezel");
  const beats =
    flicker !== undefined &&
    flicker.amplitude > limits.flickerAmplitudeMax &&
    flicker.share > limits.flickerShareMax;
  if (beats) signs.push("flicker");
  return signs;
}
