import type { BusBody } from "#contract/bodies/bus.ts";
import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import type { GtfsFeed, StopTime } from "./gtfs.ts";
import { localTime } from "./local-time.ts";
import { atStop } from "./positions.ts";

/** A vehicle that tells nothing of itself, and is taken to run to the timetable. */
export interface Plan {
  readonly vehicle: string;
  readonly trip: string;
  /** GTFS service day. */
  readonly day: string;
}

export interface FixedRoutePorts {
  readonly feed: GtfsFeed;
  readonly timeZone: string;
  readonly clock: Pick<Clock, "wall" | "sleep">;
  record(body: BusBody): Promise<unknown>;
}

/**
 * Records each stop of a trip when the timetable says that it is reached. A stop that was due before
 * the call counts as reached at its time. Resolves after the last stop, rejects when aborted, and
 * throws CONFIG_INVALID where the feed has no such trip or no times for it.
 */
export async function followTrip(
  { feed, timeZone, clock, record }: FixedRoutePorts,
  { vehicle, trip, day }: Plan,
  signal: AbortSignal,
): Promise<void> {
  const stops = feed.trips.get(trip)?.stops ?? [];
  for (const { stop, stopSequence, at } of timetable(stops, day, timeZone)) {
    for (let wait = at - clock.wall(); wait > 0; wait = at - clock.wall()) {
      await clock.sleep(Math.min(wait, 60_000), signal);
    }
    signal.throwIfAborted();
    const position = { vehicle, trip, stop, stopSequence, reachedAt: at };
    await record(atStop(position, "fixed-route", feed));
  }
}

/**
 * When a trip reaches its stops on a service day. Between timed stops the others are spread evenly.
 * Throws CONFIG_INVALID where the first or the last stop has no time, as GTFS asks for both.
 */
export function timetable(
  stops: readonly StopTime[],
  day: string,
  timeZone: string,
): readonly (StopTime & { readonly at: WallMs })[] {
  const begins = dayBegins(day, timeZone);
  const untimed = () =>
    new TeburaError("CONFIG_INVALID", "the trip has no stops, or no times at its first and last");
  if (stops.length === 0) throw untimed();
  return stops.map((stop, i) => {
    const before = stops.findLastIndex((each, k) => k <= i && each.arrivalSeconds !== undefined);
    const after = stops.findIndex((each, k) => k >= i && each.arrivalSeconds !== undefined);
    const [from, to] = [stops[before]?.arrivalSeconds, stops[after]?.arrivalSeconds];
    if (from === undefined || to === undefined) throw untimed();
    const part = after === before ? 0 : (i - before) / (after - before);
    const seconds = Math.round(from + (to - from) * part);
    return { ...stop, at: (begins + seconds * 1_000) as WallMs };
  });
}

/** GTFS counts times from noon minus 12 hours, so that a day on which clocks change has no gap. */
function dayBegins(day: string, timeZone: string): number {
  const noonUtc = Date.parse(`${day}T12:00:00Z`);
  // A zone's offset is less than a day, so the offset at noon UTC, asked again at the guess, settles.
  const guess = noonUtc - localTime(noonUtc, timeZone).offsetMs;
  const noon = noonUtc - localTime(guess, timeZone).offsetMs;
  return noon - 12 * 3_600_000;
}
