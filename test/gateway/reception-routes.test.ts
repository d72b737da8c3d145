import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Hono, MiddlewareHandler } from "hono";
import { expect, test } from "vitest";
import type { TicketId } from "#contract/bodies/tickets.ts";
import { openBoxOfficeList } from "#contract/box-office-list.ts";
import type { WallMs } from "#contract/ids.ts";
import { defaultMedicalRules } from "#firmware-config/medical.ts";
import { defaultPaymentRules } from "#firmware-config/payment.ts";
import { defaultTicketRules } from "#firmware-config/tickets.ts";
import { createMedicalRoutes } from "#gateway/api/medical-routes.ts";
import { createPaymentRoutes } from "#gateway/api/payment-routes.ts";
import { createPlaceRoutes } from "#gateway/api/place-routes.ts";
import { createTicketRoutes } from "#gateway/api/tickets-routes.ts";
import { EmergencyDesk } from "#gateway/medical/emergency-desk.ts";
import { ReceptionDesk } from "#gateway/medical/reception-desk.ts";
import { PaymentDesk } from "#gateway/payment/payment-desk.ts";
import { TicketDesk } from "#gateway/tickets/ticket-desk.ts";
import { medicalConsent } from "#gateway/views/medical-consent.ts";
import { medicalEmergency } from "#gateway/views/medical-emergency.ts";
import { medicalQueue } from "#gateway/views/medical-queue.ts";
import { paymentBook } from "#gateway/views/payment-book.ts";
import { ticketSales } from "#gateway/views/ticket-sales.ts";
import { dayIn } from "#gateway/views/view.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import { card, face, nine, person } from "./service-events.ts";

const timeZone = "Asia/Tokyo";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const open: MiddlewareHandler = async (_, next) => await next();
const shut: MiddlewareHandler = async (context) => context.json({ code: "API_KEY_MISSING" }, 401);

function services(guard: MiddlewareHandler = open) {
  const made = new ServiceDeskUnderTest();
  const guards = { read: guard, write: guard };
  const { clock, record } = made;
  const [queue, consent] = [medicalQueue(dayIn(timeZone)), medicalConsent()];
  const [emergency, tickets, payments] = [medicalEmergency(), ticketSales(), paymentBook()];
  const [queued, consented] = [made.fold(queue), made.fold(consent)];
  const [lookups, sold, paid] = [made.fold(emergency), made.fold(tickets), made.fold(payments)];
  const ports = { clock, record };
  const medical = createMedicalRoutes({
    reception: new ReceptionDesk({
      ...{
        ...ports,
        rules: () => defaultMedicalRules,
        queue: () => queued,
        consents: () => consented,
      },
    }),
    emergency: new EmergencyDesk({
      ...ports,
      rules: () => defaultMedicalRules,
      state: () => lookups,
    }),
    ...{ guards, crewGuard: guard, timeZone, queue: () => queue.show(queued) },
    emergencies: () => emergency.show(lookups),
    read: async (_, categories) => ({ kinds: categories.length }),
  });
  const ticket = createTicketRoutes({
    desk: new TicketDesk({
      ...{ ...ports, rules: () => defaultTicketRules, privateKey, state: () => sold },
      index: () => made.events.length,
      newTicket: () => randomBytes(16).toString("base64url") as TicketId,
    }),
    ...{ guards, state: () => sold },
  });
  const tierOf = () => ({ name: "any", asked: ["face" as const], alternatives: [] });
  const payment = createPaymentRoutes({
    desk: new PaymentDesk({
      ...ports,
      rules: () => defaultPaymentRules,
      tierOf,
      state: () => paid,
      phoneOf: () => undefined,
    }),
    ...{ guards, clock, timeZone, state: () => paid },
  });
  return {
    made,
    medical,
    ticket,
    payment,
    places: createPlaceRoutes({ guards, record, placeCheck: () => undefined }),
  };
}

async function post(app: Pick<Hono, "request">, path: string, body: unknown) {
  const response = await app.request(path, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

async function csv(app: Pick<Hono, "request">, path: string): Promise<string[]> {
  const response = await app.request(path);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  return bytes.subarray(3).toString("utf8").trimEnd().split("\r\n");
}

test("a clinic's day over the interface: place, queue, consent, and the queue as a file", async () => {
  const { made, medical, places } = services();
  using _ = made;
  const place = { service: "medical.reception", box: "box-1", place: "clinic-1", from: nine };
  expect(await post(places, "/api/places", place)).toMatchObject({ status: 200 });
  const visit = made.box((boxes, at) =>
    boxes.admit("box-1", "medical.reception", person("a"), [face, card()], at),
  );
  const who = { person: person("a"), clinic: "clinic-1" };
  const given = { ...who, categories: ["medication"], signed: visit, until: nine + 1_000 };
  expect(await post(medical, "/api/medical/consents", given)).toMatchObject({ status: 200 });
  expect(await post(medical, "/api/medical/consents", given)).toMatchObject({
    ...{ status: 409, body: { code: "DECISION_SPENT" } },
  });
  const look = { ...who, category: "medication" };
  const check = await post(medical, "/api/medical/consents/check", look);
  expect(check).toMatchObject({ status: 200, body: { mayLook: true } });
  const byHand = { clinic: "clinic-1", why: "no-card" };
  made.now += 1_000;
  expect(await post(medical, "/api/medical/receptions", byHand)).toMatchObject({ status: 200 });
  await post(medical, "/api/medical/calls", { visit });
  const day = "/api/medical/queue.csv?clinic=clinic-1&day=2026-04-01";
  expect(await csv(medical, day)).toEqual([
    "number,slip,came_at,state,by,person",
    `1,box-1-1,2026-04-01 09:00:00,called,face-and-card,${person("a")}`,
    "2,gateway-desk-1,2026-04-01 09:00:01,waiting,no-card,",
  ]);
});

test("a crew's look-up over the interface: data once it is on record, and the notice that is owed", async () => {
  const { made, medical } = services();
  using _ = made;
  const crew = ["x", "y"].map((letter) => {
    const tapped = [card(letter.repeat(4))];
    return made.box((boxes, at) => boxes.admit("unit-1", "counter", person(letter), tapped, at));
  });
  const asked = { subject: person("a"), reason: "unconscious", crew };
  const refused = await post(medical, "/api/medical/emergencies", asked);
  expect(refused).toMatchObject({ status: 409, body: { code: "CREW_NOT_ADMITTED" } });
  for (const letter of ["x", "y"]) {
    const admitted = { crew: person(letter), until: nine + 1_000 };
    expect(await post(medical, "/api/medical/crew", admitted)).toMatchObject({ status: 200 });
  }
  const past = { crew: person("z"), until: nine - 1 };
  expect(await post(medical, "/api/medical/crew", past)).toMatchObject({
    ...{ status: 422, body: { code: "DAY_INVALID" } },
  });
  const { body } = await post(medical, "/api/medical/emergencies", asked);
  const show = { lookup: body["lookup"], categories: ["allergy", "medication"] };
  const shown = await post(medical, "/api/medical/emergencies/show", show);
  expect(shown).toMatchObject({ status: 200, body: { data: { kinds: 2 } } });
  const owed = await csv(medical, "/api/medical/notices-owed.csv");
  expect(owed[1]).toBe(`2026-05-01 09:00:00,${person("a")},allergy medication,gateway-desk 3`);
  const told = { lookup: body["lookup"], to: "person", by: "letter" };
  expect(await post(medical, "/api/medical/notices", told)).toMatchObject({ status: 200 });
  expect(await csv(medical, "/api/medical/notices-owed.csv")).toHaveLength(1);
  const dismissed = await post(medical, "/api/medical/crew/dismiss", { crew: person("x") });
  expect(dismissed).toMatchObject({ status: 200 });
});

test("a box office over the interface: sale, sealed list, and the entries as a file", async () => {
  const { made, ticket, places } = services();
  using _ = made;
  const sold = { startsAt: nine, capacity: 1, perPurchaseMax: 1, priceYen: 500 };
  await post(ticket, "/api/tickets/performances", { performance: "play", ...sold });
  await post(places, "/api/places", {
    service: "event.entry",
    box: "door",
    place: "play",
    from: 0,
  });
  const sign = () =>
    made.box((boxes, at) => boxes.admit("office", "event.entry", person("a"), [card()], at));
  const asked = { performance: "play", count: 1, buyer: person("a"), signed: sign() };
  const { status, body } = await post(ticket, "/api/tickets/purchases", asked);
  expect({ status, body }).toMatchObject({ status: 200, body: { amountYen: 500 } });
  const more = await post(ticket, "/api/tickets/purchases", { ...asked, signed: sign() });
  expect(more).toMatchObject({ status: 409, body: { code: "TICKETS_SOLD_OUT" } });
  const list = await post(ticket, "/api/tickets/box-office-list", { performance: "play" });
  const opened = await openBoxOfficeList(list.body["sealed"] ?? "", publicKey, nine as WallMs);
  expect(opened.tickets).toEqual([
    { ticket: body["tickets"]?.[0], holder: person("a"), used: "no" },
  ]);
  made.now += 1_000;
  for (const _ of ["once", "twice"]) {
    made.box((boxes, at) => boxes.admit("door", "event.entry", person("a"), [face], at));
  }
  const rows = await csv(ticket, "/api/tickets/entries.csv?performance=play");
  expect(rows[0]).toBe("ticket,holder,used,entry,conflict,settled");
  expect(rows[1]).toMatch(/,by-face,door 1,,$/);
  expect(rows[2]).toBe(`,${person("a")},,door 2,second-entry,open`);
});

test("a merchant over the interface: the same answer twice, a void, and the file to settle", async () => {
  const { made, payment, places } = services();
  using _ = made;
  await post(places, "/api/places", { service: "payment", box: "till", place: "shop", from: 0 });
  const tap = () =>
    made.box((boxes, at) => boxes.admit("till", "payment", person("a"), [face], at));
  const named = { merchant: "shop", reference: "R-1" };
  const asked = { ...named, amountYen: 700, currency: "JPY", decision: tap() };
  const first = await post(payment, "/api/payments", asked);
  expect(first).toMatchObject({ status: 200, body: { state: "authorised" } });
  expect(await post(payment, "/api/payments", asked)).toEqual(first);
  const differs = await post(payment, "/api/payments", { ...asked, amountYen: 701 });
  expect(differs).toMatchObject({ status: 409, body: { code: "PAYMENT_DIFFERS" } });
  await post(payment, "/api/payments/void", { ...named, why: "customer" });
  const found = await post(payment, "/api/payments/find", named);
  expect(found).toMatchObject({ body: { state: "voided" } });
  const unknown = await post(payment, "/api/payments/find", { ...named, reference: "R-2" });
  expect(unknown).toMatchObject({ status: 404, body: { code: "PAYMENT_UNKNOWN" } });
  const rows = await csv(payment, "/api/payments.csv?merchant=shop");
  expect(rows[1]).toMatch(/^shop,R-1,700,JPY,voided,2026-04-01 09:00:00,2026-04-08 09:00:00,/);
});

test.each([
  { name: "nothing", body: undefined },
  { name: "an unknown key", body: { merchant: "shop", reference: "R-1", why: "customer", x: 1 } },
  { name: "a formula", body: { merchant: "shop", reference: "=1+1", why: "customer" } },
])("a body that is $name is refused, and nothing of it is repeated", async ({ body }) => {
  const { made, payment } = services();
  using _ = made;
  const answer = await post(payment, "/api/payments/void", body);
  expect(answer).toMatchObject({ status: 400, body: { code: "USAGE" } });
  expect(JSON.stringify(answer.body)).not.toContain("=1+1");
  const large = await post(payment, "/api/payments/void", { x: "x".repeat(70_000) });
  expect(large).toMatchObject({ status: 413, body: { code: "USAGE" } });
});

test("no route answers whom the guard turns away", async () => {
  const { made, ...apps } = services(shut);
  using _ = made;
  for (const app of Object.values(apps)) {
    const routes = app.routes.filter(({ method }) => method !== "ALL");
    expect(routes.length).toBeGreaterThan(0);
    for (const { path, method } of routes) {
      expect((await app.request(path, { method })).status).toBe(401);
    }
  }
  expect(made.events).toEqual([]);
});
