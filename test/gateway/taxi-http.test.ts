import { expect, test } from "vitest";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const [ann, ben] = [person("a"), person("b")];

test("a taxi's month over HTTP: entitlement, rides of a box, a correction, and each yen claimed once", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway } = running;
  const city = new ApiClient(gateway, running.httpUrl, ["taxi:read", "taxi:write"]);
  const grant = { entitlement: "E-1", person: ann, validFrom: "2026-01-01", validUntil: null };
  const odd = await city.post("/api/taxi/entitlements", { ...grant, category: "rich" });
  expect(odd).toMatchObject({ status: 422, body: { code: "TAXI_CATEGORY_UNKNOWN" } });
  const turned = { ...grant, category: "age-75", validUntil: "2025-12-31" };
  expect(await city.post("/api/taxi/entitlements", turned)).toMatchObject({ status: 400 });
  const granted = await city.post("/api/taxi/entitlements", { ...grant, category: "age-75" });
  expect(granted).toMatchObject({ status: 200 });

  await using box = new TestDevice("taxi-1", 7);
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  const at = Date.parse("2026-04-10T09:00:00+09:00");
  const say = async (body: object, minutes: number) => {
    await box.publish(await box.next(body as never, { at: (at + minutes * 60_000) as never }));
    expect(await box.answer(gateway.publicKey)).toMatchObject({ kind: "receipt" });
  };
  for (const ride of [0, 1, 2]) {
    const tap = { type: "decision.made", service: "taxi.subsidised-ride", outcome: "admit" };
    await say({ ...tap, reason: "face-matched", person: ann, evidence: [face] }, ride * 60);
    const rider = { person: ann, tap: ride * 2 + 1, tapAgoMs: 600_000, subsidyYen: 700 };
    const left = { leftToday: Math.max(0, 1 - ride), leftThisYear: 119 - ride, allowance: 1 };
    const ended = { type: "taxi.ride-ended", company: "C-1", fareYen: 1_400 };
    await say({ ...ended, riders: [{ ...rider, ...left }] }, ride * 60 + 10);
  }
  const { overdraws } = await city.json("/api/taxi/matters");
  expect(overdraws).toMatchObject([
    { flaw: "over-day", ofDay: 3, person: ann, sequence: 6, state: "open" },
  ]);
  const balance = await city.post("/api/taxi/balance", { person: ann });
  expect(balance.body).toMatchObject({ balance: { years: [{ used: 3, left: 117 }] } });
  const ride = { device: "taxi-1", sequence: 6 };
  const settled = { ride, person: ann, decision: "not-paid", reason: "third-ride" };
  expect(await city.post("/api/taxi/matters/settle", settled)).toMatchObject({ status: 200 });
  const nobodys = await city.post("/api/taxi/matters/settle", { ...settled, person: ben });
  expect(nobodys).toMatchObject({ status: 404, body: { code: "RIDE_UNKNOWN" } });

  const asked = { company: "C-1", month: "2026-04" };
  const claim = () => city.post("/api/taxi/claims", asked);
  expect((await claim()).body).toEqual({ rides: 2, yen: 1_400 });
  expect((await claim()).body).toEqual({ rides: 0, yen: 0 });
  const other = { ride: { device: "taxi-1", sequence: 2 }, fareYen: 1_000, reason: "meter" };
  expect(await city.post("/api/taxi/rides/correct", other)).toMatchObject({ status: 200 });
  const may = await city.post("/api/taxi/claims", { ...asked, month: "2026-05" });
  expect(may.body).toEqual({ rides: 1, yen: -200 });
  const file = async (month: string) => {
    const text = await (await city.get(`/api/taxi/claims.csv?company=C-1&month=${month}`)).text();
    return text.trimEnd().split("\r\n").slice(1);
  };
  expect(await file("2026-04")).toEqual([
    "C-1,2026-04,taxi-1 2,2026-04-10,1000,1,500,0,700,0,",
    "C-1,2026-04,taxi-1 4,2026-04-10,1400,1,700,0,700,0,",
  ]);
  expect(await file("2026-05")).toEqual(["C-1,2026-05,taxi-1 2,2026-04-10,1000,1,500,700,-200,0,"]);
  expect(await file("2026-03")).toEqual([]);
});

test("bookings and proxies over HTTP say who may board, and a booking that is none is refused", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const city = new ApiClient(running.gateway, running.httpUrl, ["taxi:read", "taxi:write"]);
  const now = systemClock.wall();
  const made = { booking: "B-1", company: "C-1", vehicle: null, person: ann };
  const times = { boardFrom: now, boardUntil: now + 3_600_000 };
  expect(await city.post("/api/taxi/bookings", { ...made, ...times })).toMatchObject({
    status: 200,
  });
  const turned = { boardFrom: now, boardUntil: now };
  expect(await city.post("/api/taxi/bookings", { ...made, ...turned })).toMatchObject({
    status: 400,
  });
  const proxy = { person: ann, proxy: ben, validFrom: "2026-01-01", validUntil: null };
  expect(await city.post("/api/taxi/proxies", proxy)).toMatchObject({ status: 200 });
  const { bookings } = await city.json("/api/taxi/bookings");
  expect(bookings).toMatchObject([
    {
      booking: "B-1",
      mayBoard: [
        { person: ann, as: "rider" },
        { person: ben, as: "proxy" },
      ],
    },
  ]);
  const self = await city.post("/api/taxi/proxies", { ...proxy, proxy: ann });
  const turnedDays = await city.post("/api/taxi/proxies", { ...proxy, validUntil: "2025-12-31" });
  expect([self.status, turnedDays.status]).toEqual([400, 400]);
  const removed = { person: ann, proxy: ben, reason: "asked" };
  expect(await city.post("/api/taxi/proxies/remove", removed)).toMatchObject({ status: 200 });
  expect(await city.post("/api/taxi/proxies/remove", removed)).toMatchObject({
    ...{ status: 404, body: { code: "PROXY_UNKNOWN" } },
  });
  const noBody = await city.post("/api/taxi/bookings", undefined);
  expect(noBody.body).toEqual({ code: "USAGE", message: "the body is not JSON" });
  const gone = { booking: "B-9", reason: "rider" };
  expect((await city.post("/api/taxi/bookings/cancel", gone)).body).toMatchObject({
    code: "BOOKING_UNKNOWN",
  });
});

test("a booking names a vehicle of its own company, as the vehicle's box says", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway } = running;
  const city = new ApiClient(gateway, running.httpUrl, ["taxi:read", "taxi:write"]);
  await using box = new TestDevice("taxi-1", 7);
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  const now = systemClock.wall();
  const made = { booking: "B-1", vehicle: "taxi-1", person: ann };
  const times = { boardFrom: now, boardUntil: now + 3_600_000 };
  const book = async (company: string) =>
    await city.post("/api/taxi/bookings", { ...made, ...times, company });
  expect(await book("C-2")).toMatchObject({ status: 200 }); // Nothing was heard of the box yet.
  await box.sayHealth(0, { service: "taxi.subsidised-ride", company: "C-1" });
  await expect
    .poll(async () => await book("C-2"), { timeout: 20_000 })
    .toMatchObject({ status: 422, body: { code: "TAXI_VEHICLE_FOREIGN" } });
  expect(await book("C-1")).toMatchObject({ status: 200 });
});
