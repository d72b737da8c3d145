import type { Service } from "#contract/services.ts";
import { paymentTier } from "./payment-tier.ts";
import type { PlainPolicy, TiersPolicy } from "./policy.ts";
import { type Alternative, alternativeFor } from "./policy-alternative.ts";
import { type Method, type Missing, missingNames, strengthOf } from "./policy-method.ts";
import { type PolicyTable, versionAt } from "./policy-table.ts";
import { policyFor, tierOf } from "./policy-tier.ts";

/** What a service would ask somebody for at a moment, and why. Plain JSON. */
export interface Explanation {
  readonly service: Service;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly amountYen: number | null;
  /** From when the row holds; null where it always did. */
  readonly rowFrom: string | null;
  readonly tier: ExplainedTier | null;
  readonly method: Method;
  /** 1 to 3: a face, something that holds a key, both together. */
  readonly strength: 1 | 2 | 3;
  /** What a sale asks for, where a ticket is bought before; null elsewhere. */
  readonly atPurchase: "card" | null;
  readonly asksFor: readonly ("face" | "card" | "phone" | "ticket")[];
  /** Rates as shares, margins as cosines; null where no face is looked at. */
  readonly face: {
    readonly falsePositiveIdentificationRateMax: number;
    readonly likelyRateMax: number;
    readonly marginMin: number;
    readonly lookAlikeMarginMin: number;
    readonly liveness: "required" | "not-required";
  } | null;
  readonly card: PlainPolicy["card"];
  readonly whenUnsure: "refuse" | "ask-card";
  readonly whenUnknown: "refuse" | "ask-card";
  readonly whenUnrecordable: "refuse" | "go-on";
  /** Why nothing here can verify what is asked; null where everything can be. */
  readonly notAvailable: string | null;
  /** How it goes on with no network, as sentences. */
  readonly offline: readonly string[];
  readonly alternatives: readonly ({ readonly without: Missing } & Alternative)[];
  /** What the gateway takes in place of what is asked, since it is as sure. */
  readonly countsAsWell: readonly (readonly ("face" | "card" | "phone")[])[];
  readonly why: readonly string[];
}

interface ExplainedTier {
  /** Of all tiers, from 1. */
  readonly number: number;
  readonly of: number;
  readonly fromYen: number;
  /** The last whole yen; null in the last tier, which has no end. */
  readonly lastYen: number | null;
  /** Which tier has an amount that ends one and begins the next. */
  readonly atEdge: TiersPolicy["atEdge"];
}

const asked: Readonly<Record<Method, Explanation["asksFor"]>> = {
  face: ["face"],
  card: ["card"],
  phone: ["phone"],
  "face+card": ["face", "card"],
  "face+phone": ["face", "phone"],
  ticket: ["ticket", "face"],
};

export interface ExplainAsked {
  readonly service: Service;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly amountYen?: number | undefined;
  /** Whether something here verifies phones' signatures. */
  readonly verifiesPhones: boolean;
}

/** Says what the table asks of somebody who comes at a moment. Pure. */
export function explainPolicy(
  table: PolicyTable,
  { service, at, amountYen, verifiesPhones }: ExplainAsked,
): Explanation {
  const { from, policy } = versionAt(table, service, at);
  const plain = policyFor(policy, { amountYen });
  const tier = policy.method === "tiers" ? explainedTier(policy, amountYen) : null;
  const rowFrom = Number.isFinite(from) ? new Date(from).toISOString() : null;
  const asksFor = asked[plain.method];
  return {
    ...{ service, at: new Date(at).toISOString(), amountYen: amountYen ?? null, rowFrom, tier },
    ...{ method: plain.method, strength: strengthOf(plain.method), asksFor },
    atPurchase: plain.method === "ticket" ? "card" : null,
    face: "liveness" in plain ? faceOf(plain) : null,
    card: plain.card,
    whenUnsure: "whenUnsure" in plain ? plain.whenUnsure : "refuse",
    whenUnknown: "whenUnknown" in plain ? plain.whenUnknown : "refuse",
    whenUnrecordable: plain.whenUnrecordable ?? "refuse",
    notAvailable:
      asksFor.includes("phone") && !verifiesPhones
        ? "nothing here verifies a phone's signature yet: take the alternative"
        : null,
    offline: offlineRules(asksFor, verifiesPhones),
    alternatives: missingNames.map((without) => ({ without, ...alternativeFor(plain, without) })),
    countsAsWell: service === "payment" ? paymentTier(policy, amountYen).alternatives : [],
    why: reasons(service, rowFrom, tier, plain.method, amountYen),
  };
}

function explainedTier(policy: TiersPolicy, amountYen: number | undefined): ExplainedTier {
  const { tiers, atEdge } = policy;
  const tier = tierOf(policy, amountYen);
  const index = tiers.indexOf(tier);
  const before = tiers[index - 1]?.upToYen ?? 0;
  // The amount at an edge belongs to the tier above it where the stronger method counts.
  const fromYen = index === 0 ? 0 : before + (atEdge === "weaker" ? 1 : 0);
  const end = tier.upToYen;
  const lastYen = end === null || atEdge === "weaker" ? end : end - 1;
  return { number: index + 1, of: tiers.length, fromYen, lastYen, atEdge };
}

function faceOf(rules: Extract<PlainPolicy, { readonly liveness: unknown }>) {
  const { falsePositiveIdentificationRateMax, likelyRateMax, marginMin } = rules;
  const { lookAlikeMarginMin, liveness } = rules;
  return {
    ...{ falsePositiveIdentificationRateMax, likelyRateMax },
    ...{ marginMin, lookAlikeMarginMin, liveness },
  };
}

function offlineRules(asksFor: Explanation["asksFor"], verifiesPhones: boolean): readonly string[] {
  const rules = ["The box decides alone, and the gateway takes the events in later."];
  if (asksFor.includes("face")) rules.push("The gallery that the box holds is searched.");
  if (asksFor.includes("card")) {
    rules.push(
      "A card needs a nonce that was leased ahead, and revocation lists that are not too old.",
    );
  }
  if (asksFor.includes("phone")) {
    rules.push(
      verifiesPhones
        ? "A phone's signature where the box's own verifier needs no network for it; else the alternative."
        : "A phone's signature is not to be had: the alternative.",
    );
  }
  if (asksFor.includes("ticket"))
    rules.push("The signed box-office list says who bought a ticket.");
  return rules;
}

function reasons(
  service: Service,
  rowFrom: string | null,
  tier: ExplainedTier | null,
  method: Method,
  amountYen: number | undefined,
): readonly string[] {
  const since = rowFrom === null ? "" : `, in force from ${rowFrom} on,`;
  const first = `The row of ${service}${since} ${tier ? "goes by the amount" : `asks for ${method}`}.`;
  if (method === "ticket") {
    return [first, "A ticket is bought with a card; at the door its buyer shows their face."];
  }
  if (!tier) return [first];
  const range =
    tier.lastYen === null ? `from ${tier.fromYen} yen` : `${tier.fromYen} to ${tier.lastYen} yen`;
  const which = `Tier ${tier.number} of ${tier.of} (${range}) asks for ${method}.`;
  if (amountYen === undefined)
    return [first, "No amount was named: the strongest tier counts.", which];
  const isEdge = amountYen === tier.fromYen && tier.number > 1 && tier.atEdge === "stronger";
  const atEnd = amountYen === tier.lastYen && tier.atEdge === "weaker";
  return [
    ...[first, which],
    ...(isEdge || atEnd
      ? [`At exactly ${amountYen} yen two tiers meet: the ${tier.atEdge} method counts.`]
      : []),
  ];
}
