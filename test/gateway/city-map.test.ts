import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readGtfs } from "#gateway/bus/gtfs.ts";
import { loadsOf } from "#gateway/bus/loads.ts";
import { cityMapOf } from "#gateway/map/city-map.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { smallFeed } from "#test/support/small-feed.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

const office = { latitude: 36.3911, longitude: 139.0608 };

test("stops, lines and boxes of a feed, there and back being one line", () => {
  using folder = temporaryFolder();
  const feed = readGtfs(smallFeed(folder.path));
  const boxes = { "door-1": { stop: "office" }, "door-2": { latitude: 36, longitude: 139 } };
  const map = cityMapOf({ boxes } as never, feed);
  expect(map.stops.map(({ id, name }) => `${id} ${name}`)).toEqual([
    ...["station 前橋駅", "office 県庁前", "park 敷島公園"],
  ]);
  expect(map.lines).toEqual([["station", "office", "park"]]);
  expect([...map.boxes]).toEqual([
    ["door-1", office],
    ["door-2", { latitude: 36, longitude: 139 }],
  ]);
  expect(cityMapOf({ boxes: {} }, undefined)).toEqual({ stops: [], lines: [], boxes: new Map() });
});

test.each(["136.38,139.07", ",139.07", "north,139.07", "36.38,1390.07"])(
  "a stop at %s is nowhere on the map, and a stop of the feed all the same",
  (where) => {
    using folder = temporaryFolder();
    const path = smallFeed(folder.path);
    const text = `stop_id,stop_name,stop_lat,stop_lon\nstation,前橋駅,${where}\n`;
    writeFileSync(join(path, "stops.txt"), text);
    const feed = readGtfs(path);
    expect([...feed.zones.keys()]).toEqual(["station"]);
    expect(cityMapOf({ boxes: {} }, feed).stops).toEqual([]);
    const boxes = { "door-1": { stop: "station" } };
    expect(() => cityMapOf({ boxes } as never, feed)).toThrow(/door-1 stands at a stop/);
  },
);

test("a box on a bus is where its bus is, one that is set by hand where it was set, live", async () => {
  using folder = temporaryFolder();
  const gtfs = smallFeed(folder.path);
  const map = { boxes: { "door-1": { latitude: 36.4, longitude: 139.1 } } } as never;
  const usual = ["Asia/Tokyo", 0, undefined, false, undefined, {}, 0] as const;
  await using running = await startGateway(folder.path, ...usual, { gtfs, map });
  const { gateway } = running;
  const page = new ApiClient(gateway, running.httpUrl, ["devices:read", "bus:read"]);
  const { desk } = gateway;
  const placed = { type: "bus.box-placed", door: "front", counts: "boarding" } as const;
  await desk.record({ ...placed, device: "bus-1" as never, vehicle: "101" });
  const boxes = async () => ((await page.json("/api/map/boxes")) as { boxes: object[] }).boxes;
  const fixed = { at: { latitude: 36.4, longitude: 139.1 }, vehicle: null, stop: null };
  expect(await boxes()).toEqual([
    { device: "bus-1", at: null, vehicle: "101", stop: null },
    { device: "door-1", ...fixed },
  ]);
  const stop = { type: "bus.at-stop", vehicle: "101", trip: "t1", source: "feed" } as const;
  await desk.record({ ...stop, stop: "office", stopSequence: 2 });
  expect(await boxes()).toMatchObject([{ at: office, stop: "office" }, fixed]);
  await desk.record({ ...stop, stop: "park", stopSequence: 3 });
  expect(await boxes()).toMatchObject([{ at: { latitude: 36.4106 }, stop: "park" }, fixed]);
  const stranger = new ApiClient(gateway, running.httpUrl, ["school:read"]);
  expect((await stranger.get("/api/map")).status).toBe(403);
  expect((await stranger.get("/api/map/boxes")).status).toBe(403);
});

test("the load of a quarter of an hour is the most at once, and whoever stays is counted on", () => {
  const at = (minute: number) => Date.UTC(2026, 3, 1, 8, minute);
  const loads = [
    { at: at(2), load: 5 },
    { at: at(10), load: 2 },
    { at: at(50), load: 0 },
  ];
  const other = [{ at: at(31), load: 1 }];
  expect(
    loadsOf([
      { vehicle: "b", loads: other },
      { vehicle: "a", loads },
    ] as never),
  ).toEqual({
    ...{ stepMs: 900_000, from: at(0) },
    vehicles: [
      { vehicle: "a", loads: [5, 2, 2, 2] },
      { vehicle: "b", loads: [0, 0, 1, 1] },
    ],
  });
  expect(loadsOf([{ vehicle: "a", loads: [] }] as never).vehicles).toEqual([]);
});
