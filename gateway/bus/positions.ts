import * as z from "zod";
import { type BusBody, gtfsIdSchema, vehicleIdSchema } from "#contract/bodies/bus.ts";
import { TeburaError } from "#contract/errors.ts";
import { wallMsSchema } from "#contract/ids.ts";
import type { GtfsFeed } from "./gtfs.ts";
import { readTable } from "./table.ts";

export type AtStop = Extract<BusBody, { type: "bus.at-stop" }>;

/** What a vehicle's own feed tells of it. */
export const positionSchema = z.strictObject({
  vehicle: vehicleIdSchema,
  trip: gtfsIdSchema,
  stop: gtfsIdSchema,
  /** Needed where a trip stops there more than once, or where no GTFS feed is at hand. */
  stopSequence: z.int().min(0).max(9_999).optional(),
  reachedAt: wallMsSchema.optional(),
});
export type Position = z.infer<typeof positionSchema>;

/**
 * What is recorded of a position: with direction and zone from the GTFS feed where there is one.
 * Throws CONFIG_INVALID where the feed knows no such trip or stop, or more than one such stop.
 */
export function atStop(
  position: Position,
  source: AtStop["source"],
  feed: GtfsFeed | undefined,
): AtStop {
  const { vehicle, trip, stop, reachedAt } = position;
  const time = reachedAt === undefined ? {} : { reachedAt };
  const fixed = { type: "bus.at-stop" as const, vehicle, trip, stop, source, ...time };
  if (!feed) {
    const { stopSequence } = position;
    if (stopSequence === undefined) throw invalid("without a GTFS feed stopSequence is needed");
    return { ...fixed, stopSequence };
  }
  const known = feed.trips.get(trip);
  if (!known) throw invalid("the GTFS feed has no such trip");
  const wanted = known.stops.filter(
    (each) =>
      each.stop === stop && each.stopSequence === (position.stopSequence ?? each.stopSequence),
  );
  const [found] = wanted;
  if (!found) throw invalid("the trip has no such stop in the GTFS feed");
  if (wanted.length > 1) throw invalid("the trip stops there more than once; give stopSequence");
  const zone = feed.zones.get(stop);
  return {
    ...fixed,
    stopSequence: found.stopSequence,
    ...(known.direction === undefined ? {} : { direction: known.direction }),
    ...(zone === undefined ? {} : { zone }),
  };
}

const positionRow = z.object({
  vehicle_id: vehicleIdSchema,
  trip_id: gtfsIdSchema,
  stop_id: gtfsIdSchema,
  stop_sequence: z
    .string()
    .regex(/^\d{0,4}$/)
    .optional(),
  /** ISO 8601 with an offset. */
  reached_at: z.iso.datetime({ offset: true }),
});

/**
 * Positions in a file: vehicle_id, trip_id, stop_id, reached_at and, where needed, stop_sequence.
 * Throws CONFIG_INVALID naming the line; nothing is taken of a file that has a bad one.
 */
export function positionsIn(csv: string, feed: GtfsFeed | undefined): readonly AtStop[] {
  return readTable(csv, positionRow, "positions").map(({ row, line }) => {
    const { vehicle_id: vehicle, trip_id: trip, stop_id: stop, stop_sequence: text } = row;
    const stopSequence = text ? Number(text) : undefined;
    const reachedAt = wallMsSchema.parse(Date.parse(row.reached_at));
    try {
      return atStop({ vehicle, trip, stop, stopSequence, reachedAt }, "file", feed);
    } catch (error) {
      throw invalid(`positions line ${line}: ${error instanceof Error ? error.message : ""}`);
    }
  });
}

function invalid(message: string): TeburaError {
  return new TeburaError("CONFIG_INVALID", message);
}
