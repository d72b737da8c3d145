import * as z from "zod";
import { taxiNumberSchema } from "./bodies/taxi.ts";
import { heldListSchema } from "./box-lists.ts";
import { deviceIdSchema, digestSchema, wallMsSchema } from "./ids.ts";
import { serviceSchema } from "./services.ts";
import { clockQualitySchema, timeNonceSchema } from "./time.ts";

/** What a box says of itself every few seconds. Signed, never in the ledger, newest wins. */
export const healthSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  at: wallMsSchema,
  version: z.string().max(40),
  service: serviceSchema,
  source: z.string().max(20),
  sourceState: z.string().max(20),
  /** What the box's time is worth now, as its events say it too. */
  clock: clockQualitySchema.optional(),
  /** The newest sequence that the device has sealed, and how many await a receipt. */
  sequence: z.int().min(0),
  outboxDepth: z.int().min(0),
  framesPerSecond: z.number().min(0),
  framesDropped: z.int().min(0),
  galleryPeople: z.int().min(0),
  cardReader: z.enum(["ready", "none", "virtual"]),
  /** Nonces at hand that are good for three days or more: below half a lease, a box wants more. */
  nonces: z.int().min(0),
  /** How much a hot or slow box leaves out: 0 nothing, 4 the most. */
  paceLevel: z.int().min(0).max(9).optional(),
  /** Of its hottest part, in degrees Celsius, where it has a sensor. */
  temperature: z.number().min(-60).max(200).optional(),
  /** The gateway's lists that the box holds whole. */
  lists: z.array(heldListSchema).max(8).optional(),
  /** A shelter's box: the X25519 key that names of its people are sealed to, as 32 bytes in base64url. */
  sealTo: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  /** A taxi's box: the company that it drives for. */
  company: taxiNumberSchema.optional(),
  /** The version of the signed policy table that the box goes by; left out for the one that it was set up with. */
  policyVersion: z.int().min(1).optional(),
  /** Why the last table that came was not taken: an error code. */
  policyRefusal: z.string().max(40).optional(),
  /** Why the gateway takes no events of this box at the moment, if it does not: an error code. */
  refusal: z.string().max(40).optional(),
  /** Why this box can write no event down at the moment, if it cannot: an error code. */
  unrecordable: z.string().max(40).optional(),
  /** Asks the gateway for the time; answered on the topic `time`. */
  timeNonce: timeNonceSchema.optional(),
  /** What the box's gallery holds, where it goes by signed consents: signed with the rest. */
  gallery: z
    .strictObject({
      /** The last order of the gateway that it has followed. */
      order: z.int().min(0),
      /** Digest of the set of its rows (contract/gallery-state.ts), and how many there are. */
      state: digestSchema,
      rows: z.int().min(0),
      /** Which rotation its templates went through. */
      rotation: z.string().max(20),
      /** When the gateway last confirmed this gallery, by the gateway's clock; 0 for never. */
      confirmedAt: wallMsSchema,
    })
    .optional(),
  /** The box was told to leave its fleet, and has destroyed the key of its gallery. */
  wiped: z.literal(true).optional(),
});
export type Health = z.infer<typeof healthSchema>;

/** How often a healthy box speaks, and after how long its silence is shown. */
export const heartbeatMs = 5_000;
export const silentAfterMs = 20_000;
