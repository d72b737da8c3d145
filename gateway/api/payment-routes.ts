import type { Hono } from "hono";
import * as z from "zod";
import { authorisedSchema, voidedSchema } from "#contract/bodies/payment.ts";
import { placeIdSchema } from "#contract/bodies/places.ts";
import { csvOf } from "#contract/export/csv.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { type PaymentDesk, stateAt } from "../payment/payment-desk.ts";
import type { PaymentState } from "../views/payment-book.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";

export interface PaymentRoutePorts extends DeskRoutePorts {
  readonly desk: PaymentDesk;
  readonly clock: { wall(): number };
  readonly timeZone: string;
  state(): PaymentState;
}

const authoriseSchema = authorisedSchema.pick({
  ...{ merchant: true, reference: true, amountYen: true, currency: true, decision: true },
});
const voidSchema = voidedSchema.omit({ type: true });
const namedSchema = voidedSchema.pick({ merchant: true, reference: true });

const columns = [
  ...(["merchant", "reference", "amount_yen", "currency", "state", "authorised_at"] as const),
  ...([
    "expires_at",
    "voided_at",
    "void_reason",
    "tier",
    "used",
    "flaw",
    "other_than_policy",
    "event",
  ] as const),
] as const;

/** Payments of a merchant: authorise, take back, ask, and the file for whoever settles. */
export function createPaymentRoutes(ports: PaymentRoutePorts): Hono<Authorised> {
  const { desk, guards } = ports;
  const routes = new DeskRoutes({ guards });
  routes.post("/api/payments", authoriseSchema, (asked) => desk.authorise(asked));
  routes.post("/api/payments/void", voidSchema, (asked) => desk.void(asked));
  routes.post("/api/payments/find", namedSchema, (asked) => desk.find(asked), "read");
  routes.csv("/api/payments.csv", z.strictObject({ merchant: placeIdSchema }), ({ merchant }) => ({
    name: `payments-${merchant}.csv`,
    text: paymentsOf(ports, merchant),
  }));
  return routes.app;
}

/** What stands and what does not, with the reason: a provider settles what is "authorised". */
function paymentsOf({ state, clock, timeZone }: PaymentRoutePorts, merchant: string): string {
  const now = clock.wall();
  const time = localTimeIn(timeZone);
  const mine = state()
    .all()
    .filter((payment) => payment.merchant === merchant);
  return csvOf(
    columns,
    mine.map((one) => ({
      ...{ merchant, reference: one.reference, amount_yen: one.amountYen, currency: one.currency },
      ...{ state: one.flaw ? "refused" : stateAt(one, now), flaw: one.flaw, tier: one.tier },
      ...{ authorised_at: time(one.at), expires_at: time(one.expiresAt) },
      ...{ voided_at: time(one.voidedAt), void_reason: one.voidedWhy, used: one.used.join(" ") },
      other_than_policy: one.otherThanPolicy ? "yes" : "",
      event: `${one.event.device} ${one.event.sequence}`,
    })),
  );
}
