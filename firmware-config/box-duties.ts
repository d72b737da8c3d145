import * as z from "zod";
import { gtfsIdSchema, vehicleIdSchema } from "#contract/bodies/bus.ts";
import { placeIdSchema } from "#contract/bodies/places.ts";
import { shelterIdSchema } from "#contract/bodies/shelter.ts";
import { taxiNumberSchema } from "#contract/bodies/taxi.ts";

/** Where a shelter's box stands. Without a door of its own for leaving, one box serves both ways. */
const shelterSchema = z.strictObject({
  id: shelterIdSchema,
  label: z.string().min(1).max(80),
  /** Persons; null where nobody said. */
  capacity: z.int().min(0).max(1_000_000).nullable().default(null),
  door: z.enum(["entrance", "exit"]).default("entrance"),
});
export type ShelterSettings = Readonly<z.infer<typeof shelterSchema>>;

const taxiSchema = z.strictObject({
  /** The company whose claim the ride is of. */
  company: taxiNumberSchema,
  /** A demand taxi: only who has booked, or a proxy of whoever did, may board. */
  bookedOnly: z.boolean().default(false),
});
export type TaxiSettings = Readonly<z.infer<typeof taxiSchema>>;

const tillSchema = z.strictObject({
  merchant: placeIdSchema,
  /** For how long a payment waits for its person. */
  waitSeconds: z.number().min(5).max(600).default(60),
});
export type TillSettings = Readonly<z.infer<typeof tillSchema>>;

const busSchema = z.strictObject({
  vehicle: vehicleIdSchema,
  /** A file that the vehicle's own computer writes anew at each stop: the position as JSON. */
  positionFile: z.string().min(1).optional(),
  /** A timetable that the vehicle follows where it has no feed: stops in order, and when each is due. */
  fixedRoute: z
    .array(
      z.strictObject({
        trip: gtfsIdSchema,
        stop: gtfsIdSchema,
        stopSequence: z.int().min(0).max(9_999),
        direction: z.union([z.literal(0), z.literal(1)]).optional(),
        zone: gtfsIdSchema.optional(),
        /** Local time of each day, as 07:05. */
        at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
      }),
    )
    .max(5_000)
    .default([]),
});
export type BusSettings = Readonly<z.infer<typeof busSchema>>;

const ticketsSchema = z.strictObject({
  /** A box office: whoever puts their card down here buys. Otherwise the box is a door. */
  sells: z.boolean().default(false),
});

/** What a box has to know of its place, by what it is for. */
export const boxDutiesSchema = z
  .strictObject({
    shelter: shelterSchema.optional(),
    taxi: taxiSchema.optional(),
    till: tillSchema.optional(),
    bus: busSchema.optional(),
    tickets: ticketsSchema.optional(),
    timeZone: z.string().default("Asia/Tokyo"),
  })
  .prefault({});
export type BoxDuties = Readonly<z.infer<typeof boxDutiesSchema>>;
