import type { ServicePolicy } from "#firmware-config/policy.ts";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";
import type { Method } from "#firmware-config/policy-method.ts";
import { type PolicyRequest, policyFor } from "#firmware-config/policy-tier.ts";
import type { Decision } from "./decision.ts";
import type { EvidenceAtHand } from "./findings.ts";
import { settle } from "./settle.ts";

/**
 * The one function that admits: evidence in, decision out, nothing else read or changed. It is
 * total: whatever it is given, it answers. A face alone never admits where the service's method is
 * more, a card never admits but through here, and every doubt falls to the answer that the policy
 * wrote down for it. Where the method goes by the amount, `request` says it; unsaid, the strongest counts.
 */
export function decide(
  policy: ServicePolicy,
  evidence: EvidenceAtHand,
  request?: PolicyRequest,
): Decision {
  return settle(policyFor(policy, request), evidence).decision;
}

/**
 * Whether a card can do anything for a service: whoever offers one in place of a template serves it, asked
 * for or not, and one that neither offers nor asks leaves a stray card alone.
 */
export function takesCards(policy: ServicePolicy): boolean {
  if (policy.method !== "tiers" && alternativeFor(policy, "template").offer === "card") return true;
  const methods: readonly Method[] =
    policy.method === "tiers" ? policy.tiers.map(({ method }) => method) : [policy.method];
  const standsIn = methods.some((method) => method !== "face" && method !== "face+phone");
  const inDoubt = "whenUnsure" in policy ? [policy.whenUnsure, policy.whenUnknown] : [];
  return standsIn || inDoubt.includes("ask-card");
}
