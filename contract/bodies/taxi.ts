import * as z from "zod";
import { deviceIdSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";

const code = z.string().regex(/^[a-z0-9-]{1,40}$/);
const localDay = z.iso.date();

/** A taxi company, a booking, an entitlement: the operator's own number for it, and nobody's name. */
export const taxiNumberSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/);
export const taxiMonthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);

/** People who share one subsidised ride. */
export const ridersMax = 8;
/** What no taxi ride costs; a fare beyond it is a slip of the hand. */
export const fareYenMax = 1_000_000;
/** Lines of one statement, so that its event stays below the size of any event. */
export const claimLinesMax = 80;

const yen = z.int().min(0).max(fareYenMax);
/** A ride: the event that ended it, by its box and its number there. */
export const rideKeySchema = z.strictObject({ device: deviceIdSchema, sequence: z.int().min(1) });
export type RideKey = Readonly<z.infer<typeof rideKeySchema>>;

const riderSchema = z.strictObject({
  person: pseudonymSchema,
  /** Sequence of this box's decision that admitted the person. */
  tap: z.int().min(1),
  /** The tap was so long before this event. A distance stays right when the box's clock was not. */
  tapAgoMs: z.int().min(0).max(86_400_000),
  subsidyYen: yen,
  /** What the box counted as left after this ride: today, and in this year. */
  leftToday: z.int().min(0).max(1_000),
  leftThisYear: z.int().min(0).max(10_000),
  /** The signed allowance that the box counted from; null where somebody let the person ride without. */
  allowance: z.int().min(1).nullable(),
});
export type TaxiRider = Readonly<z.infer<typeof riderSchema>>;

/** A subsidised ride is over: the meter's fare, and what each rider was let off. */
const rideEndedSchema = z.strictObject({
  type: z.literal("taxi.ride-ended"),
  company: taxiNumberSchema,
  fareYen: yen,
  booking: taxiNumberSchema.optional(),
  riders: z
    .array(riderSchema)
    .min(1)
    .max(ridersMax)
    .refine((riders) => new Set(riders.map(({ person }) => person)).size === riders.length, {
      error: "nobody rides twice in one ride",
    }),
});
export type RideEnded = Readonly<z.infer<typeof rideEndedSchema>>;

/** A clerk puts a ride right: another fare, or null where the ride never was one. */
export const rideCorrectedSchema = z.strictObject({
  type: z.literal("taxi.ride-corrected"),
  ride: rideKeySchema,
  fareYen: yen.nullable(),
  reason: code,
});

/** A clerk has decided what becomes of a subsidy that went beyond what was allowed. */
export const overdrawSettledSchema = z.strictObject({
  type: z.literal("taxi.overdraw-settled"),
  ride: rideKeySchema,
  person: pseudonymSchema,
  /** The city bears it, gets it back from the person, or does not pay it to the company. */
  decision: z.enum(["borne", "repaid", "not-paid"]),
  reason: code,
});

export const entitlementGrantedSchema = z.strictObject({
  type: z.literal("taxi.entitlement-granted"),
  entitlement: taxiNumberSchema,
  person: pseudonymSchema,
  /** A category of the policy table; one that it does not list on the day of a ride counts for nothing. */
  category: code,
  validFrom: localDay,
  /** The last day, or null where it has none. */
  validUntil: localDay.nullable(),
});

export const entitlementRevokedSchema = z.strictObject({
  type: z.literal("taxi.entitlement-revoked"),
  entitlement: taxiNumberSchema,
  person: pseudonymSchema,
  /** The first day on which it no longer counts. */
  from: localDay,
  reason: code,
});

/** What a company claims of the city for a month: the rides, and what earlier claims had wrong. */
const claimStatedSchema = z.strictObject({
  type: z.literal("taxi.claim-stated"),
  company: taxiNumberSchema,
  month: taxiMonthSchema,
  lines: z
    .array(z.strictObject({ ride: rideKeySchema, yen: z.int().min(-fareYenMax).max(fareYenMax) }))
    .min(1)
    .max(claimLinesMax),
});

const bookingFields = z.strictObject({
  booking: taxiNumberSchema,
  company: taxiNumberSchema,
  /** The box of the vehicle that comes, where that is known already. */
  vehicle: deviceIdSchema.nullable(),
  /** Who booked, and who rides. */
  person: pseudonymSchema,
  boardFrom: wallMsSchema,
  boardUntil: wallMsSchema,
});
const endsAfterItBegins = { error: "boarding ends after it begins", path: ["boardUntil"] };
const boardsInTime = ({ boardFrom, boardUntil }: z.infer<typeof bookingFields>) =>
  boardFrom < boardUntil;

/** What a desk is asked to book: the same without its type. */
export const bookingSchema = bookingFields.refine(boardsInTime, endsAfterItBegins);
export const bookingMadeSchema = bookingFields
  .extend({ type: z.literal("taxi.booking-made") })
  .refine(boardsInTime, endsAfterItBegins);

export const bookingCancelledSchema = z.strictObject({
  type: z.literal("taxi.booking-cancelled"),
  booking: taxiNumberSchema,
  reason: code,
});

/** From that day on the proxy may board what the person booked. */
export const proxyRegisteredSchema = z.strictObject({
  type: z.literal("taxi.proxy-registered"),
  person: pseudonymSchema,
  proxy: pseudonymSchema,
  validFrom: localDay,
  validUntil: localDay.nullable(),
});

export const proxyRemovedSchema = z.strictObject({
  type: z.literal("taxi.proxy-removed"),
  person: pseudonymSchema,
  proxy: pseudonymSchema,
  reason: code,
});

/** A box was given allowances to count from; the event's place in the ledger is their serial number. */
const allowanceIssuedSchema = z.strictObject({
  type: z.literal("taxi.allowance-issued"),
  device: deviceIdSchema,
  /** The first and the last local day that it counts for. */
  from: localDay,
  until: localDay,
});

export const taxiBodies = [
  rideEndedSchema,
  rideCorrectedSchema,
  overdrawSettledSchema,
  entitlementGrantedSchema,
  entitlementRevokedSchema,
  claimStatedSchema,
  allowanceIssuedSchema,
  bookingMadeSchema,
  bookingCancelledSchema,
  proxyRegisteredSchema,
  proxyRemovedSchema,
] as const;
