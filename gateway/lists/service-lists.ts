import type { KeyObject } from "node:crypto";
import {
  type Booking,
  bookingsOfSheetMax,
  sealSheet,
  type TicketSheet,
  termsOfSheetMax,
  ticketsOfSheetMax,
} from "#contract/box-lists.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import type { TicketRules } from "#firmware-config/tickets.ts";
import type { BoardingList } from "../views/taxi-bookings.ts";
import type { TicketState } from "../views/ticket-sales.ts";
import type { ListSource } from "./list-source.ts";
import { timedList } from "./timed-list.ts";

const hourMs = 3_600_000;
/** How long a vehicle may go by its bookings without hearing of changes. */
const bookingsLifeMs = 24 * hourMs;

/** What was booked of a box's vehicle and is not over; an empty list says that nothing is. */
export function bookingList(
  bookings: () => readonly BoardingList[],
  privateKey: KeyObject,
): ListSource {
  return timedList<Booking>({
    name: "taxi-bookings",
    rowsOfSheetMax: bookingsOfSheetMax,
    contentFor: (device, now) => ({
      lifeMs: bookingsLifeMs,
      rows: bookings()
        .filter((one) => one.vehicle === device && !one.cancelled && one.boardUntil > now)
        .map(({ booking, company, boardFrom, boardUntil, mayBoard }) => ({
          ...{ booking, company, boardFrom, boardUntil },
          mayBoard: mayBoard.slice(0, 12),
        })),
    }),
    seal: async ({ rows, ...fields }) =>
      await sealSheet(
        { name: "taxi-bookings", sheet: { ...fields, bookings: [...rows] } },
        privateKey,
      ),
  });
}

export interface TicketListPorts {
  state(): TicketState;
  rules(): TicketRules;
  readonly privateKey: KeyObject;
}

/** The tickets of the performance at whose door a box stands; none for a box that nobody put at one. */
export function ticketList({ state, rules, privateKey }: TicketListPorts): ListSource {
  const performanceOf = (device: DeviceId, now: WallMs) => state().performanceAt(device, now);
  return timedList<TicketSheet["tickets"][number]>({
    name: "box-office",
    rowsOfSheetMax: ticketsOfSheetMax,
    contentFor: (device, now) => {
      const performance = performanceOf(device, now);
      if (performance === null) return undefined;
      const rows = [...state().book().tickets.values()]
        .filter((ticket) => ticket.performance === performance)
        .map(({ ticket, holder, used }) => ({ ticket, holder, used }))
        .sort((a, b) => (a.ticket < b.ticket ? -1 : 1));
      return { rows, lifeMs: inForceAt(rules(), now).listHours * hourMs };
    },
    seal: async ({ rows, ...fields }) => {
      const performance = performanceOf(fields.device, fields.at)!;
      const sheet = { ...fields, performance, tickets: [...rows] };
      return await sealSheet({ name: "box-office", sheet }, privateKey);
    },
  });
}

/** For how long a gateway waits until it says the terms again; a box goes by them until others come. */
const termsLifeMs = 14 * 24 * hourMs;

/** When services end. A gateway on which nobody has decided an end sends none. */
export function termsList(terms: () => ServiceTerms, privateKey: KeyObject): ListSource {
  return timedList<ServiceTerms[number]>({
    name: "service-terms",
    rowsOfSheetMax: termsOfSheetMax,
    contentFor: () => {
      const rows = terms();
      return rows.length === 0 ? undefined : { rows, lifeMs: termsLifeMs };
    },
    seal: async ({ rows, ...fields }) =>
      await sealSheet(
        { name: "service-terms", sheet: { ...fields, terms: [...rows] } },
        privateKey,
      ),
  });
}
