import * as z from "zod";
import { pseudonymSchema, wallMsSchema } from "../ids.ts";
import { eventRefSchema } from "./event-ref.ts";
import { placeIdSchema } from "./places.ts";

/** What can prove a person, as an event's evidence names it. */
const factorSchema = z.enum(["face", "card", "phone"]);
export type Factor = z.infer<typeof factorSchema>;

const factorsSchema = z
  .array(factorSchema)
  .min(1)
  .max(factorSchema.options.length)
  .refine((all) => new Set(all).size === all.length, "each factor once");

/** A merchant's own word for one payment. Letters and digits, so that no spreadsheet reads a formula. */
const merchantReferenceSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "letters, digits, dot, hyphen, underscore; 64 at most",
  );

const amountYenSchema = z.int().min(1).max(100_000_000);

/** A person agreed to pay. A provider could settle it; nothing here does. */
export const authorisedSchema = z.strictObject({
  type: z.literal("payment.authorised"),
  merchant: placeIdSchema,
  reference: merchantReferenceSchema,
  amountYen: amountYenSchema,
  currency: z.literal("JPY"),
  person: pseudonymSchema,
  /** The decision that proved the person at the merchant's box; good for one payment. */
  decision: eventRefSchema,
  /** The row of the policy that asked, what it asked for, and what was really used. */
  tier: z.string().max(80),
  asked: factorsSchema,
  used: factorsSchema,
  expiresAt: wallMsSchema,
});

export const voidedSchema = z.strictObject({
  type: z.literal("payment.voided"),
  merchant: placeIdSchema,
  reference: merchantReferenceSchema,
  why: z.enum(["merchant", "customer", "mistake"]),
});

export const paymentBodies = [authorisedSchema, voidedSchema] as const;
