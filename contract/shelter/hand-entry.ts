import * as z from "zod";
import { shelterIdSchema, shelterNeedSchema } from "../bodies/shelter.ts";
import type { EventBody } from "../events.ts";
import { deviceIdSchema, type Pseudonym, pseudonymSchema, wallMsSchema } from "../ids.ts";
import { personDetailsSchema } from "./person-details.ts";

/** What a clerk types for somebody who has neither a card nor a face that a box knows. */
export const handEntrySchema = z.strictObject({
  shelter: shelterIdSchema,
  details: personDetailsSchema,
  needs: z.array(shelterNeedSchema).max(9).default([]),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
  /** Of somebody who was entered before, or `new` for the first of a household. */
  household: z.union([z.literal("new"), pseudonymSchema]).optional(),
  /** Who may be told where this person is: by reading and birth date, as they would prove them. */
  families: z
    .array(z.strictObject({ kana: z.string().min(1).max(80), birthDate: z.iso.date() }))
    .max(8)
    .default([]),
  protected: z.boolean().default(false),
  arrivedAt: wallMsSchema.optional(),
  /** The event of the box at the door that did not know this person. */
  resolves: z.strictObject({ device: deviceIdSchema, sequence: z.int().min(1) }).optional(),
});
export type HandEntry = z.output<typeof handEntrySchema>;

/** Whom a hand entry is about, once the desk that takes it has named them. */
interface Entered {
  readonly person: Pseudonym;
  readonly household: Pseudonym | null;
  /** Of each of `families`, by the keyed hash under which it may ask. */
  readonly families: readonly Pseudonym[];
}

/**
 * The events of a hand entry, without a name in any. Protection stands before the arrival, so that at no
 * moment anybody could be told.
 */
export function handEntryBodies(
  given: HandEntry,
  { person, household, families }: Entered,
): readonly EventBody[] {
  const bodies: EventBody[] = [];
  if (given.protected) bodies.push({ type: "shelter.protection-set", person, protected: true });
  bodies.push({
    ...{ type: "shelter.person-described", person, household },
    ...{ needs: given.needs, language: given.language ?? null },
  });
  for (const family of families) {
    bodies.push({ type: "shelter.family-named", by: "person", id: person, family, allowed: true });
  }
  bodies.push({
    ...{ type: "shelter.checked-in", person, shelter: given.shelter, means: "hand" },
    ...(given.arrivedAt === undefined ? {} : { arrivedAt: given.arrivedAt }),
    ...(given.resolves === undefined ? {} : { resolves: given.resolves }),
  });
  return bodies;
}
