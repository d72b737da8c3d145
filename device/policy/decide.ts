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

/** What came of asking for a card. */
export type CardFinding =
  /** Signature, certificate, revocation and statement hold; the gateway will judge them again. */
  | { readonly kind: "proved"; readonly person: PersonId; readonly factor: "pin" | "possession" }
  /** The card proved itself, and nobody here knows whose it is. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly code: string }
  /** Nobody put one down, or took it away again, or gave no PIN. */
  | { readonly kind: "not-given" }
  /** The box could not have proved it to the gateway: it has no nonce left. */
  | { readonly kind: "unprovable" };

/** Everything that a decision is made from. */
export interface EvidenceAtHand {
  /** Undefined where a card was put down and no face was seen. */
  readonly face: FaceFinding | undefined;
  /** Undefined until a card was asked for. */
  readonly card?: CardFinding;
}

export interface Decision {
  readonly outcome: "admit" | "refuse" | "ask-card";
  readonly reason: Reason;
  /** Who it is believed to be. Set only where the decision admits. */
  readonly person?: PersonId;
  /** Whom a face in doubt resembles; it helps to read a card that speaks for several, and no more. */
  readonly likely?: PersonId;
}

/**
 * The one function that admits: evidence in, decision out, nothing else read or changed. It is
 * total: whatever it is given, it answers. A face alone never admits where the service's method is
 * the card, a card never admits but through here, and every doubt falls to the answer that the policy
 * wrote down for it.
 */
export function decide(policy: ServicePolicy, { face, card }: EvidenceAtHand): Decision {
  return card ? decideOnCard(policy, card) : decideOnFace(policy, face);
}

function decideOnCard(policy: ServicePolicy, card: CardFinding): Decision {
  const refuse = (reason: Reason): Decision => ({ outcome: "refuse", reason });
  if (card.kind === "unknown") return refuse("card-unknown");
  if (card.kind === "not-given") return refuse("card-not-given");
  if (card.kind === "unprovable") return refuse("card-unprovable");
  if (card.kind === "refused") return refuse("card-refused");
  // A PIN is more than possession, never the other way round.
  const enough = card.factor === "pin" || policy.card.factor === "possession";
  if (!enough) return refuse("card-refused");
  return { outcome: "admit", reason: "card-proved", person: card.person };
}

function decideOnFace(policy: ServicePolicy, face: FaceFinding | undefined): Decision {
  if (policy.method === "card") return { outcome: "ask-card", reason: "policy-needs-card" };
  if (!face?.usable) return unsure(policy, "face-quality-low");
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
  const likely = { ...unsure(policy, "face-ambiguous"), likely: best.person };
  if (!(rate <= policy.falsePositiveIdentificationRateMax)) return likely;
  const marginMin = best.hasLookAlike
    ? Math.max(policy.marginMin, policy.lookAlikeMarginMin)
    : policy.marginMin;
  if (!(best.margin >= marginMin)) return likely;
  return { outcome: "admit", reason: "face-matched", person: best.person };
}

function unsure(policy: FacePolicy, reason: Reason): Decision {
  return { outcome: policy.whenUnsure, reason };
}
