import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { MiddlewareHandler } from "hono";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { shippedRules } from "#firmware-config/city-rules.ts";
import { createBusRoutes } from "#gateway/api/bus-routes.ts";
import { machineCsv } from "#gateway/bus/csv-text.ts";
import type { GtfsFeed } from "#gateway/bus/gtfs.ts";
import { Desk } from "#gateway/desk/desk.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { Views } from "#gateway/views/views.ts";
import { ann, ben, cardHash, History, morning, timeZone } from "./bus-events.ts";
import { fareTransactionFields, flawsIn, passengerEventFields } from "./bus-tides-fields.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const day = "/api/bus/days/2026-06-01";

/** Routes over a real desk, ledger and views, in which a box already told its history. */
function gatewayWith(history: History, feed?: GtfsFeed) {
  const ledger = new Ledger(join(mkdtempSync(join(tmpdir(), "tebura-bus-")), "ledger.db"));
  const views = new Views(timeZone);
  let index = 0;
  for (const event of history.events) {
    index += 1;
    views.apply({ index, event, refusal: null });
  }
  const desk = new Desk({
    ...{ ledger, privateKey, clock: { wall: () => (morning + 1_000) as WallMs } },
    onEntry: (_entry, event) => {
      index += 1;
      views.apply({ index, event, refusal: null });
    },
  });
  const guard =
    (scope: string): MiddlewareHandler =>
    async (context, next) => {
      if (context.req.header("authorization") !== scope) return context.json({ code: "NO" }, 401);
      return await next();
    };
  const app = createBusRoutes({
    ...{ rules: shippedRules, timeZone, feed, csv: machineCsv },
    guards: { read: guard("read"), write: guard("write") },
    record: (body: EventBody) => desk.record(body),
    rides: () => views.busRides,
    placeCheck: () => undefined,
  });
  const post = (path: string, body: unknown) =>
    app.request(`/api/bus/${path}`, {
      ...{ method: "POST", headers: { authorization: "write" } },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = (path: string) => app.request(path, { headers: { authorization: "read" } });
  return { app, post, get, views, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}

/** A morning of one bus: a pass, a family, somebody who forgot to tap, a stranger who alights. */
function morningOfABus(): History {
  const history = new History();
  const days = { validFrom: "2026-06-01", validUntil: "2026-06-30" };
  history.desk(-9_000, {
    type: "bus.pass-granted",
    person: ann,
    product: "digital-free-pass",
    ...days,
  });
  history.place("front", "bus-7", "boarding");
  history.place("rear", "bus-7", "alighting");
  history.tap("front", -120, ben); // Before the vehicle said where it is.
  history.halt("bus-7", 0, "A1", 10);
  const boarding = history.tap("front", 5, ann);
  const party = { adults: 0, children: 2, infants: 1, namedChildren: [ben] };
  history.say("front", 9, { type: "bus.group-boarded", boarding, ...party });
  history.say("front", 12, {
    ...{ type: "bus.counted", vehicle: "bus-7", direction: "boarding", count: 4 },
  });
  history.halt("bus-7", 300, "A,2", 20);
  history.tap("rear", 310, ann);
  history.say("rear", 320, { type: "bus.card-tapped", card: cardHash });
  return history;
}

test("the operator's file has a row for each ride, with both stops, the fare and its reason", async () => {
  using gateway = gatewayWith(morningOfABus());
  const answer = await gateway.get(`${day}/rides.csv`);
  expect(answer.headers.get("content-disposition")).toContain("2026-06-01-rides.csv");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const rows = parse<Record<string, string>>(await answer.text(), { columns: true });
  expect(rows).toHaveLength(2);
  expect(rows.find((row) => row["rider_token"] === ann)).toEqual({
    ...{ ride_id: "front:2", service_date: "2026-06-01", vehicle_id: "bus-7" },
    ...{ trip_id: "trip-1", direction_id: "0", state: "alighted" },
    ...{ board_stop_name: "", alight_stop_name: "" },
    ...{ boarded_at: "2026-06-01T08:00:05+09:00", board_device_id: "front" },
    ...{ board_stop_id: "A1", board_stop_sequence: "10", board_zone_id: "A" },
    ...{ alighted_at: "2026-06-01T08:05:10+09:00", alight_device_id: "rear" },
    ...{ alight_stop_id: "A,2", alight_stop_sequence: "20", alight_zone_id: "A" },
    ...{ rider_token: ann, guardian_token: "", card_token: "", rider_category: "adult" },
    ...{ people: "3", companion_adults: "0", companion_children: "1", companion_infants: "1" },
    ...{ fare_product: "digital-free-pass", regular_fare_yen: "300", fare_yen: "100" },
    unsettled_reason: "",
  });
});

test("passenger events are TIDES: its fields, its words, and nothing without a stop", async () => {
  using gateway = gatewayWith(morningOfABus());
  const answer = await gateway.get(`${day}/passenger_events.csv`);
  const rows = parse<Record<string, string>>(await answer.text(), { columns: true });
  expect(flawsIn(rows, passengerEventFields)).toEqual([]);
  const told = rows.map((row) => [
    row["event_type"],
    row["trip_stop_sequence"],
    row["event_count"],
  ]);
  expect(told).toEqual([
    ["Vehicle arrived at stop", "1", "1"],
    ["Passenger boarded", "1", "3"],
    ["Passenger boarded", "1", "4"],
    ["Vehicle arrived at stop", "2", "1"],
    ["Passenger alighted", "2", "1"],
    ["Passenger alighted", "2", "3"],
    ["Passenger alighted", "2", "1"],
  ]);
  // Of the ride that began before the first stop was known, its boarding has no place there.
  expect(answer.headers.get("x-rows-left-out")).toBe("1");
});

test("fares are TIDES fare transactions, and name no rider", async () => {
  using gateway = gatewayWith(morningOfABus());
  const text = await (await gateway.get(`${day}/fare_transactions.csv`)).text();
  const rows = parse<Record<string, string>>(text, { columns: true });
  expect(flawsIn(rows, fareTransactionFields)).toEqual([]);
  expect(rows.map((row) => row["amount"]).sort()).toEqual(["100", "100"]);
  for (const person of [ann, ben, cardHash])
    expect(rows.flatMap(Object.values)).not.toContain(person);
});

test("positions are held to the feed, and are then the stops of what is boarded", async () => {
  const stops = [{ stop: "A1", stopSequence: 10, arrivalSeconds: 0 }];
  const trips = new Map([["trip-1", { route: "r", direction: 1 as const, stops }]]);
  using gateway = gatewayWith(new History(), {
    ...{
      trips,
      zones: new Map([["A1", "A"]]),
      names: new Map([["A1", "駅前"]]),
      points: new Map(),
      problems: [],
    },
  });
  const position = { vehicle: "bus-7", trip: "trip-1", stop: "A1" };
  expect(await (await gateway.post("positions", position)).json()).toEqual({
    recorded: 1,
    index: 1,
  });
  const view = gateway.views.show("bus.boarding");
  expect(view).toMatchObject({ serviceDays: [{ vehicles: [{ vehicle: "bus-7", stop: "A1" }] }] });
  const unknown = await gateway.post("positions", { ...position, stop: "Z9" });
  expect(unknown.status).toBe(400);
});

test("a file of positions is recorded whole", async () => {
  using gateway = gatewayWith(new History());
  const head = "vehicle_id,trip_id,stop_id,stop_sequence,reached_at\n";
  const row = (stop: string, n: number) =>
    `bus-7,trip-1,${stop},${n},2026-06-01T07:0${n}:00+09:00\n`;
  const send = (body: string) =>
    gateway.app.request("/api/bus/positions", {
      ...{ method: "POST", body },
      headers: { authorization: "write", "content-type": "text/csv" },
    });
  expect((await send(`${head}${row("A1", 1)}bad\n`)).status).toBe(400);
  expect(gateway.views.index).toBe(0);
  const answer = await send(head + row("A1", 1) + row("A2", 2));
  expect(await answer.json()).toEqual({ recorded: 2, index: 2 });
  expect(gateway.views.busRides.on("2026-06-01")?.vehicles.get("bus-7")?.halts).toHaveLength(2);
});

const card = { type: "bus.card-linked", card: cardHash, person: ann };
const pass = { type: "bus.pass-granted", person: ann, validFrom: "2026-06-01" };
test.each([
  { body: { ...card, proof: { device: "front", sequence: 1 } }, status: 200 },
  { body: { ...card, proof: { device: "front", sequence: 2 } }, status: 409 },
  { body: { ...card, person: ben, proof: { device: "front", sequence: 1 } }, status: 409 },
  { body: { ...pass, product: "digital-free-pass", validUntil: "2026-06-02" }, status: 200 },
  { body: { ...pass, product: "no-such-pass", validUntil: "2026-06-02" }, status: 409 },
  { body: { ...pass, product: "digital-free-pass", validUntil: "2026-05-31" }, status: 400 },
  {
    body: { ...pass, product: "digital-free-pass", validUntil: "2026-06-02", name: "x" },
    status: 400,
  },
  { body: { type: "decision.made", service: "bus.boarding" }, status: 400 },
  { body: "{", status: 400 },
])("a record is answered $status: $body", async ({ body, status }) => {
  const history = new History();
  history.tap("front", -60, ann, true);
  history.tap("front", 60, ann);
  using gateway = gatewayWith(history);
  const answer = await gateway.post("records", body);
  expect(answer.status).toBe(status);
  if (status !== 200) {
    expect(await answer.json()).toEqual({ code: "USAGE", message: expect.any(String) });
  }
});

test.each([
  { path: "/api/bus/days/yesterday/rides.csv", status: 400 },
  { path: "/api/bus/days/2020-01-01/rides.csv", status: 404 },
  { path: "/api/bus/days", status: 200 },
  { path: "/api/bus/feed", status: 200 },
])("GET $path is answered $status", async ({ path, status }) => {
  using gateway = gatewayWith(morningOfABus());
  expect((await gateway.get(path)).status).toBe(status);
});

test("without leave nothing is read, and nothing written", async () => {
  using gateway = gatewayWith(morningOfABus());
  for (const path of ["", "/2026-06-01/rides.csv", "/2026-06-01/passenger_events.csv"]) {
    expect((await gateway.app.request(`/api/bus/days${path}`)).status, path).toBe(401);
  }
  for (const path of ["positions", "records"]) {
    const answer = await gateway.app.request(`/api/bus/${path}`, { method: "POST", body: "{}" });
    expect(answer.status, path).toBe(401);
  }
});
