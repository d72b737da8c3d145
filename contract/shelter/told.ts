import * as z from "zod";
import { leavingReasonSchema, shelterIdSchema, shelterNeedSchema } from "../bodies/shelter.ts";
import { deskDevice } from "../desk-device.ts";
import { deviceIdSchema, pseudonymSchema, type WallMs, wallMsSchema } from "../ids.ts";
import type { ShelterState } from "./fold.ts";
import type { Place } from "./stay.ts";

/** Where a fact stands among all events: whoever hears of it by two ways knows that it is one. */
const placed = {
  person: pseudonymSchema,
  at: wallMsSchema,
  device: deviceIdSchema,
  sequence: z.int().min(0),
};
const means = z.enum(["card", "face", "hand"]);

/** One thing that is known elsewhere of somebody at a shelter, and of no name. */
const toldSchema = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("in"), ...placed, shelter: shelterIdSchema, means }),
  z.strictObject({
    ...{ is: z.literal("out"), ...placed, shelter: shelterIdSchema },
    reason: z.union([leavingReasonSchema, z.literal("exit")]),
  }),
  z.strictObject({
    ...{ is: z.literal("transfer"), ...placed, from: shelterIdSchema, to: shelterIdSchema },
  }),
  z.strictObject({ is: z.literal("household"), ...placed, what: pseudonymSchema.nullable() }),
  z.strictObject({ is: z.literal("needs"), ...placed, what: z.array(shelterNeedSchema).max(9) }),
  z.strictObject({ is: z.literal("language"), ...placed, what: z.string().max(3).nullable() }),
  z.strictObject({ is: z.literal("protected"), ...placed, what: z.boolean() }),
  z.strictObject({ is: z.literal("same"), ...placed, other: pseudonymSchema, what: z.boolean() }),
  /** What a shelter is called, so that a screen can say where somebody went. */
  z.strictObject({ is: z.literal("site"), shelter: shelterIdSchema, label: z.string().max(80) }),
]);
export type Told = Readonly<z.infer<typeof toldSchema>>;

export const toldOfSheetMax = 120;
export const toldRowsSchema = z.array(toldSchema).max(toldOfSheetMax);

const unset: Place = { at: 0 as WallMs, device: deskDevice, sequence: 0 };

/**
 * Takes in what a gateway tells a shelter's own box. Every fact keeps its place among all events, so it does
 * not matter what the box knew before, what it hears later, or how often it hears the same list.
 */
export function applyTold(state: ShelterState, rows: readonly Told[]): void {
  state.shown = undefined;
  state.allStale = true;
  for (const row of rows) {
    if (row.is === "site") {
      const { shelter, label } = row;
      const site = {
        type: "shelter.site-set",
        shelter,
        label,
        capacity: null,
        open: true,
      } as const;
      state.sites.set(site, unset);
      continue;
    }
    const { person, at, device, sequence } = row;
    const place = { at, device, sequence };
    if (at > state.asOf) state.asOf = at;
    switch (row.is) {
      case "in":
      case "out":
      case "transfer":
        state.people.add({ ...place, person, kind: row });
        break;
      case "same": {
        const persons: [typeof person, typeof person] = [person, row.other];
        state.people.decide({ type: "shelter.duplicate-decided", persons, same: row.what }, place);
        break;
      }
      default:
        state.people.say(person, row.is, row.what, place);
    }
  }
}
