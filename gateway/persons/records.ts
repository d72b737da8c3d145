import * as z from "zod";
import { entitlementKindSchema } from "#contract/entitlements.ts";

/** What a line of text may hold: no control characters, none that only one machine knows. */
function line(most: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Co}\p{Cs}\uFFFD"]*$/u, "no control, private or lost characters, no quotes");
}

const twelveDigits = /^\d{12}$/;

/**
 * The office's own number for somebody or something. Twelve digits alone may be an Individual Number
 * (My Number), which no law lets this registry hold, so they are refused as such.
 */
export const referenceSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "letters, digits, dot, hyphen, underscore, 64 at most",
  )
  .refine((text) => !twelveDigits.test(text), {
    message: "not twelve digits, which may be an Individual Number: put a letter before them",
    params: { code: "MY_NUMBER_LIKE" },
  });

export const dateSchema = z.iso.date();

const span = { from: dateSchema.optional(), until: dateSchema.optional() };
const inOrder = ({ from, until }: { from?: string | undefined; until?: string | undefined }) =>
  from === undefined || until === undefined || from <= until;
const order = {
  message: "the last day lies before the first one",
  path: ["until"],
  params: { code: "DAYS_OUT_OF_ORDER" },
};

export const personSchema = z.strictObject({
  reference: referenceSchema,
  name: line(100),
  kana: line(100)
    .regex(/^[\p{Script=Katakana}ー・ 　A-Za-z'-]+$/u, "katakana or Latin letters")
    .optional(),
  birthDate: dateSchema.optional(),
  sex: z.enum(["female", "male", "other"]).optional(),
  postalCode: z
    .string()
    .regex(/^\d{3}-\d{4}$/, "a postal code as 371-8601")
    .optional(),
  address: line(200).optional(),
  phone: z
    .string()
    .regex(/^\+?[0-9][0-9-]{5,18}$/, "digits and hyphens, 7 to 20 characters")
    .optional(),
  email: z.email().max(254).optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language tag as ja or pt-BR")
    .optional(),
  /** Under protection (domestic violence, stalking): never confirmed and never denied to anybody. */
  protected: z.boolean().optional(),
});
export type Person = Readonly<z.infer<typeof personSchema>>;

/** One place in a class. The class's own columns are the same in each of its rows. */
export const classSchema = z
  .strictObject({
    class: referenceSchema,
    school: line(100),
    schoolYear: z.int().min(1900).max(2200),
    grade: line(20).optional(),
    name: line(50),
    person: referenceSchema,
    role: z.enum(["pupil", "teacher"]),
    number: z.int().min(1).max(999).optional(),
    ...span,
  })
  .refine(inOrder, order);

/** A person lives in one household; a second row for them is a move. */
export const householdSchema = z.strictObject({
  household: referenceSchema,
  person: referenceSchema,
  relation: z.enum([
    "head",
    "spouse",
    "child",
    "parent",
    "grandparent",
    "grandchild",
    "sibling",
    "other",
  ]),
});

export const guardianSchema = z
  .strictObject({
    guardian: referenceSchema,
    ward: referenceSchema,
    relation: z.enum([
      "mother",
      "father",
      "parent",
      "grandparent",
      "legal-guardian",
      "proxy",
      "other",
    ]),
    /** Told of arrivals and departures. */
    notify: z.boolean(),
    ...span,
  })
  .refine(({ guardian, ward }) => guardian !== ward, {
    message: "nobody is their own guardian",
    path: ["ward"],
    params: { code: "OWN_GUARDIAN" },
  })
  .refine(inOrder, order);

export const entitlementSchema = z
  .strictObject({
    person: referenceSchema,
    entitlement: entitlementKindSchema,
    from: dateSchema,
    until: dateSchema.optional(),
    certificate: line(50).optional(),
  })
  .refine(inOrder, order);

/** What is imported, by the name of its file. */
export const recordSchemas = {
  persons: personSchema,
  classes: classSchema,
  households: householdSchema,
  guardians: guardianSchema,
  entitlements: entitlementSchema,
} as const;

export type RecordKind = keyof typeof recordSchemas;
export type RecordOf<K extends RecordKind> = Readonly<z.infer<(typeof recordSchemas)[K]>>;
/** In the order in which they build on each other. */
export const recordKinds = Object.keys(recordSchemas) as readonly RecordKind[];

export type PersonField = keyof Person;
export const personFields = Object.keys(personSchema.shape) as readonly PersonField[];
export const personFieldSchema = z.enum(personFields as [PersonField, ...PersonField[]]);
