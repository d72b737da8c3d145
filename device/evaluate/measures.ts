import type { RgbImage } from "#models/image.ts";
import { qualityLimits } from "../vision/quality.ts";
import type { Observation, Vision } from "../vision/vision.ts";

/** What could tell a good photograph of a face from a bad one. Of each, more should be better. */
export type Measure =
  | "overall"
  | "steadiness"
  | "eyeDistancePx"
  | "sharpness"
  | "exposure"
  | "facingAcross"
  | "facingDown"
  | "upright"
  | "presence"
  | "detectorScore";

export type Measures = Readonly<Record<Measure, number>>;

/** All of one face; `steadiness` is told, since it costs a template of each crop. */
export function measuresOf(
  { quality, score, landmarks }: Observation,
  steadiness: number,
): Measures {
  const { overall, eyeDistancePx, sharpness, exposure } = quality;
  return {
    ...{ overall, steadiness, eyeDistancePx, sharpness, exposure },
    facingAcross: -Math.abs(quality.yawDegrees),
    facingDown: -Math.abs(quality.pitchDegrees - qualityLimits.levelPitchDegrees),
    upright: -Math.abs(quality.rollDegrees),
    presence: landmarks.presence,
    detectorScore: score,
  };
}

const turns = [0, 1, 2, 3] as const;

/**
 * How alike the templates of four crops of one face are, each a little larger, smaller or mirrored: the
 * length of the mean of unit vectors, 1 at most. A face that is read differently with every crop is not read well.
 */
export async function steadinessOf(
  vision: Pick<Vision, "describe" | "dimensions">,
  image: RgbImage,
  face: Observation,
): Promise<number> {
  const sum = new Float32Array(vision.dimensions);
  for (const turn of turns) {
    const template = await vision.describe(image, face, turn);
    for (const [i, value] of template.entries()) sum[i]! += value / turns.length;
    template.fill(0);
  }
  const length = Math.hypot(...sum);
  sum.fill(0);
  return length;
}
