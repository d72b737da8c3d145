import type { Hono } from "hono";
import * as z from "zod";
import { eventRefSchema } from "#contract/bodies/event-ref.ts";
import { placeIdSchema } from "#contract/bodies/places.ts";
import {
  conflictSettledSchema,
  enteredByHandSchema,
  performanceSetSchema,
  transferredSchema,
} from "#contract/bodies/tickets.ts";
import { csvOf } from "#contract/export/csv.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import type { TicketDesk } from "../tickets/ticket-desk.ts";
import { keyOf } from "../views/proved-decisions.ts";
import type { TicketState } from "../views/ticket-sales.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";
import { veilOf } from "./protection.ts";

export interface TicketRoutePorts extends DeskRoutePorts {
  readonly desk: TicketDesk;
  state(): TicketState;
}

const noType = { type: true } as const;
const buySchema = z.strictObject({
  performance: placeIdSchema,
  count: z.int().min(1).max(8),
  buyer: pseudonymSchema,
  signed: eventRefSchema,
});
const listSchema = z.strictObject({ performance: placeIdSchema });

/** A box office: what is sold, to whom, who came in, and the list for doors without a network. */
export function createTicketRoutes({ desk, state, guards }: TicketRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes({ guards });
  const setSchema = performanceSetSchema.omit(noType);
  routes.post("/api/tickets/performances", setSchema, (asked) => desk.set(asked));
  routes.post("/api/tickets/purchases", buySchema, (asked) => desk.buy(asked));
  const transferSchema = transferredSchema.omit(noType);
  routes.post("/api/tickets/transfers", transferSchema, (asked) => desk.transfer(asked));
  const enterSchema = enteredByHandSchema.omit(noType);
  routes.post("/api/tickets/entries", enterSchema, (asked) => desk.enter(asked));
  const settleSchema = conflictSettledSchema.omit(noType);
  routes.post("/api/tickets/conflicts/settle", settleSchema, (asked) => desk.settle(asked));
  routes.post(
    "/api/tickets/box-office-list",
    listSchema,
    ({ performance }, context) =>
      desk.list(performance, (rows) => veilOf(context).without(rows) ?? []),
    "read",
  );
  routes.csv("/api/tickets/entries.csv", listSchema, ({ performance }) => ({
    name: `entries-${performance}.csv`,
    text: entriesOf(state(), performance),
  }));
  return routes.app;
}

/** Each ticket with whether it was used, and each entry that did not fit and how it was settled. */
function entriesOf(state: TicketState, performance: string): string {
  const book = state.book();
  const settled = state.settled();
  const tickets = [...book.tickets.values()]
    .filter((ticket) => ticket.performance === performance)
    .sort((a, b) => (a.ticket < b.ticket ? -1 : 1))
    .map(({ ticket, holder, used, usedBy }) => ({
      ...{ ticket, holder, used, entry: usedBy && keyOf(usedBy) },
    }));
  const conflicts = book.entries
    .filter((entry) => entry.performance === performance && entry.conflict !== null)
    .map(({ ticket, person: holder, entry, conflict }) => ({
      ...{ ticket, holder, entry: keyOf(entry), conflict },
      settled: settled.get(keyOf(entry)) ?? "open",
    }));
  return csvOf(
    ["ticket", "holder", "used", "entry", "conflict", "settled"],
    [...tickets, ...conflicts],
  );
}
