import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type Service, serviceNames } from "#contract/services.ts";

const rate = z.number().gt(0).lt(1);
const fallback = z.enum(["refuse", "ask-card"]);

/** What a card must show where one is asked for, and what becomes of somebody without. */
const cardRulesSchema = z
  .strictObject({
    /**
     * "pin": the card's owner knows the PIN. "possession": the card alone is enough, which the law
     * allows to approved operators only; it stays off until the approval is stated.
     */
    factor: z.enum(["pin", "possession"]).default("pin"),
    /** Number and date of the approval for use without a PIN, as the operator's records name it. */
    possessionApproval: z.string().min(1).max(200).optional(),
    /** A proven card of somebody whom this box does not know: refused, or a person from now on. */
    unknownCard: z.enum(["refuse", "register"]).default("refuse"),
    /** How long the door waits for a card that it asked for. */
    waitSeconds: z.number().min(5).max(300).default(30),
  })
  .refine((card) => card.factor === "pin" || card.possessionApproval !== undefined, {
    error: 'factor "possession" needs possessionApproval: the approval that the law asks for',
  })
  .prefault({});
export type CardRules = Readonly<z.infer<typeof cardRulesSchema>>;

/**
 * How a service is used with a face. The promises are rates, never raw scores, so that they survive
 * a change of model. Terms of ISO/IEC 19795-1: a false positive identification is a stranger whom a
 * search over the whole gallery names as somebody.
 */
const facePolicySchema = z
  .strictObject({
    method: z.literal("face"),
    /** At most this share of strangers may be named at all. */
    falsePositiveIdentificationRateMax: rate,
    /** Up to this rate the face is a likely one: worth asking for a card, never enough alone. */
    likelyRateMax: rate,
    /** The best person must be this much more similar than the second (cosine). */
    marginMin: z.number().min(0).max(1),
    /** The same for two people who are known to resemble each other: siblings, twins. */
    lookAlikeMarginMin: z.number().min(0).max(1).default(0.03),
    liveness: z.enum(["required", "not-required"]),
    whenUnsure: fallback,
    whenUnknown: fallback,
    card: cardRulesSchema,
  })
  .refine((policy) => policy.falsePositiveIdentificationRateMax <= policy.likelyRateMax, {
    error: "likelyRateMax must not be stricter than falsePositiveIdentificationRateMax",
  });
export type FacePolicy = Readonly<z.infer<typeof facePolicySchema>>;

const cardPolicySchema = z.strictObject({ method: z.literal("card"), card: cardRulesSchema });
export const servicePolicySchema = z.union([facePolicySchema, cardPolicySchema]);
export type ServicePolicy = Readonly<z.infer<typeof servicePolicySchema>>;

export const policyTableSchema = z.strictObject({
  "bus.boarding": servicePolicySchema,
  "school.attendance": servicePolicySchema,
  "shelter.check-in": servicePolicySchema,
} satisfies Record<Service, typeof servicePolicySchema>);
export type PolicyTable = Readonly<z.infer<typeof policyTableSchema>>;

const cardRules: CardRules = { factor: "pin", unknownCard: "refuse", waitSeconds: 30 };

/**
 * The table that ships. Each row leans its own safe way: a bus asks for the card when unsure, a
 * school leaves an arrival unconfirmed, a shelter turns nobody away.
 */
export const defaultPolicyTable: PolicyTable = {
  "bus.boarding": {
    method: "face",
    falsePositiveIdentificationRateMax: 0.01,
    likelyRateMax: 0.1,
    marginMin: 0.01,
    lookAlikeMarginMin: 0.03,
    liveness: "not-required",
    whenUnsure: "ask-card",
    whenUnknown: "refuse",
    card: cardRules,
  },
  "school.attendance": {
    method: "face",
    falsePositiveIdentificationRateMax: 0.005,
    likelyRateMax: 0.1,
    marginMin: 0.015,
    lookAlikeMarginMin: 0.03,
    liveness: "not-required",
    whenUnsure: "refuse",
    whenUnknown: "refuse",
    card: cardRules,
  },
  "shelter.check-in": {
    method: "face",
    falsePositiveIdentificationRateMax: 0.001,
    likelyRateMax: 0.1,
    marginMin: 0.015,
    lookAlikeMarginMin: 0.03,
    liveness: "not-required",
    whenUnsure: "ask-card",
    whenUnknown: "ask-card",
    // Whoever comes is counted, known or not.
    card: { ...cardRules, unknownCard: "register", waitSeconds: 60 },
  },
};

/** Reads a service's name as somebody typed it. Throws SERVICE_UNKNOWN and lists those there are. */
export function parseService(name: string): Service {
  const service = serviceNames.find((known) => known === name);
  if (service) return service;
  throw new TeburaError(
    "SERVICE_UNKNOWN",
    `there is no service ${JSON.stringify(name)}; the services are ${serviceNames.join(", ")}`,
  );
}
