import type { Factor } from "#contract/bodies/payment.ts";
import type { WallMs } from "#contract/ids.ts";
import { type PaymentTier, paymentTier } from "#firmware-config/payment-tier.ts";
import { type PolicyTable, policyAt } from "#firmware-config/policy-table.ts";

/** The policy table, as far as a payment needs it. */
export type TierOf = (amountYen: number, at: WallMs) => PaymentTier;

/** Tiers of a payment by the policy table that is in force at that moment. */
export function tierFrom(table: () => PolicyTable): TierOf {
  return (amountYen, at) => paymentTier(policyAt(table(), "payment", at), amountYen);
}

export type TierVerdict =
  | { readonly kind: "met"; readonly used: readonly Factor[] }
  | { readonly kind: "unavailable"; readonly alternatives: readonly (readonly Factor[])[] }
  | { readonly kind: "unmet" };

/**
 * Whether what was proved is what is asked, or an alternative that the policy names: never less. A tier
 * with a factor that nothing here can check and that was not met by an alternative is "unavailable",
 * with what would do.
 */
export function judgeTier(
  tier: PaymentTier,
  proved: readonly Factor[],
  checkable: readonly Factor[] = ["face", "card"],
): TierVerdict {
  const holds = (factors: readonly Factor[]) =>
    factors.length > 0 && factors.every((factor) => proved.includes(factor));
  const used = [tier.asked, ...tier.alternatives].find(holds);
  if (used) return { kind: "met", used };
  if (tier.asked.every((factor) => checkable.includes(factor))) return { kind: "unmet" };
  return { kind: "unavailable", alternatives: tier.alternatives };
}
