import * as z from "zod";
import { datedSchema } from "./dated.ts";

export const paymentRulesSchema = datedSchema({
  /** A decision at the merchant's box may be this old when a payment is authorised on it. */
  decisionMinutesMax: z.int().min(1).max(60),
  /** How long a provider may settle an authorisation. */
  authorisationDays: z.int().min(1).max(90),
});
export type PaymentRules = Readonly<z.infer<typeof paymentRulesSchema>>;

export const defaultPaymentRules: PaymentRules = [
  { validFrom: "2024-01-01T00:00:00+09:00", decisionMinutesMax: 3, authorisationDays: 7 },
];
