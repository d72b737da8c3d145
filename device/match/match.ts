import type { PersonId } from "#contract/ids.ts";
import {
  type CalibrationRow,
  falseMatchRateAt,
  identificationRate,
  type LeadRow,
  rateAtLead,
} from "#models/calibration.ts";
import type { GalleryHit } from "../gallery/gallery-index.ts";
import type { FaceCandidate } from "../policy/findings.ts";
import { leadOf, leadPeopleMin } from "./lead.ts";

/** How many people a search returns: the best, and the one it must lead by the margin. */
export const searchDepth = 2;

export interface MatchRules {
  readonly calibration: readonly CalibrationRow[];
  /** Empty for an embedder whose leads nobody has measured. */
  readonly leads: readonly LeadRow[];
  areLookAlikes(one: PersonId, other: PersonId): boolean;
}

export interface Searched {
  /** The two best, best first. */
  readonly hits: readonly GalleryHit[];
  /** How many people were searched. */
  readonly people: number;
  /** What the best person's own template scores against the closest other of them. */
  readonly rival: number | undefined;
}

/** Whether the lead is worth a second search: it needs enough people, and somebody who measured it. */
export function leadCounts({ leads }: Pick<MatchRules, "leads">, people: number): boolean {
  return leads.length > 0 && people >= leadPeopleMin;
}

/**
 * Turns the two best hits of a search into a candidate whose score is a promise: the rate at which
 * such a search names a stranger.
 */
export function candidateOf(
  { hits, people, rival }: Searched,
  rules: MatchRules,
): { candidate: FaceCandidate | undefined; falseMatchRate: number | null } {
  const [first, second] = hits;
  if (!first) return { candidate: undefined, falseMatchRate: null };
  const falseMatchRate = falseMatchRateAt(rules.calibration, first.similarity);
  const lead =
    second && rival !== undefined && leadCounts(rules, people)
      ? leadOf(first.similarity, second.similarity, rival)
      : undefined;
  return {
    falseMatchRate,
    candidate: {
      person: first.person,
      falsePositiveIdentificationRate:
        lead === undefined
          ? identificationRate(falseMatchRate, people)
          : // A search names a stranger at least as often as one comparison does.
            Math.max(rateAtLead(rules.leads, lead), falseMatchRate),
      margin: second ? first.similarity - second.similarity : Number.POSITIVE_INFINITY,
      hasLookAlike: second !== undefined && rules.areLookAlikes(first.person, second.person),
    },
  };
}
