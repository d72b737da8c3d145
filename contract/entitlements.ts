import * as z from "zod";

/**
 * What somebody can be entitled by, beside their age. Which of them a service asks for, and from which
 * age on none is needed, is policy data of that service.
 */
const entitlementKinds = [
  "disability-certificate",
  "care-certification",
  "intractable-disease",
  "pregnancy",
  "no-driving-licence",
  "returned-driving-licence",
] as const;
export const entitlementKindSchema = z.enum(entitlementKinds);
export type EntitlementKind = z.infer<typeof entitlementKindSchema>;
