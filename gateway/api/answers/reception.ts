import * as z from "zod";
import { eventRefSchema } from "#contract/bodies/event-ref.ts";
import { authorisedSchema, voidedSchema } from "#contract/bodies/payment.ts";
import { conflictSettledSchema, ticketIdSchema } from "#contract/bodies/tickets.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import type { EmergencyDesk } from "../../medical/emergency-desk.ts";
import type { ReceptionDesk } from "../../medical/reception-desk.ts";
import type { PaymentAnswer } from "../../payment/payment-desk.ts";
import type { TicketDesk } from "../../tickets/ticket-desk.ts";
import type { MedicalQueue } from "../../views/medical-queue.ts";
import type { PaymentFlaw, Payments } from "../../views/payment-book.ts";
import type { TicketFlaw } from "../../views/ticket-book.ts";
import type { TicketSales } from "../../views/ticket-sales.ts";
import { answerOf, day, type Given, type RouteAnswers, rows, wall, yen } from "./answer.ts";

const text = z.string();
const count = z.int().min(0);

const payment = authorisedSchema.omit({ type: true }).extend({
  ...{ event: eventRefSchema, at: wall, voidedAt: wall.nullable() },
  voidedWhy: voidedSchema.shape.why.nullable(),
  flaw: z
    .enum([
      "DECISION_MISSING",
      "DECISION_OTHER_PERSON",
      "DECISION_OTHER_PLACE",
      "DECISION_SPENT",
      "PAYMENT_NOT_PROVED",
      "PAYMENT_DIFFERS",
    ] satisfies PaymentFlaw[])
    .nullable(),
  otherThanPolicy: z.boolean().describe("the policy of that moment asks for something else"),
});
const paid = answerOf<PaymentAnswer>()(
  z.strictObject({ payment, state: z.enum(["authorised", "voided", "expired"]) }),
);

const ticketFlaw = z.enum([
  "DECISION_MISSING",
  "DECISION_WITHOUT_CARD",
  "DECISION_OTHER_PERSON",
  "DECISION_OTHER_PLACE",
  "DECISION_SPENT",
  "PERFORMANCE_UNKNOWN",
  "TICKETS_TOO_MANY",
  "TICKETS_SOLD_OUT",
  "TICKET_UNKNOWN",
  "TICKET_TAKEN",
  "TICKET_USED",
  "TICKET_OTHER_HOLDER",
] satisfies TicketFlaw[]);
const entry = z.strictObject({
  ...{ entry: eventRefSchema, performance: text, at: wall, person: pseudonymSchema },
  ...{ ticket: ticketIdSchema.nullable(), first: eventRefSchema.nullable() },
  conflict: z.enum(["second-entry", "no-ticket"]).nullable(),
});
const performance = z.strictObject({
  ...{ performance: text, startsAt: wall, capacity: count, sold: count, entered: count },
});
const entered = z.strictObject({ entry: eventRefSchema });

const visit = z.strictObject({ visit: eventRefSchema });
const consent = z.strictObject({ consent: eventRefSchema });
const crew = z.strictObject({ crew: pseudonymSchema });
const queued = z.strictObject({
  number: z.int().describe("by time: who was offline can still come in between"),
  slip: text.describe("what the person was told, which never changes"),
  ...{ visit: eventRefSchema, person: pseudonymSchema.nullable(), at: wall, by: text },
  state: z.enum(["waiting", "called", "seen", "left", "mistake"]),
});

/** Payments, tickets, and the reception of clinics. */
export const receptionAnswers: RouteAnswers = {
  "POST /api/payments": paid,
  "POST /api/payments/void": paid,
  "POST /api/payments/find": paid,
  "POST /api/tickets/performances": answerOf<Given<TicketDesk["set"]>>()(
    z.strictObject({ performance: text }),
  ),
  "POST /api/tickets/purchases": answerOf<Given<TicketDesk["buy"]>>()(
    z.strictObject({ tickets: rows(ticketIdSchema), amountYen: yen }),
  ),
  "POST /api/tickets/transfers": answerOf<Given<TicketDesk["transfer"]>>()(
    z.strictObject({ transfer: eventRefSchema }),
  ),
  "POST /api/tickets/entries": answerOf<Given<TicketDesk["enter"]>>()(entered),
  "POST /api/tickets/conflicts/settle": answerOf<Given<TicketDesk["settle"]>>()(entered),
  "POST /api/tickets/box-office-list": answerOf<Given<TicketDesk["list"]>>()(
    z.strictObject({ sealed: text, until: wall }),
  ),
  "POST /api/medical/receptions": answerOf<Given<ReceptionDesk["receive"]>>()(visit),
  "POST /api/medical/calls": answerOf<Given<ReceptionDesk["call"]>>()(visit),
  "POST /api/medical/visit-ends": answerOf<Given<ReceptionDesk["end"]>>()(visit),
  "POST /api/medical/consents": answerOf<Given<ReceptionDesk["consent"]>>()(consent),
  "POST /api/medical/consents/withdraw": answerOf<Given<ReceptionDesk["withdraw"]>>()(consent),
  "POST /api/medical/consents/check": z.strictObject({ mayLook: z.boolean() }),
  "POST /api/medical/crew": answerOf<Given<EmergencyDesk["admitCrew"]>>()(crew),
  "POST /api/medical/crew/dismiss": answerOf<Given<EmergencyDesk["dismissCrew"]>>()(crew),
  "POST /api/medical/notices": answerOf<Given<EmergencyDesk["tell"]>>()(
    z.strictObject({ notice: eventRefSchema }),
  ),
  "POST /api/medical/emergencies": answerOf<Given<EmergencyDesk["open"]>>()(
    z.strictObject({ lookup: eventRefSchema, until: wall, noticeDueAt: wall }),
  ),
  "POST /api/medical/emergencies/show": z.strictObject({
    data: z.unknown().describe("what the hospital's or insurer's system gave, passed through"),
  }),
};

export const receptionViews = {
  payment: answerOf<Payments>()(
    z.strictObject({
      payments: rows(payment),
      strayVoids: rows(z.strictObject({ merchant: text, reference: text })),
    }),
  ),
  "event.entry": answerOf<TicketSales>()(
    z.strictObject({
      ...{ performances: rows(performance), openConflicts: rows(entry) },
      settledConflicts: rows(entry.extend({ how: conflictSettledSchema.shape.how })),
      refused: rows(z.strictObject({ event: eventRefSchema, at: wall, flaw: ticketFlaw })),
    }),
  ),
  "medical.reception": answerOf<MedicalQueue>()(
    z.strictObject({
      days: rows(
        z.strictObject({
          day,
          clinics: rows(z.strictObject({ clinic: text.nullable(), visits: rows(queued) })),
        }),
      ),
      incomplete: rows(
        z.strictObject({
          ...{ decision: eventRefSchema, at: wall, clinic: text.nullable(), has: rows(text) },
        }),
      ),
    }),
  ),
};
