import * as z from "zod";
import { wallMsSchema } from "../ids.ts";

/** The gateway let go of what it had kept long enough: how much of what, and up to when. */
const retentionAppliedSchema = z.strictObject({
  type: z.literal("retention.applied"),
  what: z.enum(["quarantine", "shelter-details"]),
  before: wallMsSchema,
  count: z.int().min(1),
});

export const retentionBodies = [retentionAppliedSchema] as const;
