import * as z from "zod";
import { leavingReasonSchema, shelterNeedSchema } from "#contract/bodies/shelter.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import type { EvacueePage, EvacueeRow } from "#contract/shelter/evacuee-list.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { type PersonDetails, personDetailsSchema } from "#contract/shelter/person-details.ts";
import type { ShelterClerk } from "../../shelter/clerk.ts";
import type { ProposedDuplicate } from "../../shelter/duplicates.ts";
import {
  answerOf,
  device,
  type Given,
  nothing,
  person,
  type RouteAnswers,
  rows,
  wall,
} from "./answer.ts";

const count = z.int().min(0);
const shelter = z
  .string()
  .nullable()
  .describe("null for a box of which nobody said where it stands");
const about = {
  person: pseudonymSchema,
  entries: rows(pseudonymSchema).describe("all that a human has called one person"),
  ...{ household: pseudonymSchema.nullable(), needs: rows(shelterNeedSchema) },
  ...{ language: z.string().nullable(), protected: z.boolean() },
};
const stay = {
  shelter,
  expected: z.boolean().describe("on the way from another shelter"),
  sure: z.boolean().describe("false where only a face was seen that the box was not sure of"),
  ...{ means: z.enum(["card", "face", "hand"]), since: wall, lastSeenAt: wall, device },
};
const summary = z.strictObject({
  ...{ shelter: z.string(), label: z.string(), capacity: z.int().nullable(), open: z.boolean() },
  ...{ asOf: wall.nullable(), present: count, expected: count, unsure: count, unidentified: count },
  free: z.int().nullable().describe("below zero where there are more people than places"),
  needs: z.partialRecord(shelterNeedSchema, count),
  devices: rows(device),
});
const silent = z.strictObject({ device, lastHeardAt: wall.optional() });
const page = {
  ...{ asOf: wall, shelters: rows(summary), silentDevices: rows(silent), total: count },
};
const ref = z.strictObject({ device, sequence: z.int() });
const pair = z.tuple([pseudonymSchema, pseudonymSchema]).readonly();
const safe = z.strictObject({
  ...{ shelter, label: z.string(), lastSeenAt: wall, expected: z.boolean() },
});

type ShownRow = EvacueeRow["evacuee"] & { details: NonNullable<EvacueeRow["details"]> | null };
type Shown = Omit<EvacueePage, "rows"> & { rows: readonly ShownRow[] };
type Sites = Pick<EvacueePage, "asOf" | "shelters" | "silentDevices" | "total"> & {
  unidentified: number;
};
type Duplicates = {
  duplicates: readonly (ProposedDuplicate & { details: readonly (PersonDetails | null)[] })[];
};

export const shelterAnswers: RouteAnswers = {
  "GET /api/shelter/evacuees": answerOf<Shown>()(
    z.strictObject({
      ...{ ...page, offset: count },
      rows: rows(z.strictObject({ ...about, ...stay, details: personDetailsSchema.nullable() })),
    }),
  ),
  "GET /api/shelter/sites": answerOf<Sites>()(z.strictObject({ ...page, unidentified: count })),
  "GET /api/shelter/sightings": z.strictObject({
    sightings: rows(ref.extend({ at: wall, shelter })),
  }),
  "GET /api/shelter/duplicates": answerOf<Duplicates>()(
    z.strictObject({
      duplicates: rows(
        z.strictObject({
          ...{ persons: pair, shelters: z.tuple([shelter, shelter]).readonly() },
          why: z.enum([
            "reading-and-birth",
            "near-reading-and-birth",
            "reading-and-phone",
            "reading-and-age",
          ]),
          details: rows(personDetailsSchema.nullable()),
        }),
      ),
    }),
  ),
  "POST /api/shelter/inquiries": answerOf<Given<ShelterClerk["inquire"]>>()(
    z.discriminatedUnion("answer", [
      z.strictObject({ answer: z.literal("safe"), at: rows(safe) }),
      z.strictObject({ answer: z.literal("not-found") }),
    ]),
  ),
  "POST /api/shelter/sites": answerOf<Given<ShelterClerk["setSite"]>>()(
    z.strictObject({ shelter: z.string() }),
  ),
  "POST /api/shelter/boxes": answerOf<Given<ShelterClerk["assignBox"]>>()(
    z.strictObject({ device: z.string() }),
  ),
  "POST /api/shelter/entries": answerOf<Given<ShelterClerk["enter"]>>()(
    person.extend({ household: pseudonymSchema.nullable() }),
  ),
  "POST /api/shelter/check-ins": answerOf<Given<ShelterClerk["checkIn"]>>()(person),
  "POST /api/shelter/check-outs": answerOf<Given<ShelterClerk["checkOut"]>>()(person),
  "POST /api/shelter/transfers": answerOf<Given<ShelterClerk["transfer"]>>()(person),
  "POST /api/shelter/persons/describe": answerOf<Given<ShelterClerk["describe"]>>()(
    person.extend({ household: pseudonymSchema.nullable().optional() }),
  ),
  "POST /api/shelter/persons/details": answerOf<Given<ShelterClerk["setDetails"]>>()(person),
  "POST /api/shelter/persons/protect": answerOf<Given<ShelterClerk["protect"]>>()(person),
  "POST /api/shelter/sightings/settle": nothing,
  "POST /api/shelter/duplicates/decide": nothing,
  "POST /api/shelter/families": nothing,
};

export const shelterViews = {
  "shelter.check-in": answerOf<ShelterCheckIn>()(
    z.strictObject({
      asOf: wall,
      present: rows(z.strictObject({ ...about, ...stay })),
      ...{ unidentified: count, shelters: rows(summary) },
      left: rows(
        z.strictObject({
          ...{ ...about, shelter, at: wall },
          reason: z.union([leavingReasonSchema, z.literal("exit")]),
        }),
      ),
      ...{ decidedPairs: rows(z.string()), protectedHouseholds: rows(pseudonymSchema) },
      families: rows(
        z.strictObject({
          ...{ by: z.enum(["person", "household"]), id: pseudonymSchema },
          family: pseudonymSchema,
        }),
      ),
    }),
  ),
};
