import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type Service, serviceNames } from "#contract/services.ts";

const rate = z.number().gt(0).lt(1);
const fallback = z.enum(["refuse", "ask-card"]);

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
  })
  .refine((policy) => policy.falsePositiveIdentificationRateMax <= policy.likelyRateMax, {
    error: "likelyRateMax must not be stricter than falsePositiveIdentificationRateMax",
  });
export type FacePolicy = Readonly<z.infer<typeof facePolicySchema>>;

const cardPolicySchema = z.strictObject({ method: z.literal("card") });
export const servicePolicySchema = z.union([facePolicySchema, cardPolicySchema]);
export type ServicePolicy = Readonly<z.infer<typeof servicePolicySchema>>;

export const policyTableSchema = z.strictObject({
  "bus.boarding": servicePolicySchema,
  "school.attendance": servicePolicySchema,
  "shelter.check-in": servicePolicySchema,
} satisfies Record<Service, typeof servicePolicySchema>);
export type PolicyTable = Readonly<z.infer<typeof policyTableSchema>>;

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
