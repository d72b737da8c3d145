import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { systemClock } from "#runtime/clock.ts";
import { office } from "#test/support/staff-office.ts";
import { face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const riderOf = (company: string) => person(company === "C-1" ? "c" : "d");
const refused = { status: 403, body: { code: "SITE_FOREIGN" } };

test("a taxi company's office has its own claims, rides and bookings, and gets nobody else's by any way", async () => {
  await using place = await office();
  const { administrator, gateway, mqttUrl } = place;
  const month = new Date(systemClock.wall() + 9 * 3_600_000).toISOString().slice(0, 7);
  const times = { boardFrom: systemClock.wall(), boardUntil: systemClock.wall() + 3_600_000 };
  const booking = (number: string, company: string) => ({
    ...{ booking: number, company, vehicle: null, person: riderOf(company), ...times },
  });
  for (const [at, company] of ["C-1", "C-2"].entries()) {
    await using box = new TestDevice(`taxi-${at}`, at + 1);
    gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(mqttUrl);
    const rider = riderOf(company);
    const entitled = { person: rider, category: "age-75", validFrom: "2026-01-01" };
    const grant = { ...entitled, entitlement: `E-${at}`, validUntil: null };
    expect((await administrator.post("/api/taxi/entitlements", grant)).status).toBe(200);
    const say = async (body: object) =>
      await box.publish(await box.next(body as EventBody, { at: systemClock.wall() }));
    const tap = { type: "decision.made", service: "taxi.subsidised-ride", outcome: "admit" };
    await say({ ...tap, reason: "face-matched", person: rider, evidence: [face] });
    const rode = { person: rider, tap: 1, tapAgoMs: 0, subsidyYen: 700 };
    const left = { leftToday: 1, leftThisYear: 119, allowance: 1 };
    const riders = [{ ...rode, ...left }];
    await say({ type: "taxi.ride-ended", company, fareYen: 1_400, riders });
    await gateway.ingest.settled();
    const made = booking(`B-${at}`, company);
    expect((await administrator.post("/api/taxi/bookings", made)).status).toBe(200);
  }
  const { client: clerk, id } = await place.member({ role: "transport", sites: ["C-1"] });
  const view = async (name: string) => (await clerk.send(`/api/views/taxi.${name}`)).body["view"];

  expect(await view("claims")).toMatchObject({
    companies: [{ company: "C-1", rides: [{ device: "taxi-0", fareYen: 1_400, dueYen: 700 }] }],
  });
  const bookings = [{ booking: "B-0", company: "C-1" }];
  const booked = await view("bookings");
  expect(booked).toMatchObject({ bookings, proxies: [] });
  const list = await clerk.send("/api/taxi/bookings");
  expect(list).toMatchObject({ status: 200, body: { bookings } });
  for (const shown of [await view("claims"), booked, list.body]) {
    expect(JSON.stringify(shown)).not.toMatch(/C-2|taxi-1|B-1/);
  }
  const own = [
    ["/api/taxi/claims", { company: "C-1", month }],
    ["/api/taxi/bookings", booking("B-7", "C-1")],
    ["/api/taxi/bookings/cancel", { booking: "B-0", reason: "rider" }],
  ] as const;
  for (const [path, body] of own) expect((await clerk.post(path, body)).status, path).toBe(200);
  const file = (company: string) => `/api/taxi/claims.csv?company=${company}&month=${month}`;
  expect((await clerk.send(file("C-1"))).status).toBe(200);

  const before = (await place.audit()).filter(({ type }) => type.startsWith("taxi.")).length;
  const ride = { device: "taxi-0", sequence: 2 };
  const rider = riderOf("C-1");
  for (const [path, body] of [
    ["/api/taxi/claims", { company: "C-2", month }],
    ["/api/taxi/claims", { company: "c-1", month }],
    ["/api/taxi/bookings", booking("B-8", "C-2")],
    // Nor does another company's booking become theirs by its number.
    ["/api/taxi/bookings", booking("B-1", "C-1")],
    ["/api/taxi/bookings/cancel", { booking: "B-1", reason: "rider" }],
    ["/api/taxi/bookings/cancel", { booking: "B-99", reason: "rider" }],
    // What is the city's: fares that were put right, what is borne, who is entitled, who rides for whom.
    ["/api/taxi/rides/correct", { ride, fareYen: 9_000, reason: "meter" }],
    ["/api/taxi/matters/settle", { ride, person: rider, decision: "borne", reason: "box-failed" }],
    ["/api/taxi/balance", { person: rider }],
    [
      "/api/taxi/entitlements/revoke",
      { person: rider, entitlement: "E-0", from: "2026-01-01", reason: "moved" },
    ],
    ["/api/taxi/proxies/remove", { person: rider, proxy: person("b"), reason: "asked" }],
  ] as const) {
    expect(await clerk.post(path, body), `${path} ${JSON.stringify(body)}`).toMatchObject(refused);
  }
  for (const path of [
    ...[file("C-2"), "/api/taxi/matters", "/api/taxi/matters.csv"],
    "/api/views/taxi.subsidised-ride",
  ]) {
    expect(await clerk.send(path), path).toMatchObject(refused);
  }
  const audit = await place.audit();
  expect(audit.filter(({ type }) => type.startsWith("taxi."))).toHaveLength(before);
  const told = async () =>
    (await place.audit()).filter(
      (body) => body.type === "sign-in.refused" && body.who === id && body.what === "site",
    ).length;
  await expect.poll(told, { timeout: 60_000 }).toBeGreaterThan(10);
  // The city's own clerk sees all of them.
  const { client: city } = await place.member({ role: "transport", sites: null });
  const { body } = await city.send("/api/views/taxi.claims");
  expect(body["view"]).toMatchObject({ companies: [{ company: "C-1" }, { company: "C-2" }] });
});
