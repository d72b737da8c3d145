import { TeburaError } from "#contract/errors.ts";
import type { PlainPolicy, ServicePolicy, TiersPolicy } from "./policy.ts";

/** What a service is asked for, as far as its policy turns on it. */
export interface PolicyRequest {
  /** Whole yen, 0 or more. */
  readonly amountYen?: number | undefined;
}

/**
 * The one method that applies. An amount that nobody named, or that is no whole number of yen, gets the
 * strongest tier: a till that forgets to say the amount must not make it cheap to pay.
 */
export function policyFor(policy: ServicePolicy, { amountYen }: PolicyRequest = {}): PlainPolicy {
  if (policy.method !== "tiers") return policy;
  const { tiers, atEdge, ...rules } = policy;
  const { method, alternatives } = tierOf(policy, amountYen);
  const { card, bookedOnly, whenUnsure, whenUnknown, ...face } = rules;
  const row = { card, bookedOnly, ...(alternatives ? { alternatives } : {}) };
  switch (method) {
    case "face":
      return { ...face, ...row, method, whenUnsure, whenUnknown };
    case "card":
    case "phone":
      return { ...row, method };
    case "face+card":
    case "face+phone":
      return { ...face, ...row, method };
    default:
      throw new TeburaError("UNREACHABLE", `a tier's method ${method satisfies never}`);
  }
}

/** What a sale of a ticket asks for: a card, whatever the row asks for at the door. */
export function purchasePolicy(policy: ServicePolicy): PlainPolicy {
  const { card, whenUnrecordable } = policy;
  const bought = policy.method === "ticket" ? policy.purchase?.card : undefined;
  return { method: "card", card: bought ?? card, whenUnrecordable };
}

/** The tier of an amount. */
export function tierOf(
  { tiers, atEdge }: Pick<TiersPolicy, "tiers" | "atEdge">,
  amountYen: number | undefined,
): TiersPolicy["tiers"][number] {
  const isAmount = amountYen !== undefined && Number.isInteger(amountYen) && amountYen >= 0;
  const found = isAmount
    ? tiers.find(({ upToYen }) => {
        if (upToYen === null) return true;
        return atEdge === "weaker" ? amountYen <= upToYen : amountYen < upToYen;
      })
    : undefined;
  const tier = found ?? tiers.at(-1);
  if (tier) return tier;
  throw new TeburaError("UNREACHABLE", "a policy by tiers has none");
}
