import * as z from "zod";
import { wallMsSchema } from "../ids.ts";

/**
 * The gateway let go of what it had kept long enough, or of somebody: how much of what, and up to when.
 * `evidence` is what events commit to, `forgotten` the same of whoever was forgotten, by entries.
 */
const retentionAppliedSchema = z.strictObject({
  type: z.literal("retention.applied"),
  what: z.enum(["quarantine", "shelter-details", "evidence", "forgotten"]),
  before: wallMsSchema,
  count: z.int().min(1),
});

export const retentionBodies = [retentionAppliedSchema] as const;
