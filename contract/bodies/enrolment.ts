import * as z from "zod";
import { pseudonymSchema } from "../ids.ts";
import { serviceSchema } from "../services.ts";

/**
 * At a counter a face resembled somebody who is enrolled, and a clerk was asked whether they are one
 * person: a question, and never a verdict of the machine. `person` is who was to be enrolled, where a card
 * had said so.
 */
const comparedSchema = z.strictObject({
  type: z.literal("enrolment.compared"),
  service: serviceSchema,
  person: pseudonymSchema.optional(),
  other: pseudonymSchema,
  /** How often a stranger would resemble them as much: the rate that the clerk was shown. */
  falseMatchRate: z.number().min(0).max(1),
  answer: z.enum(["same", "different"]),
});

/**
 * A clerk was asked whether the face is that of the card's photograph, and said so. Neither the picture nor
 * how alike they were is kept: the rate was the clerk's to see, and proves nothing later.
 */
const photographComparedSchema = z.strictObject({
  type: z.literal("enrolment.photograph-compared"),
  service: serviceSchema,
  /** Whose card it is. */
  person: pseudonymSchema,
  answer: z.enum(["same", "different"]),
});

export const enrolmentBodies = [comparedSchema, photographComparedSchema] as const;
