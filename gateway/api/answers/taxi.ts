import * as z from "zod";
import { rideKeySchema } from "#contract/bodies/taxi.ts";
import { pseudonymSchema, wallMsSchema } from "#contract/ids.ts";
import type { TaxiDesk } from "../../taxi/taxi-desk.ts";
import type { BoardingList, TaxiBookings } from "../../views/taxi-bookings.ts";
import type { TaxiClaims } from "../../views/taxi-claims.ts";
import type { Flaw } from "../../views/taxi-judge.ts";
import type { TaxiPerson, TaxiRides } from "../../views/taxi-rides.ts";
import {
  answerOf,
  day,
  device,
  type Given,
  nothing,
  type RouteAnswers,
  rows,
  wall,
  yen,
} from "./answer.ts";

const flaw = z.enum([
  "over-day",
  "over-year",
  "not-entitled",
  "not-tapped",
  "not-booked",
  "subsidy-above-terms",
] satisfies Flaw[]);
const entitlement = z.strictObject({
  ...{ entitlement: z.string(), category: z.string(), validFrom: day },
  ...{ validUntil: day.nullable(), revokedFrom: day.nullable() },
});
const period = z.strictObject({
  from: day.describe("the day, or the first day of the year"),
  used: z.int(),
  left: z.int().describe("below zero where more was ridden than allowed"),
});
const personRide = rideKeySchema.extend({
  ...{ tapAt: wall, day, fareYen: yen.nullable(), subsidyYen: yen, riders: z.int() },
});
const personSchema = z.strictObject({
  ...{ person: pseudonymSchema, entitlements: rows(entitlement), days: rows(period) },
  ...{ years: rows(period), rides: rows(personRide) },
});
const matter = rideKeySchema.extend({
  ...{ person: pseudonymSchema, day, flaw, ofDay: z.int(), ofYear: z.int(), subsidyYen: yen },
  allowance: z.int().nullable(),
  state: z.enum(["open", "borne", "repaid", "not-paid"]),
});
const counted = rows(z.strictObject({ device, sequence: z.int() }));
const matters = { overdraws: rows(matter), findings: rows(matter), counted };
const booking = z.strictObject({
  ...{ booking: z.string(), company: z.string(), vehicle: device.nullable() },
  ...{ boardFrom: wall, boardUntil: wall, cancelled: z.boolean() },
  mayBoard: rows(
    z.strictObject({
      person: pseudonymSchema,
      as: z.enum(["rider", "proxy"]),
      from: wallMsSchema.optional(),
      until: wallMsSchema.optional(),
    }),
  ),
});
const proxy = z.strictObject({
  ...{ person: pseudonymSchema, proxy: pseudonymSchema },
  ...{ validFrom: day, validUntil: day.nullable(), removedAt: wall.nullable() },
});
const claimRide = rideKeySchema.extend({
  ...{ day, fareYen: yen.nullable(), riders: z.int(), dueYen: yen, flaws: rows(flaw) },
  stated: rows(z.strictObject({ month: z.string(), yen })),
});
const ride = z.strictObject({ ride: rideKeySchema });
const bookingNamed = z.strictObject({ booking: z.string() });

export const taxiAnswers: RouteAnswers = {
  "POST /api/taxi/entitlements": answerOf<Given<TaxiDesk["grant"]>>()(
    z.strictObject({ entitlement: z.string(), validUntil: day.nullable() }),
  ),
  "POST /api/taxi/entitlements/revoke": answerOf<Given<TaxiDesk["revoke"]>>()(
    z.strictObject({ entitlement: z.string() }),
  ),
  "POST /api/taxi/bookings": answerOf<Given<TaxiDesk["book"]>>()(bookingNamed),
  "POST /api/taxi/bookings/cancel": answerOf<Given<TaxiDesk["cancel"]>>()(bookingNamed),
  "POST /api/taxi/proxies": nothing,
  "POST /api/taxi/proxies/remove": nothing,
  "POST /api/taxi/rides/correct": answerOf<Given<TaxiDesk["correct"]>>()(ride),
  "POST /api/taxi/matters/settle": answerOf<Given<TaxiDesk["settle"]>>()(ride),
  "POST /api/taxi/claims": answerOf<Given<TaxiDesk["state"]>>()(
    z.strictObject({ rides: z.int(), yen }),
  ),
  "POST /api/taxi/balance": answerOf<{ balance: TaxiPerson }>()(
    z.strictObject({ balance: personSchema }),
  ),
  "GET /api/taxi/bookings": answerOf<{ asOf: number; bookings: readonly BoardingList[] }>()(
    z.strictObject({ asOf: z.int(), bookings: rows(booking) }),
  ),
  "GET /api/taxi/matters": answerOf<
    Pick<TaxiRides, "overdraws" | "findings" | "counted"> & { asOf: number }
  >()(z.strictObject({ asOf: z.int(), ...matters })),
};

export const taxiViews = {
  "taxi.subsidised-ride": answerOf<TaxiRides>()(
    z.strictObject({ persons: rows(personSchema), ...matters }),
  ),
  "taxi.claims": answerOf<TaxiClaims>()(
    z.strictObject({
      companies: rows(z.strictObject({ company: z.string(), rides: rows(claimRide) })),
    }),
  ),
  "taxi.bookings": answerOf<TaxiBookings>()(
    z.strictObject({ bookings: rows(booking), proxies: rows(proxy) }),
  ),
};
