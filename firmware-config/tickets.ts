import * as z from "zod";
import { datedSchema } from "./dated.ts";

export const ticketRulesSchema = datedSchema({
  /** A card's decision may be this old when a purchase or a transfer is recorded on it. */
  decisionMinutesMax: z.int().min(1).max(1_440),
  /** How long a box office may go by one list without a network. */
  listHours: z.int().min(1).max(168),
});
export type TicketRules = Readonly<z.infer<typeof ticketRulesSchema>>;

export const defaultTicketRules: TicketRules = [
  { validFrom: "2024-01-01T00:00:00+09:00", decisionMinutesMax: 10, listHours: 48 },
];
