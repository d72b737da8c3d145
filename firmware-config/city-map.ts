import * as z from "zod";
import { deviceIdSchema } from "#contract/ids.ts";

/** A point of WGS 84, in degrees. */
export const pointSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Point = Readonly<z.infer<typeof pointSchema>>;

/** Where boxes stand, for the console's map. A box on a bus is where its bus is. */
export const cityMapSchema = z
  .strictObject({
    /** Each box by its coordinates, or by the `stop_id` of the stop that it stands at in the GTFS feed. */
    boxes: z
      .record(deviceIdSchema, z.union([pointSchema, z.strictObject({ stop: z.string().min(1) })]))
      .default({}),
  })
  .prefault({});
export type CityMapSettings = Readonly<z.infer<typeof cityMapSchema>>;
