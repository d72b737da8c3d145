import * as z from "zod";
import { wallMsSchema } from "../ids.ts";
import { serviceSchema } from "../services.ts";

/**
 * Decisions that a box made while it could write nothing down: its outbox was full or its disk took
 * nothing. How many they were is all that is left of them, and it is said as soon as it can be. A
 * statement with the same `since` as one before it takes that one's place: the power may go between
 * saying it and knowing that it was said.
 */
export const decisionsUnrecordedSchema = z.strictObject({
  type: z.literal("decisions.unrecorded"),
  service: serviceSchema,
  since: wallMsSchema,
  until: wallMsSchema,
  admitted: z.int().min(0),
  refused: z.int().min(0),
});

export const unrecordedBodies = [decisionsUnrecordedSchema] as const;
