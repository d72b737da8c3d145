import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import type { CityMapSettings, Point } from "#firmware-config/city-map.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";

export interface MapStop extends Point {
  readonly id: string;
  readonly name: string;
}

/** What is drawn of a city: stops, the lines that join them, and boxes that stand somewhere for good. */
export interface CityMap {
  readonly stops: readonly MapStop[];
  /** Each as the ids of its stops in order, once for all trips that run alike. */
  readonly lines: readonly (readonly string[])[];
  readonly boxes: ReadonlyMap<DeviceId, Point>;
}

/** A map is for people: a feed of a whole prefecture is cut to what a screen can show. */
const stopsMax = 5_000;
const linesMax = 500;

/** Throws CONFIG_INVALID where a box stands at a stop whose place the feed does not say. */
export function cityMapOf({ boxes }: CityMapSettings, feed: GtfsFeed | undefined): CityMap {
  const placed = Object.entries(boxes).map(([device, where]): [DeviceId, Point] => {
    if (!("stop" in where)) return [device as DeviceId, where];
    const point = feed?.points.get(where.stop);
    if (point) return [device as DeviceId, point];
    const message = `gateway.map: ${device} stands at a stop whose place the GTFS feed does not say`;
    throw new TeburaError("CONFIG_INVALID", message);
  });
  const points = [...(feed?.points ?? [])].slice(0, stopsMax);
  return {
    stops: points.map(([id, point]) => ({ id, name: feed?.names.get(id) ?? id, ...point })),
    lines: feed ? linesOf(feed) : [],
    boxes: new Map(placed),
  };
}

function linesOf({ trips }: GtfsFeed): CityMap["lines"] {
  const lines = new Map<string, readonly string[]>();
  for (const { stops } of trips.values()) {
    if (lines.size >= linesMax) break;
    const line = stops.map(({ stop }) => stop);
    // There and back is one line on a map.
    const key = [line.join("\n"), line.toReversed().join("\n")].sort().join("\n\n");
    if (line.length > 1 && !lines.has(key)) lines.set(key, line);
  }
  return [...lines.values()];
}
