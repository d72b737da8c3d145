import * as z from "zod";
import { deviceIdSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";

/** A shelter's short name, as a city numbers its shelters: `momonoki-school`. It names a place, no person. */
export const shelterIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "lower-case letters, digits and hyphens, 40 at most");

/**
 * What a shelter has to know to look after somebody, as codes: the words beside them stay with the
 * shelter. The list follows the evacuee card of the Cabinet Office's guide to running shelters.
 */
export const shelterNeeds = [
  "medicine",
  "allergy",
  "infant",
  "pregnant",
  "care",
  "wheelchair",
  "medical-device",
  "pet",
  "language",
] as const;
export const shelterNeedSchema = z.enum(shelterNeeds);
export type ShelterNeed = z.infer<typeof shelterNeedSchema>;

/** Where a person went who is no longer in the shelter. */
export const leavingReasonSchema = z.enum(["home", "relatives", "hospital", "elsewhere", "died"]);
export type LeavingReason = z.infer<typeof leavingReasonSchema>;

/** A household: a number drawn at a desk, or one that a register gave. */
const householdSchema = pseudonymSchema;

/** An event of somebody whom a box did not know: which box, and the sequence of its event there. */
const sightingSchema = z.strictObject({ device: deviceIdSchema, sequence: z.int().min(1) });

/** A place is open for people, or closed; its capacity is in persons, null where nobody said. */
export const siteSetSchema = z.strictObject({
  type: z.literal("shelter.site-set"),
  shelter: shelterIdSchema,
  label: z.string().min(1).max(80),
  capacity: z.int().min(0).max(1_000_000).nullable(),
  open: z.boolean(),
});

/**
 * From `from` on a box stands at a shelter, by the way in or by a way out; null takes it from there.
 * What it saw before its first assignment counts for that one: boxes are set up in a hurry.
 */
export const siteAssignedSchema = z.strictObject({
  type: z.literal("shelter.site-assigned"),
  device: deviceIdSchema,
  shelter: shelterIdSchema.nullable(),
  door: z.enum(["entrance", "exit"]),
  from: wallMsSchema,
});

export const checkedInSchema = z.strictObject({
  type: z.literal("shelter.checked-in"),
  person: pseudonymSchema,
  shelter: shelterIdSchema,
  means: z.enum(["card", "face", "hand"]),
  /** When it happened, where it is entered later from paper. Never later than the event itself. */
  arrivedAt: wallMsSchema.optional(),
  /** The event of a box in which this person was not recognised. */
  resolves: sightingSchema.optional(),
});

export const checkedOutSchema = z.strictObject({
  type: z.literal("shelter.checked-out"),
  person: pseudonymSchema,
  shelter: shelterIdSchema,
  reason: leavingReasonSchema,
  leftAt: wallMsSchema.optional(),
});

/** A person is on the way from one shelter to another, and is expected there until seen. */
export const transferredSchema = z.strictObject({
  type: z.literal("shelter.transferred"),
  person: pseudonymSchema,
  from: shelterIdSchema,
  to: shelterIdSchema,
  leftAt: wallMsSchema.optional(),
});

/** What is given here takes the place of what was known; what is not given stays. */
export const personDescribedSchema = z.strictObject({
  type: z.literal("shelter.person-described"),
  person: pseudonymSchema,
  household: householdSchema.nullable().optional(),
  needs: z.array(shelterNeedSchema).max(shelterNeeds.length).optional(),
  /** The language to speak with this person in, after BCP 47: `vi`, `pt`, `yue`. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .nullable()
    .optional(),
});

/** Somebody whom a box did not recognise is no further person: counted already, or nobody at all. */
export const sightingSettledSchema = z.strictObject({
  type: z.literal("shelter.sighting-settled"),
  sighting: sightingSchema,
  finding: z.enum(["counted-already", "nobody", "left"]),
});

/** A human has decided whether two entries are one person. The latest word on a pair holds. */
export const duplicateDecidedSchema = z.strictObject({
  type: z.literal("shelter.duplicate-decided"),
  persons: z.tuple([pseudonymSchema, pseudonymSchema]),
  same: z.boolean(),
});

/** A person, or somebody for a household, named who may be told; or took it back. */
export const familyNamedSchema = z.strictObject({
  type: z.literal("shelter.family-named"),
  by: z.enum(["person", "household"]),
  /** Of the person or of the household, as `by` says. */
  id: pseudonymSchema,
  family: pseudonymSchema,
  allowed: z.boolean(),
});

/** Whoever asks for a person under protection learns nothing, not even that there is one. */
export const protectionSetSchema = z.strictObject({
  type: z.literal("shelter.protection-set"),
  person: pseudonymSchema,
  protected: z.boolean(),
});

/**
 * Somebody asked after somebody. `question` is a keyed hash of what was asked and is there for every
 * question alike, so that an event about nobody cannot be told from one about a person under protection.
 */
const inquiryMadeSchema = z.strictObject({
  type: z.literal("shelter.inquiry-made"),
  asker: pseudonymSchema,
  question: pseudonymSchema,
  outcome: z.enum(["told", "not-found"]),
});

/** Somebody looked at names on the list, or a box is sent them; it is on record before anything is shown. */
const listReadSchema = z.strictObject({
  type: z.literal("shelter.list-read"),
  /** `api-key:…`, `staff:…` or `box:…`, never a person's name. */
  who: z.string().min(1).max(120),
  /** Null for the list of the whole city. */
  shelter: shelterIdSchema.nullable(),
  form: z.enum(["page", "csv", "sheet", "duplicates", "box"]),
});

/** The bodies of what happens in shelters. */
export const shelterBodies = [
  siteSetSchema,
  siteAssignedSchema,
  checkedInSchema,
  checkedOutSchema,
  transferredSchema,
  personDescribedSchema,
  sightingSettledSchema,
  duplicateDecidedSchema,
  familyNamedSchema,
  protectionSetSchema,
  inquiryMadeSchema,
  listReadSchema,
] as const;
