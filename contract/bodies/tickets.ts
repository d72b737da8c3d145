import * as z from "zod";
import { type Brand, pseudonymSchema, wallMsSchema } from "../ids.ts";
import { eventRefSchema } from "./event-ref.ts";
import { placeIdSchema } from "./places.ts";

/** One admission to one performance: 16 random bytes in base64url. */
export type TicketId = Brand<string, "TicketId">;

export const ticketIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url")
  .transform((text) => text as TicketId);

/** What is sold: said again with other numbers, the later word counts for what is sold after it. */
export const performanceSetSchema = z.strictObject({
  type: z.literal("ticket.performance-set"),
  performance: placeIdSchema,
  startsAt: wallMsSchema,
  capacity: z.int().min(0).max(1_000_000),
  perPurchaseMax: z.int().min(1).max(8),
  priceYen: z.int().min(0).max(10_000_000),
});

/** `signed` is the decision that carries the step-up of the buyer's card. */
const purchasedSchema = z.strictObject({
  type: z.literal("ticket.purchased"),
  performance: placeIdSchema,
  tickets: z
    .array(ticketIdSchema)
    .min(1)
    .max(8)
    .refine((all) => new Set(all).size === all.length, "each ticket once"),
  buyer: pseudonymSchema,
  signed: eventRefSchema,
  amountYen: z.int().min(0).max(80_000_000),
});

/** `signed` is a new decision with the step-up of the card of whoever gives the ticket away. */
export const transferredSchema = z.strictObject({
  type: z.literal("ticket.transferred"),
  ticket: ticketIdSchema,
  from: pseudonymSchema,
  to: pseudonymSchema,
  signed: eventRefSchema,
});

/** A clerk let somebody in, since no face could be had or was wanted. */
export const enteredByHandSchema = z.strictObject({
  type: z.literal("ticket.entered-by-hand"),
  ticket: ticketIdSchema,
  why: z.enum(["no-face", "not-recognised", "box-failed", "person-asked"]),
});

/** What a person found out about an entry that did not fit. */
export const conflictSettledSchema = z.strictObject({
  type: z.literal("ticket.conflict-settled"),
  entry: eventRefSchema,
  how: z.enum(["came-back-in", "wrong-person-recognised", "sent-out", "let-in-anyway"]),
});

export const ticketBodies = [
  performanceSetSchema,
  purchasedSchema,
  transferredSchema,
  enteredByHandSchema,
  conflictSettledSchema,
] as const;
