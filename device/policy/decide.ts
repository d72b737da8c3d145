import type { Reason } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { FacePolicy, ServicePolicy } from "#firmware-config/policy.ts";

/** What the gallery said about a face. Rates, not scores: the model is out of sight from here on. */
export interface FaceFinding {
  readonly usable: boolean;
  readonly liveness: "passed" | "failed" | "not-checked";
  /** The most similar person, or undefined when the gallery is empty. */
  readonly best: FaceCandidate | undefined;
}

export interface FaceCandidate {
  readonly person: PersonId;
  /** How often a search over this gallery names a stranger at such a score (FPIR). */
  readonly falsePositiveIdentificationRate: number;
  /** Cosine by which it leads the second person; Infinity when there is no second. */
  readonly margin: number;
  /** Whether the best and the second are known to resemble each other. */
  readonly hasLookAlike: boolean;
}

export interface Decision {
  readonly outcome: "admit" | "refuse" | "ask-card";
  readonly reason: Reason;
  /** Who it is believed to be. Set only where the decision admits. */
  readonly person?: PersonId;
}

/**
 * The one function that admits: evidence in, decision out, nothing else read or changed. It is
 * total: whatever it is given, it answers. A face alone never admits where the service's method is
 * the card, and every doubt falls to the answer that the policy wrote down for it.
 */
export function decide(policy: ServicePolicy, face: FaceFinding): Decision {
  if (policy.method === "card") return { outcome: "ask-card", reason: "policy-needs-card" };
  if (!face.usable) return unsure(policy, "face-quality-low");
  if (face.liveness === "failed") return unsure(policy, "liveness-unproven");
  if (policy.liveness === "required" && face.liveness !== "passed") {
    return unsure(policy, "liveness-unproven");
  }
  if (!face.best) return { outcome: policy.whenUnknown, reason: "gallery-empty" };
  return decideOnCandidate(policy, face.best);
}

function decideOnCandidate(policy: FacePolicy, best: FaceCandidate): Decision {
  const rate = best.falsePositiveIdentificationRate;
  // Written so that a rate that is no number at all falls to "unknown".
  if (!(rate <= policy.likelyRateMax)) {
    return { outcome: policy.whenUnknown, reason: "face-unknown" };
  }
  if (!(rate <= policy.falsePositiveIdentificationRateMax)) return unsure(policy, "face-ambiguous");
  const marginMin = best.hasLookAlike
    ? Math.max(policy.marginMin, policy.lookAlikeMarginMin)
    : policy.marginMin;
  if (!(best.margin >= marginMin)) return unsure(policy, "face-ambiguous");
  return { outcome: "admit", reason: "face-matched", person: best.person };
}

function unsure(policy: FacePolicy, reason: Reason): Decision {
  return { outcome: policy.whenUnsure, reason };
}
