import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BusBody } from "#contract/bodies/bus.ts";
import { errorCodeOf } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { followTrip, timetable } from "#gateway/bus/fixed-route.ts";
import { readGtfs } from "#gateway/bus/gtfs.ts";
import { localTime } from "#gateway/bus/local-time.ts";
import { atStop, positionsIn } from "#gateway/bus/positions.ts";

const small = {
  "stops.txt":
    '\uFEFFstop_id,stop_name,zone_id\r\nA1,"駅前, 北口",A\r\nA2,けやき通り,A\r\nB1,大胡,\r\n',
  "trips.txt": "route_id,service_id,trip_id,direction_id\nr1,daily,t1,0\nr1,daily,loop,\n",
  "stop_times.txt":
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" +
    "t1,25:10:00,25:10:00,B1,30\nt1,24:50:00,24:50:00,A1,10\nt1,,,A2,20\n" +
    "loop,8:00:00,8:00:00,A1,1\nloop,8:10:00,8:10:00,B1,2\nloop,8:20:00,8:20:00,A1,3\n",
};

function feedOf(files: Partial<typeof small>): string {
  const folder = mkdtempSync(join(tmpdir(), "tebura-gtfs-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("a feed is read with its zones, directions and stops in order", () => {
  const feed = readGtfs(feedOf(small));
  expect([...feed.zones]).toEqual([
    ["A1", "A"],
    ["A2", "A"],
    ["B1", undefined],
  ]);
  expect(feed.names.get("A1")).toBe("駅前, 北口");
  expect(feed.trips.get("t1")).toEqual({
    route: "r1",
    direction: 0,
    stops: [
      { stop: "A1", stopSequence: 10, arrivalSeconds: 89_400 },
      { stop: "A2", stopSequence: 20, arrivalSeconds: undefined },
      { stop: "B1", stopSequence: 30, arrivalSeconds: 90_600 },
    ],
  });
});

test.each([
  {
    file: "stops.txt",
    text: "stop_id\nA1\nA1\n",
    says: "stops.txt line 3: a stop_id stands there twice",
  },
  { file: "stops.txt", text: "stop_name\nx\n", says: "stops.txt line 2: stop_id" },
  { file: "trips.txt", text: "trip_id,route_id,direction_id\nt1,r1,2\n", says: "trips.txt line 2" },
  {
    file: "stop_times.txt",
    text: "trip_id,stop_id,stop_sequence\nt9,A1,1\n",
    says: "no such trip_id",
  },
  {
    file: "stop_times.txt",
    text: "trip_id,stop_id,stop_sequence\nt1,Z9,1\n",
    says: "no such stop_id",
  },
  {
    file: "stop_times.txt",
    text: "trip_id,stop_id,stop_sequence\nt1,A1,1\nt1,A2,1\n",
    says: "stop_times.txt line 3",
  },
  {
    file: "stop_times.txt",
    text: "trip_id,stop_id,stop_sequence,arrival_time\nt1,A1,1,8:61:00\n",
    says: "arrival_time",
  },
  { file: "trips.txt", text: "trip_id,route_id\nt1\n", says: "CSV_RECORD_INCONSISTENT" },
])("a bad row of $file is left out and named: $says", ({ file, text, says }) => {
  const { problems } = readGtfs(feedOf({ ...small, [file]: text }));
  expect(problems.map((one) => `${one.file} line ${one.line}: ${one.why}`).join("\n")).toContain(
    says,
  );
});

test("bad rows take nothing with them: the others of the same file are read", () => {
  const bad = `${small["stop_times.txt"]}t1,26:00:00,,Z9,40\nt1,25:20:00,,A1,50\n`;
  const feed = readGtfs(feedOf({ ...small, "stop_times.txt": bad }));
  expect(feed.problems).toEqual([{ file: "stop_times.txt", line: 8, why: "no such stop_id" }]);
  expect(feed.trips.get("t1")?.stops.map(({ stopSequence }) => stopSequence)).toEqual([
    10, 20, 30, 50,
  ]);
});

/** Zips as another program makes them; without one the test says so. */
function zipOf(folder: string, name: string, ...args: string[]): string | undefined {
  const path = join(folder, name);
  const { error } = spawnSync("python3", ["-m", "zipfile", "-c", path, ...args], { cwd: folder });
  return error ? undefined : path;
}

test("a feed in a zip file is the same feed, with a folder around its files too", (context) => {
  const folder = feedOf(small);
  mkdirSync(join(folder, "google_transit"));
  for (const [name, text] of Object.entries(small)) {
    writeFileSync(join(folder, "google_transit", name), text);
  }
  const flat = zipOf(folder, "flat.zip", ...Object.keys(small));
  const around = zipOf(folder, "around.zip", "google_transit");
  if (!flat || !around) return context.skip("needs python3 to make a zip file");
  expect(readGtfs(flat)).toEqual(readGtfs(folder));
  expect(readGtfs(around)).toEqual(readGtfs(folder));
  const bytes = readFileSync(flat);
  for (const [at, byte] of bytes.entries()) {
    if (at % 7 !== 0) continue;
    bytes[at] = byte ^ 0xff;
    writeFileSync(join(folder, "damaged.zip"), bytes);
    // Read as it was, or refused with a sentence: never read as something else.
    try {
      expect(readGtfs(join(folder, "damaged.zip"))).toEqual(readGtfs(folder));
    } catch (error) {
      expect(errorCodeOf(error), String(error)).toBe("CONFIG_INVALID");
    }
    bytes[at] = byte;
  }
});

test("what is neither a folder nor a zip is refused", () => {
  const folder = feedOf(small);
  writeFileSync(join(folder, "no.zip"), "PK rubbish");
  expect(() => readGtfs(join(folder, "no.zip"))).toThrow("cannot read");
  expect(() => readGtfs(join(folder, "nowhere"))).toThrow("cannot read");
});

test("what is no CSV at all refuses the feed", () => {
  const folder = feedOf({ ...small, "stops.txt": 'stop_id\n"A1\n' });
  expect(() => readGtfs(folder)).toThrow("stops.txt line");
});

test("a feed without one of its files is refused", () => {
  const folder = feedOf({ "stops.txt": small["stops.txt"] });
  expect(() => readGtfs(folder)).toThrow("cannot read");
});

test("a position gets sequence, direction and zone from the feed", () => {
  const feed = readGtfs(feedOf(small));
  const position = { vehicle: "bus-7", trip: "t1", stop: "A2" };
  expect(atStop(position, "feed", feed)).toEqual({
    ...{ type: "bus.at-stop", ...position, stopSequence: 20 },
    ...{ direction: 0, zone: "A", source: "feed" },
  });
});

test.each([
  { position: { trip: "t9", stop: "A1" }, says: "no such trip" },
  { position: { trip: "t1", stop: "Z9" }, says: "no such stop" },
  { position: { trip: "t1", stop: "A1", stopSequence: 20 }, says: "no such stop" },
  { position: { trip: "loop", stop: "A1" }, says: "more than once" },
])("a position that the feed does not know is refused: $says", ({ position, says }) => {
  const feed = readGtfs(feedOf(small));
  expect(() => atStop({ vehicle: "bus-7", ...position }, "feed", feed)).toThrow(says);
});

test("a file of positions is taken whole, or refused with the line that is wrong", () => {
  const feed = readGtfs(feedOf(small));
  const head = "vehicle_id,trip_id,stop_id,stop_sequence,reached_at\n";
  const good = "bus-7,loop,A1,3,2026-06-01T08:20:10+09:00\n";
  expect(positionsIn(head + good, feed)).toEqual([
    {
      ...{ type: "bus.at-stop", vehicle: "bus-7", trip: "loop", stop: "A1", stopSequence: 3 },
      ...{ zone: "A", source: "file", reachedAt: Date.parse("2026-06-01T08:20:10+09:00") },
    },
  ]);
  expect(() =>
    positionsIn(`${head}${good}bus-7,loop,A1,,2026-06-01T08:20:10+09:00\n`, feed),
  ).toThrow("positions line 3: the trip stops there more than once");
  expect(() => positionsIn(`${head}bus-7,loop,A1,1,yesterday\n`, feed)).toThrow("reached_at");
});

test("a vehicle on a fixed route is at each stop by the timetable, past midnight too", async () => {
  const feed = readGtfs(feedOf(small));
  let now = Date.parse("2026-06-02T00:55:00+09:00");
  const recorded: BusBody[] = [];
  const clock = {
    wall: () => now as WallMs,
    async sleep(durationMs: number) {
      now += durationMs;
    },
  };
  const ports = {
    ...{ feed, timeZone: "Asia/Tokyo", clock },
    record: async (body: BusBody) => recorded.push(body),
  };
  const plan = { vehicle: "bus-7", trip: "t1", day: "2026-06-01" };
  await followTrip(ports, plan, new AbortController().signal);
  const times = recorded.map((body) => body.type === "bus.at-stop" && body.reachedAt);
  // 24:50, 25:00 between its neighbours, and 25:10 of the service day before.
  expect(times).toEqual(
    ["00:50:00", "01:00:00", "01:10:00"].map((time) => Date.parse(`2026-06-02T${time}+09:00`)),
  );
  expect(now).toBe(Date.parse("2026-06-02T01:10:00+09:00"));
  await expect(followTrip(ports, { ...plan, trip: "t9" }, AbortSignal.abort())).rejects.toThrow(
    "no stops",
  );
});

test("on the day when clocks go forward GTFS times still count from noon minus twelve hours", () => {
  const stops = [{ stop: "A1", stopSequence: 1, arrivalSeconds: 13 * 3_600 }];
  const [first] = timetable(stops, "2026-03-29", "Europe/Berlin");
  expect(first?.at).toBe(Date.parse("2026-03-29T13:00:00+02:00"));
});

test.each([
  { timeZone: "Asia/Tokyo", text: "2026-06-01T08:00:00+09:00" },
  { timeZone: "America/St_Johns", text: "2026-05-31T20:30:00-02:30" },
  { timeZone: "UTC", text: "2026-05-31T23:00:00+00:00" },
])("a moment is written as a clock in $timeZone shows it", ({ timeZone, text }) => {
  const at = Date.parse("2026-06-01T08:00:00.700+09:00");
  expect(localTime(at, timeZone).text).toBe(text);
});
