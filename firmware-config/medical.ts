import * as z from "zod";
import { datedSchema } from "./dated.ts";

export const medicalRulesSchema = datedSchema({
  /** A card's decision may be this old when a consent is recorded on it. */
  decisionMinutesMax: z.int().min(1).max(1_440),
  consentDaysMax: z.int().min(1).max(3_650),
  /** Both cards of a crew must have been put down within this time of the look-up. */
  crewMinutesMax: z.int().min(1).max(120),
  emergencyMinutes: z.int().min(1).max(1_440),
  /** By when the person must have been told of a look-up. */
  noticeDaysMax: z.int().min(1).max(365),
});
export type MedicalRules = Readonly<z.infer<typeof medicalRulesSchema>>;

/** A consent at a reception is for that day's visit; a look-up for the way to a hospital. */
export const defaultMedicalRules: MedicalRules = [
  {
    validFrom: "2024-01-01T00:00:00+09:00",
    ...{ decisionMinutesMax: 30, consentDaysMax: 1, crewMinutesMax: 10 },
    ...{ emergencyMinutes: 60, noticeDaysMax: 30 },
  },
];
