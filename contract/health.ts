import * as z from "zod";
import { deviceIdSchema, wallMsSchema } from "./ids.ts";
import { serviceSchema } from "./services.ts";

/** What a box says of itself every few seconds. Signed, never in the ledger, newest wins. */
export const healthSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  at: wallMsSchema,
  version: z.string().max(40),
  service: serviceSchema,
  source: z.string().max(20),
  sourceState: z.string().max(20),
  /** The newest sequence that the device has sealed, and how many await a receipt. */
  sequence: z.int().min(0),
  outboxDepth: z.int().min(0),
  framesPerSecond: z.number().min(0),
  framesDropped: z.int().min(0),
  galleryPeople: z.int().min(0),
  cardReader: z.enum(["ready", "none", "virtual"]),
  /** Nonces at hand that are good for three days or more: below half a lease, a box wants more. */
  nonces: z.int().min(0),
  /** Why the gateway takes no events of this box at the moment, if it does not: an error code. */
  refusal: z.string().max(40).optional(),
});
export type Health = z.infer<typeof healthSchema>;

/** How often a healthy box speaks, and after how long its silence is shown. */
export const heartbeatMs = 5_000;
export const silentAfterMs = 20_000;
