import type { Reason } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { FaceRules } from "#firmware-config/policy.ts";
import type { FaceCandidate, FaceFinding } from "./findings.ts";

/** What a face is worth under the rules of a service, before its method is looked at. */
export type FaceJudgement =
  | { readonly kind: "proved"; readonly person: PersonId }
  | { readonly kind: "unsure"; readonly reason: Reason; readonly likely?: PersonId }
  | { readonly kind: "unknown"; readonly reason: Reason };

/** Total: whatever the finding holds, not-a-number included, it falls to a doubt and never to a proof. */
export function judgeFace(rules: FaceRules, face: FaceFinding | undefined): FaceJudgement {
  if (!face?.usable) return { kind: "unsure", reason: "face-quality-low" };
  const isLive =
    face.liveness === "passed" || (face.liveness !== "failed" && rules.liveness !== "required");
  if (!isLive) return { kind: "unsure", reason: "liveness-unproven" };
  if (!face.best) return { kind: "unknown", reason: "gallery-empty" };
  return judgeCandidate(rules, face.best);
}

function judgeCandidate(rules: FaceRules, best: FaceCandidate): FaceJudgement {
  const rate = best.falsePositiveIdentificationRate;
  // Written so that a rate that is no number at all falls to "unknown".
  if (!(rate <= rules.likelyRateMax)) return { kind: "unknown", reason: "face-unknown" };
  const likely = { kind: "unsure", reason: "face-ambiguous", likely: best.person } as const;
  if (!(rate <= rules.falsePositiveIdentificationRateMax)) return likely;
  const marginMin = best.hasLookAlike
    ? Math.max(rules.marginMin, rules.lookAlikeMarginMin)
    : rules.marginMin;
  if (!(best.margin >= marginMin)) return likely;
  return { kind: "proved", person: best.person };
}
