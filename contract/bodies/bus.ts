import * as z from "zod";
import { deviceIdSchema, digestSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";

/** An identifier as GTFS allows it, any text; kept short, and free of line ends and controls. */
export const gtfsIdSchema = z.string().regex(/^[^\p{C}]{1,64}$/u, "1 to 64 printable characters");

/** A vehicle of the operator: the number on its side, or its id in the operator's system. */
export const vehicleIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, "letters, digits, dots, hyphens, 40 at most");

const localDaySchema = z.iso.date();

/** An event that is meant, by its place in the chain of the device that made it. */
const eventReferenceSchema = z.strictObject({
  device: deviceIdSchema,
  sequence: z.int().min(1),
});

export const passingDirectionSchema = z.enum(["boarding", "alighting"]);
export type PassingDirection = z.infer<typeof passingDirectionSchema>;

/** Where a vehicle stands: the terms of GTFS Schedule's stop_times.txt, trips.txt and stops.txt. */
const atStopSchema = z.strictObject({
  type: z.literal("bus.at-stop"),
  vehicle: vehicleIdSchema,
  trip: gtfsIdSchema,
  stop: gtfsIdSchema,
  stopSequence: z.int().min(0).max(9_999),
  /** GTFS direction_id. */
  direction: z.union([z.literal(0), z.literal(1)]).optional(),
  /** GTFS zone_id of the stop, which fares go by. */
  zone: gtfsIdSchema.optional(),
  source: z.enum(["feed", "file", "fixed-route"]),
  /** When the vehicle reached the stop, where that is not when the event was made. */
  reachedAt: wallMsSchema.optional(),
});

/** Which vehicle a box is on from now on, and what it means to be admitted there. */
const boxPlacedSchema = z.strictObject({
  type: z.literal("bus.box-placed"),
  device: deviceIdSchema,
  vehicle: vehicleIdSchema,
  door: z.enum(["front", "middle", "rear"]),
  /** "either": whoever is aboard alights, everybody else boards. */
  counts: z.enum(["boarding", "alighting", "either"]),
});

/** Which way somebody went whom the same device admitted; it overrules the box's place. */
const passedSchema = z.strictObject({
  type: z.literal("bus.passed"),
  /** Sequence of the decision on the device that made this event. */
  decision: z.int().min(1),
  direction: passingDirectionSchema,
});

/** Passengers whom no box recognised: a driver's button, cash, a door counter. */
const countedSchema = z.strictObject({
  type: z.literal("bus.counted"),
  vehicle: vehicleIdSchema,
  direction: passingDirectionSchema,
  count: z.int().min(1).max(200),
});

/**
 * Somebody boarded with others. A child who carries nothing is named by a pseudonym where it is
 * enrolled, and counted otherwise. A later event about the same boarding replaces this one.
 */
const groupBoardedSchema = z
  .strictObject({
    type: z.literal("bus.group-boarded"),
    /** The decision, or the card's tap, by which the guardian or the group's leader boarded. */
    boarding: eventReferenceSchema,
    adults: z.int().min(0).max(99),
    children: z.int().min(0).max(99),
    infants: z.int().min(0).max(99),
    /** Enrolled children among the children. */
    namedChildren: z.array(pseudonymSchema).max(40),
  })
  .refine(({ children, namedChildren }) => new Set(namedChildren).size <= children, {
    error: "more children are named than there are",
  });

/** A transit card at the reader: a keyed hash of its identifier, never the identifier. */
const cardTappedSchema = z.strictObject({ type: z.literal("bus.card-tapped"), card: digestSchema });

/** A transit card belongs to a person from now on, who proved themselves in the decision named. */
const cardLinkedSchema = z.strictObject({
  type: z.literal("bus.card-linked"),
  card: digestSchema,
  person: pseudonymSchema,
  proof: eventReferenceSchema,
});

const cardUnlinkedSchema = z.strictObject({
  type: z.literal("bus.card-unlinked"),
  card: digestSchema,
});

/** A digital pass for one person: a product of the fare table, a zone of it, and its days. */
const passGrantedSchema = z
  .strictObject({
    type: z.literal("bus.pass-granted"),
    person: pseudonymSchema,
    product: z.string().regex(/^[a-z0-9-]{1,40}$/),
    validFrom: localDaySchema,
    /** The last day on which it is valid. */
    validUntil: localDaySchema,
  })
  .refine((pass) => pass.validFrom <= pass.validUntil, { error: "ends before it begins" });

const passEndedSchema = z.strictObject({
  type: z.literal("bus.pass-ended"),
  pass: eventReferenceSchema,
  reason: z.enum(["returned", "lost-entitlement", "mistake"]),
});

/** What happens on and around a bus beside the decisions of its boxes. */
export const busBodies = [
  atStopSchema,
  boxPlacedSchema,
  passedSchema,
  countedSchema,
  groupBoardedSchema,
  cardTappedSchema,
  cardLinkedSchema,
  cardUnlinkedSchema,
  passGrantedSchema,
  passEndedSchema,
] as const;

/** What a person at the desk may say of a bus; where it stands comes through its positions. */
export const busDeskBodySchema = z.discriminatedUnion("type", [
  boxPlacedSchema,
  countedSchema,
  groupBoardedSchema,
  cardLinkedSchema,
  cardUnlinkedSchema,
  passGrantedSchema,
  passEndedSchema,
]);

export type BusBody = z.infer<(typeof busBodies)[number]>;
