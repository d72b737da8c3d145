import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Point } from "#firmware-config/city-map.ts";
import type { BusRides } from "../bus/bus-rides.ts";
import type { CityMap } from "./city-map.ts";

/** Where a box is now. One on a bus is at the stop where its bus was last heard of. */
export interface BoxPlace {
  readonly device: DeviceId;
  /** Null where nobody said where it stands, or its bus is at no stop that the map knows. */
  readonly at: Point | null;
  readonly vehicle: string | null;
  readonly stop: string | null;
}

export interface PlacesPorts {
  readonly map: CityMap;
  /** The newest service day's halts are looked at, and no rider. */
  rides(): BusRides;
  readonly clock: { wall(): WallMs };
}

/** Where boxes are, of which anybody said so. What was set by hand counts more than what a bus says. */
export function placesOf({ map, clock, rides: now }: PlacesPorts): readonly BoxPlace[] {
  const rides = now();
  const devices = new Set([...map.boxes.keys(), ...(rides.standing.devices as DeviceId[])]);
  const stopAt = new Map(
    map.stops.map(({ id, latitude, longitude }) => [id, { latitude, longitude }]),
  );
  const newest = [...rides.days()].at(-1)?.rides();
  return [...devices].sort().map((device) => {
    const vehicle = rides.standing.placeOf(device, clock.wall())?.vehicle ?? null;
    const fixed = map.boxes.get(device);
    const stop = (vehicle !== null && newest?.vehicles.get(vehicle)?.halt?.stop) || null;
    const at = fixed ?? (stop === null ? undefined : stopAt.get(stop)) ?? null;
    return { device, at, vehicle, stop };
  });
}
