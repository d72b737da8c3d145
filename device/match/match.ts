import type { PersonId } from "#contract/ids.ts";
import { type CalibrationRow, falseMatchRateAt, identificationRate } from "#models/calibration.ts";
import type { GalleryHit } from "../gallery/gallery-index.ts";
import type { FaceCandidate } from "../policy/decide.ts";

/** How many people a search returns: the best, and the one it must lead by the margin. */
export const searchDepth = 2;

/**
 * Turns the two best hits of a search into a candidate whose score is a promise: the rate at which
 * a search over `people` persons names a stranger at such a similarity.
 */
export function candidateOf(
  hits: readonly GalleryHit[],
  calibration: readonly CalibrationRow[],
  people: number,
  areLookAlikes: (one: PersonId, other: PersonId) => boolean,
): { candidate: FaceCandidate | undefined; falseMatchRate: number | null } {
  const [first, second] = hits;
  if (!first) return { candidate: undefined, falseMatchRate: null };
  const falseMatchRate = falseMatchRateAt(calibration, first.similarity);
  return {
    falseMatchRate,
    candidate: {
      person: first.person,
      falsePositiveIdentificationRate: identificationRate(falseMatchRate, people),
      margin: second ? first.similarity - second.similarity : Number.POSITIVE_INFINITY,
      hasLookAlike: second !== undefined && areLookAlikes(first.person, second.person),
    },
  };
}
