import * as z from "zod";
import { gtfsIdSchema } from "#contract/bodies/bus.ts";
import { entry } from "#contract/maps.ts";
import { type Point, pointSchema } from "#firmware-config/city-map.ts";
import { feedFiles } from "./gtfs-files.ts";
import { checkedRows, type RowProblem } from "./table.ts";

/** A stop of a trip, in order. Times are seconds after the service day's beginning, past 86,400 too. */
export interface StopTime {
  readonly stop: string;
  readonly stopSequence: number;
  readonly arrivalSeconds: number | undefined;
}

export interface Trip {
  readonly route: string;
  readonly direction: 0 | 1 | undefined;
  readonly stops: readonly StopTime[];
}

/** What boarding needs of a GTFS Schedule feed. */
export interface GtfsFeed {
  /** The zone of every stop; undefined where the feed gives none. */
  readonly zones: ReadonlyMap<string, string | undefined>;
  /** What stops are called, for those that have a name. */
  readonly names: ReadonlyMap<string, string>;
  /** Where stops are, for those whose place is a point of the earth. */
  readonly points: ReadonlyMap<string, Point>;
  readonly trips: ReadonlyMap<string, Trip>;
  /** Rows that were left out, with file and line. */
  readonly problems: readonly RowProblem[];
}

const id = gtfsIdSchema;
const blank = z.literal("").transform(() => undefined);
const optionalId = z.union([blank, id]).optional();
const sequence = z
  .string()
  .regex(/^\d{1,4}$/, "a whole number, 9999 at most")
  .transform(Number);
/** GTFS Time, H:MM:SS or HH:MM:SS, which runs past 24:00:00 on the same service day. */
const time = z
  .string()
  .regex(/^\d{1,3}:[0-5]\d:[0-5]\d$/, "a GTFS time such as 25:35:00")
  .transform((text) => {
    const [hours, minutes, seconds] = text.split(":").map(Number);
    return hours! * 3_600 + minutes! * 60 + seconds!;
  });

const stopRow = z.object({
  stop_id: id,
  stop_name: z.union([blank, z.string().max(200)]).optional(),
  zone_id: optionalId,
  stop_lat: z.string().optional(),
  stop_lon: z.string().optional(),
});
const tripRow = z.object({
  trip_id: id,
  route_id: id,
  direction_id: z
    .union([
      blank,
      z.literal("0").transform(() => 0 as const),
      z.literal("1").transform(() => 1 as const),
    ])
    .optional(),
});
const stopTimeRow = z.object({
  trip_id: id,
  stop_id: id,
  stop_sequence: sequence,
  arrival_time: z.union([blank, time]).optional(),
});

/**
 * Reads stops.txt, trips.txt and stop_times.txt of a GTFS Schedule feed, a folder or a zip file. A row that
 * is malformed or speaks of what is not there is left out, and named in `problems`. Throws CONFIG_INVALID
 * where one of the files is missing or the feed cannot be read at all.
 */
export function readGtfs(path: string): GtfsFeed {
  const textOf = feedFiles(path);
  const problems: RowProblem[] = [];
  const rows = <T>(file: string, schema: z.ZodType<T>) => {
    const checked = checkedRows(textOf(file), schema, file);
    problems.push(...checked.problems);
    return checked.rows.map(({ row, line }) => ({
      row,
      wrong: (why: string) => problems.push({ file, line, why }),
    }));
  };
  const zones = new Map<string, string | undefined>();
  const names = new Map<string, string>();
  const points = new Map<string, Point>();
  for (const { row, wrong } of rows("stops.txt", stopRow)) {
    if (zones.has(row.stop_id)) wrong("a stop_id stands there twice");
    else {
      zones.set(row.stop_id, row.zone_id);
      const point = pointSchema.safeParse({
        ...{ latitude: degrees(row.stop_lat), longitude: degrees(row.stop_lon) },
      });
      if (point.success) points.set(row.stop_id, point.data);
      if (row.stop_name !== undefined) names.set(row.stop_id, row.stop_name);
    }
  }
  const heads = new Map<string, Omit<Trip, "stops">>();
  for (const { row, wrong } of rows("trips.txt", tripRow)) {
    if (heads.has(row.trip_id)) wrong("a trip_id stands there twice");
    else heads.set(row.trip_id, { route: row.route_id, direction: row.direction_id });
  }
  const stops = new Map<string, Map<number, StopTime>>();
  for (const { row, wrong } of rows("stop_times.txt", stopTimeRow)) {
    const { trip_id: trip, stop_id: stop, stop_sequence: stopSequence } = row;
    const ofTrip = entry(stops, trip, () => new Map<number, StopTime>());
    if (!heads.has(trip)) wrong("no such trip_id");
    else if (!zones.has(stop)) wrong("no such stop_id");
    else if (ofTrip.has(stopSequence)) wrong("a stop_sequence of the trip stands there twice");
    else ofTrip.set(stopSequence, { stop, stopSequence, arrivalSeconds: row.arrival_time });
  }
  const trips = new Map<string, Trip>();
  for (const [trip, head] of heads) {
    const ofTrip = [...(stops.get(trip)?.values() ?? [])];
    trips.set(trip, { ...head, stops: ofTrip.sort((a, b) => a.stopSequence - b.stopSequence) });
  }
  return { zones, names, points, trips, problems };
}

/** Not a number for what is none, or is missing. */
const degrees = (text: string | undefined): number =>
  text !== undefined && /^-?\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;

interface Told {
  readonly trip: string;
  readonly stop: string;
  readonly stopSequence: number;
  readonly direction?: 0 | 1 | undefined;
  readonly zone?: string | undefined;
}

/**
 * A halt as the feed knows it: its zone and direction where the vehicle said none, and its place in the
 * trip where the trip stops there once and elsewhere in the order than the vehicle said.
 */
export function haltIn(feed: GtfsFeed | undefined, told: Told) {
  const { trip, stop, stopSequence, direction, zone } = told;
  if (!feed) return { trip, stop, stopSequence, direction, zone };
  const known = feed.trips.get(trip);
  const there = known?.stops.filter((one) => one.stop === stop) ?? [];
  const isInOrder = there.some((one) => one.stopSequence === stopSequence);
  return {
    ...{ trip, stop, zone: zone ?? feed.zones.get(stop) },
    stopSequence: !isInOrder && there.length === 1 ? there[0]!.stopSequence : stopSequence,
    direction: direction ?? known?.direction,
  };
}
