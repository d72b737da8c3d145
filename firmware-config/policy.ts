import * as z from "zod";
import { alternativesSchema } from "./policy-alternative.ts";
import { methodNames, strengthOf } from "./policy-method.ts";

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
 * What a face promises. The promises are rates, never raw scores, so that they survive a change of
 * model. Terms of ISO/IEC 19795-1: a false positive identification is a stranger whom a search over
 * the whole gallery names as somebody.
 */
const faceRules = {
  /** At most this share of strangers may be named at all. */
  falsePositiveIdentificationRateMax: rate,
  /** Up to this rate the face is a likely one: worth asking for a card, never enough alone. */
  likelyRateMax: rate,
  /** The best person must be this much more similar than the second (cosine). */
  marginMin: z.number().min(0).max(1),
  /** The same for two people who are known to resemble each other: siblings, twins. */
  lookAlikeMarginMin: z.number().min(0).max(1).default(0.03),
  liveness: z.enum(["required", "not-required"]),
};
const doubts = { whenUnsure: fallback, whenUnknown: fallback };

interface FaceRates {
  readonly falsePositiveIdentificationRateMax: number;
  readonly likelyRateMax: number;
}
const ratesInOrder = (rules: FaceRates) =>
  rules.falsePositiveIdentificationRateMax <= rules.likelyRateMax;
const outOfOrder = {
  error: "likelyRateMax must not be stricter than falsePositiveIdentificationRateMax",
};

/**
 * What the door does while nothing can be written down: its outbox is full, or its disk takes
 * nothing. "refuse", where the row says nothing: nobody is admitted without a record. "go-on": people
 * are served, counted, and the count is told, signed, as soon as there is room.
 */
const whenUnrecordable = z.enum(["refuse", "go-on"]).optional();

/** True where only who has booked, or is a proxy of whoever did, is let in: a demand taxi. */
const bookedOnly = z.boolean().optional();
/** Whether the screen says the name of somebody whom it admits: not at all, in writing, or aloud as well. */
const greeting = z.enum(["nameless", "shown", "spoken"]).optional();

/** Every row says what a card must show: one is the way round for whoever has no face here. */
const everyRow = {
  ...{ card: cardRulesSchema, whenUnrecordable, greeting, bookedOnly },
  alternatives: alternativesSchema.optional(),
};

const facePolicySchema = z
  .strictObject({ method: z.literal("face"), ...faceRules, ...doubts, ...everyRow })
  .refine(ratesInOrder, outOfOrder);
export type FacePolicy = Readonly<z.infer<typeof facePolicySchema>>;

const cardPolicySchema = z.strictObject({ method: z.literal("card"), ...everyRow });
const phonePolicySchema = z.strictObject({ method: z.literal("phone"), ...everyRow });
/** Both, of the same person, in one decision; a doubt about either is a refusal. */
const faceAndPolicySchema = z
  .strictObject({ method: z.enum(["face+card", "face+phone"]), ...faceRules, ...everyRow })
  .refine(ratesInOrder, outOfOrder);
/**
 * Card at purchase, face at entry: the face must be of the person whose card bought the ticket. The row's
 * own `card` is for the door, where one stands in for a face; `purchase` is what a sale asks for.
 */
const ticketPolicySchema = z
  .strictObject({
    ...{ method: z.literal("ticket"), ...faceRules, ...doubts, ...everyRow },
    purchase: z
      .strictObject({ method: z.literal("card"), card: cardRulesSchema.optional() })
      .optional(),
  })
  .refine(ratesInOrder, outOfOrder);

const tierSchema = z.strictObject({
  /** The last whole yen of this tier; null in the last tier, which has no end. */
  upToYen: z.int().min(1).max(1e12).nullable(),
  method: z.enum(methodNames).exclude(["ticket"]),
  alternatives: alternativesSchema.optional(),
});

/** The method by the amount. The rules of the face and the card are the same in every tier. */
const tiersPolicySchema = z
  .strictObject({
    method: z.literal("tiers"),
    ...{ ...faceRules, ...doubts, card: cardRulesSchema },
    ...{ whenUnrecordable, greeting, bookedOnly },
    /** Which of the two tiers has an amount that ends one and begins the next. */
    atEdge: z.enum(["stronger", "weaker"]).default("stronger"),
    tiers: z.array(tierSchema).min(1).max(20),
  })
  .refine(ratesInOrder, outOfOrder)
  .refine(({ tiers }) => tiersAscend(tiers), {
    error: "the tiers must ascend in upToYen, and the last one alone has null",
    path: ["tiers"],
  })
  .refine(({ tiers }) => neverWeaker(tiers), {
    error: "a larger amount must not be asked for a weaker method than a smaller one",
    path: ["tiers"],
  });

type Tier = Readonly<z.infer<typeof tierSchema>>;

function tiersAscend(tiers: readonly Tier[]): boolean {
  return tiers.every((tier, index) => {
    const next = tiers[index + 1];
    if (!next) return tier.upToYen === null;
    return tier.upToYen !== null && (next.upToYen ?? Number.POSITIVE_INFINITY) > tier.upToYen;
  });
}

function neverWeaker(tiers: readonly Tier[]): boolean {
  return tiers.every((tier, index) => {
    const next = tiers[index + 1];
    return !next || strengthOf(next.method) >= strengthOf(tier.method);
  });
}

/** A row with one method, as a decision needs it. */
const plainPolicySchema = z.union([
  facePolicySchema,
  cardPolicySchema,
  phonePolicySchema,
  faceAndPolicySchema,
  ticketPolicySchema,
]);
export type PlainPolicy = Readonly<z.infer<typeof plainPolicySchema>>;
export type FaceAndPolicy = Readonly<z.infer<typeof faceAndPolicySchema>>;
export type TicketPolicy = Readonly<z.infer<typeof ticketPolicySchema>>;
export type TiersPolicy = Readonly<z.infer<typeof tiersPolicySchema>>;
/** The rules of a face, whatever else a method asks for. */
export type FaceRules = Pick<FacePolicy, keyof typeof faceRules>;

export const servicePolicySchema = z.union([plainPolicySchema, tiersPolicySchema]);
export type ServicePolicy = Readonly<z.infer<typeof servicePolicySchema>>;
