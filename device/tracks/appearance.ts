import type { CalibrationRow } from "#models/calibration.ts";

/** From which likeness on two templates are taken for one person's, and below which for two people's. */
export interface Appearance {
  readonly sameMin: number;
  readonly otherMax: number;
}

/** One stranger in ten thousand is taken for somebody who was just here. */
const sameRate = 1e-4;
/** A likeness that two strangers in a hundred reach is no longer one person's within a minute. */
const otherRate = 2e-2;

/**
 * What an embedder's scores say about the frames of one video, read from its calibration. Undefined
 * where nobody has measured it: then only places join faces to tracks.
 */
export function appearanceOf(calibration: readonly CalibrationRow[]): Appearance | undefined {
  const scoreAt = (rate: number) =>
    calibration.find(({ falseMatchRate }) => falseMatchRate <= rate)?.threshold;
  const [sameMin, otherMax] = [scoreAt(sameRate), scoreAt(otherRate)];
  return sameMin === undefined || otherMax === undefined ? undefined : { sameMin, otherMax };
}
