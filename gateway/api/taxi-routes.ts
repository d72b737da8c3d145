import type { Hono } from "hono";
import * as z from "zod";
import {
  bookingCancelledSchema,
  bookingSchema,
  entitlementGrantedSchema,
  entitlementRevokedSchema,
  overdrawSettledSchema,
  proxyRegisteredSchema,
  proxyRemovedSchema,
  rideCorrectedSchema,
  taxiMonthSchema,
  taxiNumberSchema,
} from "#contract/bodies/taxi.ts";
import { csvOf } from "#contract/export/csv.ts";
import { pseudonymSchema, type WallMs } from "#contract/ids.ts";
import { claimCsv } from "../taxi/claim.ts";
import { bookingsOfCompanies } from "../taxi/companies.ts";
import type { TaxiDesk } from "../taxi/taxi-desk.ts";
import type { BoardingList } from "../views/taxi-bookings.ts";
import type { TaxiClaims } from "../views/taxi-claims.ts";
import type { TaxiRides } from "../views/taxi-rides.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";
import { anywhere } from "./foreign-site.ts";

export interface TaxiRoutePorts extends DeskRoutePorts {
  readonly desk: TaxiDesk;
  readonly clock: { wall(): WallMs };
  rides(): TaxiRides;
  claims(): TaxiClaims;
  bookings(): readonly BoardingList[];
}

const noType = { type: true } as const;
/** A span without a day would be on record and mean nothing. */
const isInOrder = ({ validFrom, validUntil }: { validFrom: string; validUntil: string | null }) =>
  validUntil === null || validFrom <= validUntil;
const daysInOrder = { error: "the last day lies before the first one", path: ["validUntil"] };
const claimSchema = z.strictObject({ company: taxiNumberSchema, month: taxiMonthSchema });

/**
 * The subsidised taxi's desk: entitlements, bookings, what went beyond the terms, and companies' claims. Whoever is bound
 * to a company has its bookings and claims; who is entitled, who rides for whom and what is not right are the city's.
 */
export function createTaxiRoutes(ports: TaxiRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes(ports);
  addClerk(routes, ports.desk);
  addBookings(routes, ports);
  addClaims(routes, ports);
  addLists(routes, ports);
  return routes.app;
}

function addClerk(routes: DeskRoutes, desk: TaxiDesk): void {
  const grantSchema = entitlementGrantedSchema.omit(noType).refine(isInOrder, daysInOrder);
  routes.post("/api/taxi/entitlements", grantSchema, (asked, context) =>
    desk.grant(asked, context.get("who")),
  );
  const revokeSchema = entitlementRevokedSchema.omit(noType);
  routes.post("/api/taxi/entitlements/revoke", revokeSchema, (asked) => desk.revoke(asked));
  const proxySchema = proxyRegisteredSchema
    .omit(noType)
    .refine(isInOrder, daysInOrder)
    .refine(({ person, proxy }) => person !== proxy, { error: "their own proxy", path: ["proxy"] });
  routes.post("/api/taxi/proxies", proxySchema, (asked) => desk.registerProxy(asked));
  const removeSchema = proxyRemovedSchema.omit(noType);
  routes.post("/api/taxi/proxies/remove", removeSchema, (asked) => desk.removeProxy(asked));
  const correctSchema = rideCorrectedSchema.omit(noType);
  routes.post("/api/taxi/rides/correct", correctSchema, (asked) => desk.correct(asked));
  const settleSchema = overdrawSettledSchema.omit(noType);
  routes.post("/api/taxi/matters/settle", settleSchema, (asked) => desk.settle(asked));
}

function addBookings(routes: DeskRoutes, { desk, clock, bookings }: TaxiRoutePorts): void {
  const companyOf = (booking: string) => bookings().find((one) => one.booking === booking)?.company;
  // A number that another company's booking bears is not for this one to change.
  routes
    .at(({ booking, company }: z.infer<typeof bookingSchema>) => [
      ...[company, companyOf(booking) ?? company],
    ])
    .post("/api/taxi/bookings", bookingSchema, (asked) => desk.book(asked));
  const cancelSchema = bookingCancelledSchema.omit(noType);
  routes
    .at(({ booking }: z.infer<typeof cancelSchema>) => companyOf(booking))
    .post("/api/taxi/bookings/cancel", cancelSchema, (asked) => desk.cancel(asked));
  routes
    .at(() => anywhere)
    .get("/api/taxi/bookings", z.strictObject({}), (_, context) => {
      const sites = context.get("sites");
      const all = { bookings: bookings() };
      const { bookings: shown } = sites ? bookingsOfCompanies(all, sites) : all;
      return context.json({ asOf: clock.wall(), bookings: shown }, 200, noStore);
    });
}

function addClaims(routes: DeskRoutes, { desk, claims }: TaxiRoutePorts): void {
  const own = routes.at(({ company }: z.infer<typeof claimSchema>) => company);
  own.post("/api/taxi/claims", claimSchema, (asked) => desk.state(asked));
  own.csv("/api/taxi/claims.csv", claimSchema, (asked) => ({
    name: `claim-${asked.company}-${asked.month}.csv`,
    text: claimCsv(claims(), asked),
  }));
}

function addLists(routes: DeskRoutes, { desk, clock, rides }: TaxiRoutePorts): void {
  const nothing = z.strictObject({});
  const personSchema = z.strictObject({ person: pseudonymSchema });
  routes.post("/api/taxi/balance", personSchema, ({ person }) => desk.balance(person), "read");
  routes.get("/api/taxi/matters", nothing, (_, context) => {
    const { overdraws, findings, counted } = rides();
    return context.json({ asOf: clock.wall(), overdraws, findings, counted }, 200, noStore);
  });
  routes.csv("/api/taxi/matters.csv", nothing, () => ({
    name: "taxi-matters.csv",
    text: mattersCsv(rides()),
  }));
}

const noStore = { "cache-control": "no-store" } as const;

function mattersCsv({ overdraws, findings }: TaxiRides): string {
  const rows = [...overdraws, ...findings].map(({ device, sequence, person, day, ...one }) => ({
    ...{ ride: `${device} ${sequence}`, person, day, flaw: one.flaw, state: one.state },
    ...{ of_day: one.ofDay, of_year: one.ofYear, subsidy_yen: one.subsidyYen },
    allowance: one.allowance,
  }));
  return csvOf(
    [
      ...(["day", "ride", "person", "flaw", "of_day", "of_year"] as const),
      ...(["subsidy_yen", "allowance", "state"] as const),
    ],
    rows,
  );
}
