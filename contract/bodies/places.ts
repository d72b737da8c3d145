import * as z from "zod";
import { type Brand, deviceIdSchema, wallMsSchema } from "../ids.ts";
import { serviceSchema } from "../services.ts";

/** Where a box works for a service: a clinic, a performance, a merchant. A code, never a name. */
export type PlaceId = Brand<string, "PlaceId">;

export const placeIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "lower-case letters, digits and hyphens, 40 at most")
  .transform((text) => text as PlaceId);

/** From that moment a box works there and nowhere else for this service; at null, nowhere. */
export const boxAssignedSchema = z.strictObject({
  type: z.literal("place.box-assigned"),
  service: serviceSchema,
  box: deviceIdSchema,
  place: placeIdSchema.nullable(),
  from: wallMsSchema,
});

export const placeBodies = [boxAssignedSchema] as const;
