import * as z from "zod";
import { digestSchema } from "../ids.ts";

/** A signed policy table is in force from here on; the digest is of its sealed bytes. */
const putInForceSchema = z.strictObject({
  type: z.literal("policy.put-in-force"),
  version: z.int().min(1),
  table: digestSchema,
});

export const policyBodies = [putInForceSchema] as const;
