import * as z from "zod";
import { pseudonymSchema, wallMsSchema } from "../ids.ts";
import { eventRefSchema } from "./event-ref.ts";
import { placeIdSchema } from "./places.ts";

/** Kinds of data about a person. Events hold these words, and nothing of the data itself. */
export const dataCategorySchema = z.enum([
  "insurance",
  "medication",
  "treatment",
  "visits",
  "health-check",
  "allergy",
  "infection",
  "emergency-contact",
]);
export type DataCategory = z.infer<typeof dataCategorySchema>;

export const dataCategoriesSchema = z
  .array(dataCategorySchema)
  .min(1)
  .max(dataCategorySchema.options.length)
  .refine((all) => new Set(all).size === all.length, "each category once");

/** Somebody whom a clerk received, since face or card could not be had or was not wanted. */
export const receivedByHandSchema = z.strictObject({
  type: z.literal("medical.received-by-hand"),
  clinic: placeIdSchema,
  person: pseudonymSchema.optional(),
  why: z.enum(["no-face", "no-card", "box-failed", "not-recognised", "person-asked"]),
});

const calledSchema = z.strictObject({ type: z.literal("medical.called"), visit: eventRefSchema });

export const visitEndedSchema = z.strictObject({
  type: z.literal("medical.visit-ended"),
  visit: eventRefSchema,
  how: z.enum(["seen", "left", "mistake"]),
});

/** A person lets a clinic look at insurance data; `signed` is the decision with their card's step-up. */
export const consentGivenSchema = z.strictObject({
  type: z.literal("medical.consent-given"),
  person: pseudonymSchema,
  clinic: placeIdSchema,
  categories: dataCategoriesSchema,
  signed: eventRefSchema,
  until: wallMsSchema,
});

const consentWithdrawnSchema = z.strictObject({
  type: z.literal("medical.consent-withdrawn"),
  consent: eventRefSchema,
});

/** Whoever has this pseudonym may, with a second one, open an emergency look-up. */
export const crewAdmittedSchema = z.strictObject({
  type: z.literal("medical.crew-admitted"),
  crew: pseudonymSchema,
  until: wallMsSchema,
});

export const crewDismissedSchema = z.strictObject({
  type: z.literal("medical.crew-dismissed"),
  crew: pseudonymSchema,
});

const emergencyReasonSchema = z.enum([
  "unconscious",
  "confused",
  "cardiac-arrest",
  "severe-injury",
  "cannot-speak",
]);

/** Two of a crew look somebody up who cannot be asked; `crew` are the decisions with their cards. */
export const emergencyOpenedSchema = z.strictObject({
  type: z.literal("medical.emergency-opened"),
  subject: pseudonymSchema,
  reason: emergencyReasonSchema,
  crew: z.tuple([eventRefSchema, eventRefSchema]),
  until: wallMsSchema,
  /** When the person must have been told at the latest. */
  noticeDueAt: wallMsSchema,
});

/** Recorded before anything is shown, so that nothing is ever shown without it. */
export const emergencyShownSchema = z.strictObject({
  type: z.literal("medical.emergency-shown"),
  lookup: eventRefSchema,
  categories: dataCategoriesSchema,
});

export const noticeGivenSchema = z.strictObject({
  type: z.literal("medical.notice-given"),
  lookup: eventRefSchema,
  to: z.enum(["person", "family", "guardian"]),
  by: z.enum(["in-person", "letter", "telephone", "application"]),
});

export const medicalBodies = [
  receivedByHandSchema,
  calledSchema,
  visitEndedSchema,
  consentGivenSchema,
  consentWithdrawnSchema,
  crewAdmittedSchema,
  crewDismissedSchema,
  emergencyOpenedSchema,
  emergencyShownSchema,
  noticeGivenSchema,
] as const;
