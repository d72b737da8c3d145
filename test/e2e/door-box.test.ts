import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { PersonId } from "#contract/ids.ts";
import type { TicketSales } from "#gateway/views/ticket-sales.ts";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";
import { ShiftedClock } from "#test/support/shifted-clock.ts";

const [aoi, ben] = madePeople;
const performance = "summer-concert" as PlaceId;
const hourMs = 3_600_000;
const clock = new ShiftedClock();
let city: CityUnderTest;
let box: BoxUnderTest;
let buyer: PersonId;
/** The shipped table on both: a sale asks for the card, a door for the face. */
const boxOffice = () => city.box("door-1", "event.entry", { duties: { tickets: { sells: true } } });
const door = () => city.box("door-1", "event.entry", { clock });

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  box = await boxOffice();
  buyer = await box.enrol("Aoi", aoi);
  await box.enrol("Ben", ben);
  box.linkCard(buyer);
});
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

test("a door by the signed list lets each buyer in once, without a network and over a restart", async () => {
  const { desk } = city.gateway;
  await box.hasNonces();
  // At the box office a face alone buys nothing: the shipped row asks for the card.
  expect(await box.showFace(aoi)).toMatchObject({
    outcome: "ask-card",
    reason: "policy-needs-card",
  });
  expect(await box.putCard()).toMatchObject({ outcome: "admit", person: buyer });
  await box.delivered();
  const signed = { device: box.id, sequence: box.appliance.outbox.lastSequence };
  const now = systemClock.wall();
  await desk.record({
    ...{ type: "ticket.performance-set", performance, startsAt: now, capacity: 10 },
    ...{ perPurchaseMax: 4, priceYen: 3_000 },
  });
  const api = new ApiClient(city.gateway, city.httpUrl, ["tickets:write"]);
  const asked = { performance, count: 1, buyer: box.pseudonymOf(buyer), signed };
  const sold = await api.post("/api/tickets/purchases", asked);
  expect(sold).toMatchObject({ status: 200, body: { amountYen: 3_000 } });
  await desk.record({
    ...{ type: "place.box-assigned", service: "event.entry", box: box.id, place: performance },
    from: systemClock.wall(),
  });
  await box[Symbol.asyncDispose]();
  box = await door();
  await expect.poll(async () => (await box.askJson("GET", "/tickets")).tickets).toBe(1);
  await city.cut();
  expect(await box.showFace(ben)).toEqual({ outcome: "refuse", reason: "ticket-none" });
  expect(await box.showFace(aoi)).toMatchObject({ outcome: "admit", reason: "ticket-matched" });
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "ticket-used" });
  await box[Symbol.asyncDispose]();
  box = await door();
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "ticket-used" });
  expect(await box.askJson("GET", "/tickets")).toMatchObject({ performance, entered: 1 });
});

test("the ledger agrees once the network is back, and a list that is too old lets nobody in", async () => {
  clock.shiftMs = 49 * hourMs;
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "list-over" });
  clock.shiftMs = 0;
  await city.connect();
  await box.delivered();
  const { performances, openConflicts } = await city.view<TicketSales>("event.entry");
  expect(performances).toMatchObject([{ performance, sold: 1, entered: 1 }]);
  expect(openConflicts).toEqual([]);
});
