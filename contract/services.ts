import * as z from "zod";

/** The services that an event can belong to. Their rules are policy data, not code. */
export const serviceNames = [
  "bus.boarding",
  "school.attendance",
  "school.route-watch",
  "shelter.check-in",
  "taxi.subsidised-ride",
  "medical.reception",
  "event.entry",
  "payment",
  "counter",
  "shelter.identity-check",
  "member.card",
  "site.login",
  "company.identity-check",
] as const;
export const serviceSchema = z.enum(serviceNames);
export type Service = z.infer<typeof serviceSchema>;
