import type { Factor } from "#contract/bodies/payment.ts";
import type { ServicePolicy } from "./policy.ts";
import { alternativeFor } from "./policy-alternative.ts";
import { type Method, missingNames } from "./policy-method.ts";
import { policyFor, tierOf } from "./policy-tier.ts";

/**
 * What the policy asks of an amount, for the box at the till and for the gateway alike. `alternatives` are
 * for somebody who has no face here, no phone or no card; each is as sure as what is asked.
 */
export interface PaymentTier {
  /** The row of the policy that asks: up to which amount it goes, or that it goes beyond all others. */
  readonly name: string;
  readonly asked: readonly Factor[];
  readonly alternatives: readonly (readonly Factor[])[];
}

const factors: Readonly<Record<Method, readonly Factor[]>> = {
  face: ["face"],
  card: ["card"],
  phone: ["phone"],
  "face+card": ["face", "card"],
  "face+phone": ["face", "phone"],
  // A ticket is shown by the face of whoever bought it.
  ticket: ["face"],
};

/** The tier of an amount in whole yen under the policy's row for payments; the strongest where none is named. */
export function paymentTier(policy: ServicePolicy, amountYen: number | undefined): PaymentTier {
  const row = policyFor(policy, { amountYen });
  const isCardOffered = missingNames.some((one) => alternativeFor(row, one).offer === "card");
  // A card holds a key as a phone does: together with the face it is as sure as a phone with it.
  const inPlace = row.method === "face+phone" ? [factors["face+card"]] : [];
  return {
    name: nameOf(policy, amountYen),
    asked: factors[row.method],
    alternatives: isCardOffered ? [factors.card, ...inPlace] : inPlace,
  };
}

function nameOf(policy: ServicePolicy, amountYen: number | undefined): string {
  if (policy.method !== "tiers") return policy.method;
  const { upToYen, method } = tierOf(policy, amountYen);
  return upToYen === null ? `above-all-others ${method}` : `up-to-${upToYen} ${method}`;
}

/** How sure what was used is, as `strengthOf` counts it: 1 to 3, and 0 for nothing. */
export function strengthOfFactors(used: readonly Factor[]): 0 | 1 | 2 | 3 {
  const hasKey = used.includes("card") || used.includes("phone");
  if (used.includes("face")) return hasKey ? 3 : 1;
  return hasKey ? 2 : 0;
}
