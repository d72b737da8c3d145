import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type EventBody, parseEvent } from "#contract/events.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { stopsDue } from "#device/bus/fixed-route.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";
import { ShiftedClock } from "#test/support/shifted-clock.ts";

const [parent, child] = madePeople;
let city: CityUnderTest;
let box: BoxUnderTest;
let positionFile: string;
const clock = new ShiftedClock();

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  positionFile = join(city.folder, "position.json");
  const duties = { bus: { vehicle: "bus-7", positionFile, fixedRoute: [] } };
  box = await city.box("bus-7-front", "bus.boarding", { duties, clock });
  await box.enrol("Parent", parent);
  await box.enrol("Child", child);
  await city.gateway.desk.record({
    ...{ type: "bus.box-placed", device: box.id, vehicle: "bus-7", door: "front" },
    counts: "boarding",
  });
  await city.cut();
});
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

const own = (): readonly EventBody[] =>
  box.appliance.outbox
    .read(1, 1_000)
    .map(({ sealed }) => parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url")).body);
const ofType = (type: EventBody["type"]) => own().filter((body) => body.type === type);

test("the stop comes from the vehicle's feed and from its file, each once", async () => {
  const stop = { trip: "t1", stop: "A1", stopSequence: 1, zone: "A" };
  await box.askJson("POST", "/bus/position", stop);
  await box.askJson("POST", "/bus/position", stop);
  writeFileSync(positionFile, JSON.stringify({ trip: "t1", stop: "A2", stopSequence: 2 }));
  await expect.poll(() => ofType("bus.at-stop").length, { timeout: 60_000 }).toBe(2);
  expect(ofType("bus.at-stop")).toMatchObject([
    { vehicle: "bus-7", ...stop, source: "feed" },
    { vehicle: "bus-7", stop: "A2", source: "file" },
  ]);
  const refused = await box.ask("POST", "/bus/position", { trip: "t1" });
  expect(refused.status).toBe(400);
});

test("a child with empty hands boards with a guardian, and both alight, without a network", async () => {
  expect(await box.showFace(parent)).toMatchObject({ outcome: "admit" });
  expect(await box.showFace(child)).toMatchObject({ outcome: "admit" });
  const { taps } = await box.askJson("GET", "/bus");
  const [childTap, parentTap] = taps.map(({ tap }: { tap: number }) => tap);
  await box.askJson("POST", "/bus/group", { infants: 1, childTaps: [childTap] });
  expect(ofType("bus.group-boarded")).toMatchObject([
    { boarding: { device: box.id, sequence: parentTap }, children: 1, infants: 1 },
  ]);
  // A ride takes longer than the minute within which a second tap says nothing new.
  clock.pass(10 * 60_000);
  await box.askJson("POST", "/bus/position", { trip: "t1", stop: "A3", stopSequence: 3 });
  expect(await box.showFace(parent)).toMatchObject({ outcome: "admit" });
  const [{ tap }] = (await box.askJson("GET", "/bus")).taps;
  await box.askJson("POST", "/bus/passed", { tap, direction: "alighting" });
  const unknown = await box.ask("POST", "/bus/passed", { tap: 9_999, direction: "alighting" });
  expect(unknown.status).toBe(400);
});

test("the gateway folds rides of all three, and none of them is aboard any more", async () => {
  await city.connect();
  await box.delivered();
  const { serviceDays } = await city.view<BusBoarding>("bus.boarding");
  const [vehicle] = serviceDays[0]!.vehicles;
  expect(vehicle).toMatchObject({ vehicle: "bus-7", boarded: 3, alighted: 3, load: 0 });
});

test("a timetable says where the bus is now, and each further stop when it is due", () => {
  const stop = (name: string, at: string) => ({ trip: "t1", stop: name, stopSequence: 1, at });
  const route = [stop("A1", "07:00"), stop("A2", "07:05"), stop("A3", "07:10")];
  const localTime = (at: number) => {
    const [day = "", time = ""] = localTimeIn("Asia/Tokyo")(at).split(" ");
    return { day, time: time.slice(0, 5) };
  };
  const at = (time: string) => Date.parse(`2026-06-01T${time}:30+09:00`);
  const due = (after: number | undefined, now: number) =>
    stopsDue(route, { after, now }, localTime).map(({ stop: name }) => name);
  expect(due(undefined, at("06:59"))).toEqual([]);
  expect(due(undefined, at("07:06"))).toEqual(["A2"]);
  expect(due(at("07:06"), at("07:07"))).toEqual([]);
  expect(due(at("06:58"), at("07:11"))).toEqual(["A1", "A2", "A3"]);
});
