import * as z from "zod";
import { datedSchema, inForceAt } from "./dated.ts";

/** How long a gateway keeps what is not the ledger, in whole days. */
const retentionSchema = datedSchema({
  /** Refused messages with their bytes, counted from when they were last refused. */
  quarantineDays: z.int().min(1).max(3_650),
  /** What a shelter wrote down of somebody by name, counted from when they left. */
  shelterDetailsDays: z.int().min(1).max(3_650),
  /** What cards proved, with their certificates, counted from its receipt. What was refused goes with the quarantine. */
  evidenceDays: z.int().min(1).max(3_650).default(1_830),
});
export type Retention = Readonly<z.infer<typeof retentionSchema>>;
export type RetentionRow = Retention[number];

/**
 * A month to find out why something was refused; a season after a disaster for what follows from it; five
 * years, as long as accounts are kept, for what proves that somebody was there.
 */
export const defaultRetention: Retention = [
  {
    validFrom: "2024-01-01T00:00:00+09:00",
    quarantineDays: 30,
    shelterDetailsDays: 120,
    evidenceDays: 1_830,
  },
];

export const retentionSettingsSchema = retentionSchema.default([...defaultRetention]);

/** The row in force at a moment. Throws CONFIG_INVALID where the table begins after it. */
export function retentionAt(retention: Retention, at: number): RetentionRow {
  return inForceAt(retention, at);
}
