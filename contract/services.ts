import * as z from "zod";

/** The services that an event can belong to. Their rules are policy data, not code. */
export const serviceNames = ["bus.boarding", "school.attendance", "shelter.check-in"] as const;
export const serviceSchema = z.enum(serviceNames);
export type Service = z.infer<typeof serviceSchema>;
