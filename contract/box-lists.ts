import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { placeIdSchema } from "./bodies/places.ts";
import { taxiNumberSchema } from "./bodies/taxi.ts";
import { ticketIdSchema } from "./bodies/tickets.ts";
import { TeburaError } from "./errors.ts";
import { openWord, type WordKind } from "./gateway-word.ts";
import { type DeviceId, deviceIdSchema, pseudonymSchema, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { claimedType, seal } from "./seal.ts";
import { serviceSchema } from "./services.ts";
import { toldRowsSchema } from "./shelter/told.ts";
import { openAllowance, type TaxiAllowance } from "./taxi-allowance.ts";

/**
 * What a box goes by while it hears nobody: who may ride, who has booked, who bought a ticket, and the key
 * that it seals its own people's names to. Each list comes in sheets of a size for one message, all of one
 * serial number; of two lists the one with the greater serial is newer.
 */
export const listNames = [
  "taxi-allowance",
  "taxi-bookings",
  "box-office",
  "handover-key",
  "service-terms",
  "shelter-people",
  "shelter-names",
  "shelter-erased",
] as const;
export type ListName = (typeof listNames)[number];

/** Lists that tell of nobody: a box holds them when its service is over, too. */
const tellingNobody: ReadonlySet<ListName> = new Set(["handover-key", "service-terms"]);

export function tellsOfPeople(name: ListName): boolean {
  return !tellingNobody.has(name);
}

/** A list that a box holds whole: what its health says, so that the gateway knows what to send. */
export const heldListSchema = z.strictObject({
  name: z.enum(listNames),
  serial: z.int().min(1),
});
export type HeldList = Readonly<z.infer<typeof heldListSchema>>;

const sheetFields = {
  v: z.literal(1),
  device: deviceIdSchema,
  serial: z.int().min(1),
  sheet: z.int().min(1),
  sheets: z.int().min(1).max(2_500),
};
/** Whose word ends by itself: from `until` on it is nobody's. */
const timedFields = { ...sheetFields, at: wallMsSchema, until: wallMsSchema };

export const bookingsOfSheetMax = 100;
const mayBoardMax = 12;

const bookingSchema = z.strictObject({
  booking: taxiNumberSchema,
  company: taxiNumberSchema,
  boardFrom: wallMsSchema,
  boardUntil: wallMsSchema,
  mayBoard: z
    .array(
      z.strictObject({
        person: pseudonymSchema,
        as: z.enum(["rider", "proxy"]),
        /** Of a proxy by a signed mandate: from when until when. */
        from: wallMsSchema.optional(),
        until: wallMsSchema.optional(),
      }),
    )
    .max(mayBoardMax),
});
export type Booking = Readonly<z.infer<typeof bookingSchema>>;

/** Who may board what was booked of this box's vehicle. */
const bookingSheetSchema = z.strictObject({
  ...timedFields,
  bookings: z.array(bookingSchema).max(bookingsOfSheetMax),
});
export type BookingSheet = Readonly<z.infer<typeof bookingSheetSchema>>;

export const ticketsOfSheetMax = 400;
/** Who bought an admission to the performance at whose door this box stands. */
const ticketSheetSchema = z.strictObject({
  ...timedFields,
  performance: placeIdSchema,
  tickets: z
    .array(
      z.strictObject({
        ticket: ticketIdSchema,
        holder: pseudonymSchema,
        used: z.enum(["no", "by-face", "by-hand"]),
      }),
    )
    .max(ticketsOfSheetMax),
});
export type TicketSheet = Readonly<z.infer<typeof ticketSheetSchema>>;

/** The gateway's X25519 key, as 32 bytes in base64url: whatever is sealed to it, the gateway alone reads. */
const handoverKeySchema = z.strictObject({
  ...sheetFields,
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Handovers of this box up to this number are on the gateway's disk. */
  keptTo: z.int().min(0),
});
export type HandoverKey = Readonly<z.infer<typeof handoverKeySchema>>;

export const termsOfSheetMax = 200;
const moment = z.iso.datetime({ offset: true });
/** When services end, as the city has decided; it counts until there is another. */
const termsSheetSchema = z.strictObject({
  ...timedFields,
  terms: z
    .array(z.strictObject({ service: serviceSchema, validFrom: moment, endsAt: moment.nullable() }))
    .max(termsOfSheetMax),
});
export type TermsSheet = Readonly<z.infer<typeof termsSheetSchema>>;

/** What is known elsewhere of the people of this box's shelter, by pseudonyms; it stays true for good. */
const shelterSheetSchema = z.strictObject({ ...timedFields, told: toldRowsSchema });
type ShelterSheet = Readonly<z.infer<typeof shelterSheetSchema>>;

/** What the people of this box's shelter are called: sealed to the box's own key (shelter/told-names.ts). */
const namesSheetSchema = z.strictObject({
  ...timedFields,
  sealed: z.string().regex(/^[A-Za-z0-9_-]+$/),
});
type NamesSheet = Readonly<z.infer<typeof namesSheetSchema>>;

export const erasedOfSheetMax = 1_000;
/**
 * Of the people whose names this box handed over, those whom the gateway holds no name of any more: the box's
 * own copy goes too. It stays true for good.
 */
const erasedSheetSchema = z.strictObject({
  ...timedFields,
  persons: z.array(pseudonymSchema).max(erasedOfSheetMax),
});
type ErasedSheet = Readonly<z.infer<typeof erasedSheetSchema>>;

export type NamedSheet =
  | { readonly name: "taxi-allowance"; readonly sheet: TaxiAllowance }
  | { readonly name: "taxi-bookings"; readonly sheet: BookingSheet }
  | { readonly name: "box-office"; readonly sheet: TicketSheet }
  | { readonly name: "handover-key"; readonly sheet: HandoverKey }
  | { readonly name: "service-terms"; readonly sheet: TermsSheet }
  | { readonly name: "shelter-people"; readonly sheet: ShelterSheet }
  | { readonly name: "shelter-names"; readonly sheet: NamesSheet }
  | { readonly name: "shelter-erased"; readonly sheet: ErasedSheet };
export type SheetOf<Name extends ListName> = Extract<NamedSheet, { name: Name }>["sheet"];

const code = "LIST_INVALID";
const bookingKind: WordKind<BookingSheet> = {
  ...{ type: "tebura-bookings+jws", schema: bookingSheetSchema, code, what: "a list of bookings" },
};
const ticketKind: WordKind<TicketSheet> = {
  ...{ type: "tebura-tickets+jws", schema: ticketSheetSchema, code, what: "a list of tickets" },
};
const handoverKind: WordKind<HandoverKey> = {
  ...{ type: "tebura-handover-key+jws", schema: handoverKeySchema, code, what: "a handover's key" },
};

const termsKind: WordKind<TermsSheet> = {
  ...{ type: "tebura-terms+jws", schema: termsSheetSchema, code, what: "the services' terms" },
};

const shelterKind: WordKind<ShelterSheet> = {
  ...{ type: "tebura-shelter-people+jws", schema: shelterSheetSchema, code },
  what: "a list of a shelter's people",
};

const namesKind: WordKind<NamesSheet> = {
  ...{ type: "tebura-shelter-names+jws", schema: namesSheetSchema, code },
  what: "the names of a shelter's people",
};

const erasedKind: WordKind<ErasedSheet> = {
  ...{ type: "tebura-shelter-erased+jws", schema: erasedSheetSchema, code },
  what: "a list of whose names were erased",
};

/** Seals a sheet that is not an allowance; those have `sealAllowance`. */
export async function sealSheet(
  { name, sheet }: Exclude<NamedSheet, { name: "taxi-allowance" }>,
  privateKey: KeyObject,
): Promise<string> {
  const kinds = {
    "taxi-bookings": bookingKind,
    "box-office": ticketKind,
    "handover-key": handoverKind,
    "service-terms": termsKind,
    "shelter-people": shelterKind,
    "shelter-names": namesKind,
    "shelter-erased": erasedKind,
  };
  return await seal(kinds[name].type, sheet, gatewayKeyId, privateKey);
}

/**
 * Verifies and reads a sheet for `device`, of whichever list it is. Throws LIST_INVALID, or
 * ALLOWANCE_INVALID for a sheet that says that it is of an allowance.
 */
export async function openSheet(
  sealed: string,
  device: DeviceId,
  key: KeyObject,
): Promise<NamedSheet> {
  switch (claimedType(sealed)) {
    case "tebura-allowance+jws":
      return { name: "taxi-allowance", sheet: await openAllowance(sealed, device, key) };
    case bookingKind.type:
      return { name: "taxi-bookings", sheet: await openWord(bookingKind, sealed, device, key) };
    case ticketKind.type:
      return { name: "box-office", sheet: await openWord(ticketKind, sealed, device, key) };
    case handoverKind.type:
      return { name: "handover-key", sheet: await openWord(handoverKind, sealed, device, key) };
    case termsKind.type:
      return { name: "service-terms", sheet: await openWord(termsKind, sealed, device, key) };
    case shelterKind.type:
      return { name: "shelter-people", sheet: await openWord(shelterKind, sealed, device, key) };
    case namesKind.type:
      return { name: "shelter-names", sheet: await openWord(namesKind, sealed, device, key) };
    case erasedKind.type:
      return { name: "shelter-erased", sheet: await openWord(erasedKind, sealed, device, key) };
    default:
      throw new TeburaError(
        "LIST_INVALID",
        `a list for ${device} is of no kind that is known here`,
      );
  }
}
