import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { defaultTaxiTerms } from "#firmware-config/taxi.ts";
import { placed } from "#gateway/ledger/placed.ts";
import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import { dayIn } from "#gateway/views/view.ts";
import { systemClock } from "#runtime/clock.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";
import { ShiftedClock } from "#test/support/shifted-clock.ts";

const [aoi, ben, cho] = madePeople;
const hourMs = 3_600_000;
const patience = { timeout: 60_000 };
let city: CityUnderTest;
let box: BoxUnderTest;
const people: Record<string, PersonId> = {};
const clock = new ShiftedClock();
const shifted = new ShiftedClock();
const demand = () =>
  city.box("taxi-1", "taxi.subsidised-ride", {
    ...{ clock, duties: { taxi: { company: "ueki", bookedOnly: true } } },
  });

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  await city.join("taxi-1");
  await city.cut();
  box = await demand();
  people["aoi"] = await box.enrol("Aoi", aoi);
  people["ben"] = await box.enrol("Ben", ben);
  people["cho"] = await box.enrol("Cho", cho);
});
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

const pseudonym = (name: string) => box.pseudonymOf(people[name] as PersonId);
const bookings = () => box.appliance.services.lists.whole("taxi-bookings")?.[0]?.bookings;

test("a demand taxi that never had a list admits nobody, and asks for no card in vain", async () => {
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "list-over" });
});

test("it admits who booked and a registered proxy, and nobody else who is enrolled", async () => {
  await city.connect();
  const { desk } = city.gateway;
  const now = systemClock.wall();
  const proxy = { person: pseudonym("aoi"), proxy: pseudonym("ben") };
  await desk.record({
    ...{ type: "taxi.proxy-registered", ...proxy, validFrom: "2020-01-01", validUntil: null },
  });
  await desk.record({
    ...{ type: "taxi.booking-made", booking: "b-1", company: "ueki", vehicle: box.id },
    person: pseudonym("aoi"),
    ...{ boardFrom: (now - hourMs) as WallMs, boardUntil: (now + 40 * hourMs) as WallMs },
  });
  await expect.poll(() => bookings()?.length, patience).toBe(1);
  expect(await box.showFace(aoi)).toMatchObject({ outcome: "admit", person: people["aoi"] });
  expect(await box.showFace(ben)).toMatchObject({
    ...{ outcome: "admit", reason: "proxy-admitted", person: people["ben"] },
    actsFor: pseudonym("aoi"),
  });
  expect((await box.showFace(cho)).outcome).toBe("ask-card");
  box.linkCard(people["cho"] as PersonId);
  await box.hasNonces();
  expect(await box.putCard()).toEqual({ outcome: "refuse", reason: "booking-none" });
});

test("a mandate opens the door in its own service and time alone, and the event keeps both", async () => {
  const { desk, ledger } = city.gateway;
  const now = systemClock.wall();
  const mandate = (service: Service, from: number, until: number, nth: number) =>
    desk.record({
      ...{ type: "proxy.appointed", service, person: pseudonym("aoi"), proxy: pseudonym("cho") },
      ...{ signedAt: (now + nth) as WallMs, from: from as WallMs, until: until as WallMs },
      ...{ by: "self", statement: digestOf(`mandate ${nth}`) },
    });
  const told = () =>
    bookings()?.[0]?.mayBoard.flatMap(({ person, until }) =>
      person === pseudonym("cho") && until !== undefined ? [until - now] : [],
    );
  await mandate("bus.boarding", now - hourMs, now + hourMs, 1);
  await mandate("taxi.subsidised-ride", now - 2 * hourMs, now - hourMs, 2);
  await expect.poll(told, patience).toEqual([-hourMs]);
  expect(await box.putCard()).toEqual({ outcome: "refuse", reason: "proxy-not-now" });
  await mandate("taxi.subsidised-ride", now - hourMs, now + hourMs, 3);
  await expect.poll(told, patience).toEqual([hourMs, -hourMs]);
  expect(await box.putCard()).toMatchObject({ outcome: "admit", reason: "proxy-admitted" });
  await box.delivered();
  const bodies = ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  expect(bodies).toContainEqual(
    expect.objectContaining({
      ...{ type: "decision.made", outcome: "admit", factors: ["card-pin"] },
      ...{ person: pseudonym("cho"), actsFor: pseudonym("aoi") },
    }),
  );
  const signedAt = systemClock.wall();
  const ended = { person: pseudonym("aoi"), proxy: pseudonym("cho"), signedAt } as const;
  await desk.record({
    ...{ type: "proxy.dismissed", service: "taxi.subsidised-ride", ...ended },
    ...{ how: "counter", who: "staff:1" },
  });
  await expect.poll(told, patience).toEqual([]);
  expect(await box.putCard()).toEqual({ outcome: "refuse", reason: "booking-none" });
});

test("the list lies on the disk for a start without a network, and counts no longer than it says", async () => {
  await city.cut();
  await box[Symbol.asyncDispose]();
  box = await demand();
  expect(await box.showFace(aoi)).toMatchObject({ outcome: "admit" });
  clock.shiftMs = 25 * hourMs;
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "list-over" });
});

test("a taxi counts rides from its allowance without a network, and an overdraw shows openly", async () => {
  await city.connect();
  const taxi = await city.box("taxi-2", "taxi.subsidised-ride", {
    duties: { taxi: { company: "ueki", bookedOnly: false } },
  });
  const rider = await taxi.enrol("Aoi", aoi);
  await city.gateway.desk.record({
    ...{ type: "taxi.entitlement-granted", entitlement: "e-1", person: taxi.pseudonymOf(rider) },
    ...{ category: "age-75", validFrom: "2020-01-01", validUntil: null },
  });
  await taxi[Symbol.asyncDispose]();
  await city.cut();
  await city.connect(); // A gateway that starts issues an allowance anew.
  const again = await city.box("taxi-2", "taxi.subsidised-ride", {
    duties: { taxi: { company: "ueki", bookedOnly: false } },
  });
  const held = () => again.appliance.services.lists.whole("taxi-allowance")?.[0]?.persons.length;
  await expect.poll(held, patience).toBe(1);
  await city.cut();
  for (const leftToday of [1, 0]) {
    expect(await again.showFace(aoi)).toMatchObject({ outcome: "admit" });
    const { riding } = await again.askJson("GET", "/taxi");
    expect(riding).toMatchObject([{ subsidised: true, leftToday }]);
    const paid = await again.askJson("POST", "/taxi/fare", { fareYen: 1_800 }, 201);
    expect(paid.riders).toMatchObject([{ subsidyYen: 900, leftToday, why: null }]);
  }
  expect(await again.showFace(aoi)).toMatchObject({ outcome: "admit" });
  const { riding } = await again.askJson("GET", "/taxi");
  expect(riding).toMatchObject([{ subsidised: false, why: "none-left-today" }]);
  const { tap } = riding[0];
  const anyway = await again.askJson("POST", "/taxi/fare", { fareYen: 700, anyway: [tap] }, 201);
  expect(anyway.riders).toMatchObject([{ subsidyYen: 350, why: "none-left-today" }]);
  await city.connect();
  await again.delivered();
  const { overdraws, persons } = await city.view<TaxiRides>("taxi.subsidised-ride");
  expect(persons[0]?.rides).toHaveLength(3);
  expect(overdraws).toMatchObject([{ flaw: "over-day", state: "open", allowance: null }]);
});

test("a yearly cap that is lowered from a date is lowered on a box without a network, from that date", async () => {
  const taxi = await city.box("taxi-3", "taxi.subsidised-ride", {
    ...{ clock: shifted, duties: { taxi: { company: "ueki", bookedOnly: false } } },
  });
  const rider = await taxi.enrol("Aoi", aoi);
  await city.gateway.desk.record({
    ...{ type: "taxi.entitlement-granted", entitlement: "e-3", person: taxi.pseudonymOf(rider) },
    ...{ category: "age-75", validFrom: "2020-01-01", validUntil: null },
  });
  await city.cut();
  await city.connect(); // A gateway that starts issues an allowance anew.
  const allowed = () =>
    taxi.appliance.services.lists.whole("taxi-allowance")?.[0]?.persons.map(({ person }) => person);
  await expect.poll(allowed, patience).toContain(taxi.pseudonymOf(rider));
  const [terms] = defaultTaxiTerms;
  const validFrom = dayIn("Asia/Tokyo")(systemClock.wall() + 24 * hourMs);
  const version = await city.sign({
    rules: {
      taxi: [{ ...terms, validFrom, ridesPerYear: 1, alone: { percentOfFare: 10, yenMax: 90 } }],
    },
  });
  await taxi.holdsPolicy(version);
  await city.cut();
  await taxi.showFace(aoi);
  const today = await taxi.askJson("POST", "/taxi/fare", { fareYen: 1_800 }, 201);
  expect(today.riders).toMatchObject([{ subsidyYen: 900, why: null }]);
  shifted.shiftMs = 24 * hourMs;
  await taxi.showFace(aoi);
  const { riding } = await taxi.askJson("GET", "/taxi");
  expect(riding).toMatchObject([{ subsidised: false, why: "none-left-this-year" }]);
  const fare = { fareYen: 1_800, anyway: [riding[0].tap] };
  const tomorrow = await taxi.askJson("POST", "/taxi/fare", fare, 201);
  expect(tomorrow.riders).toMatchObject([{ subsidyYen: 90, why: "none-left-this-year" }]);
});
