import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { openWord, type WordKind } from "./gateway-word.ts";
import { type DeviceId, deviceIdSchema, pseudonymSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal } from "./seal.ts";

const localDay = z.iso.date();

/** People of one sheet, so that it fits into one message; more go into several sheets. */
export const sheetPersonsMax = 400;

const allowedPersonSchema = z.strictObject({
  person: pseudonymSchema,
  /** Rides that the gateway knows of, on the sheet's first day and in its year, by whichever box. */
  usedToday: z.int().min(0),
  usedThisYear: z.int().min(0),
  /** The last local day, of those that the sheet counts for, on which the person is entitled. */
  entitledUntil: localDay,
});

/**
 * What a box may count subsidised rides from while it hears nobody: who is entitled, and how many rides
 * the gateway knew of. The box takes off its own rides after `countedTo`, which are not in these numbers.
 */
const allowanceSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** Greater than that of any allowance before. All sheets of one allowance share it. */
  serial: z.int().min(1),
  sheet: z.int().min(1),
  sheets: z.int().min(1).max(1_000),
  /** The last event of this box whose ride is counted here; 0 for none. */
  countedTo: z.int().min(0),
  /** The first and the last local day that it counts for. */
  from: localDay,
  until: localDay,
  /** The first day of the year that `usedThisYear` is of, and of the next. */
  yearFrom: localDay,
  nextYearFrom: localDay,
  ridesPerDay: z.int().min(0).max(1_000),
  ridesPerYear: z.int().min(0).max(10_000),
  persons: z.array(allowedPersonSchema).max(sheetPersonsMax),
});
export type TaxiAllowance = Readonly<z.infer<typeof allowanceSchema>>;

const allowanceKind: WordKind<TaxiAllowance> = {
  ...{ type: "tebura-allowance+jws", schema: allowanceSchema },
  ...{ code: "ALLOWANCE_INVALID", what: "an allowance of rides" },
};

export async function sealAllowance(sheet: TaxiAllowance, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-allowance+jws", sheet, gatewayKeyId, privateKey);
}

/** Verifies and reads a sheet for `device`. Throws ALLOWANCE_INVALID. */
export async function openAllowance(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<TaxiAllowance> {
  return await openWord(allowanceKind, sealed, device, publicKey);
}
