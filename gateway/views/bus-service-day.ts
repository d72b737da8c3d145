import { entry, sorted } from "#contract/maps.ts";
import { type ChargePorts, chargeFor } from "../bus/charge.ts";
import type { DayOfRides } from "../bus/fold-day.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";
import { type Ride, sizeOf } from "../bus/ride.ts";

export interface BusServiceDay {
  readonly day: string;
  readonly vehicles: readonly {
    readonly vehicle: string;
    /** Where it was last heard of. */
    readonly trip: string | null;
    readonly stop: string | null;
    /** What the operator's feed calls it; null without one. */
    readonly stopName: string | null;
    /** People on board as far as anybody knows; nobody once the day is over. */
    readonly load: number;
    readonly loadMax: number;
    readonly boarded: number;
    readonly alighted: number;
    /** Alightings of people whose boarding nobody saw. */
    readonly unexplained: number;
    readonly alightingNotSeen: number;
  }[];
  /** People from stop to stop, where both are known. */
  readonly journeys: readonly {
    readonly from: string;
    readonly to: string;
    readonly fromName: string | null;
    readonly toName: string | null;
    readonly people: number;
  }[];
  readonly fares: {
    readonly yen: number;
    readonly byProduct: readonly {
      readonly product: string;
      readonly rides: number;
      readonly yen: number;
      readonly regularYen: number;
    }[];
    readonly unsettled: number;
  };
}

export interface ServiceDayPorts extends ChargePorts {
  /** No later day has anything yet. */
  readonly over: boolean;
  readonly feed?: GtfsFeed | undefined;
}

/** A service day in numbers. */
export function serviceDayOf(
  day: string,
  rides: DayOfRides,
  { over, feed, ...ports }: ServiceDayPorts,
): BusServiceDay {
  const nameOf = (stop: string | undefined) => (stop && feed?.names.get(stop)) ?? null;
  const vehicles = sorted(rides.vehicles);
  const all = vehicles.flatMap(([, vehicle]) => vehicle.rides);
  return {
    day,
    vehicles: vehicles.map(([name, vehicle]) => ({
      vehicle: name,
      trip: vehicle.halt?.trip ?? null,
      stop: vehicle.halt?.stop ?? null,
      stopName: nameOf(vehicle.halt?.stop),
      load: over ? 0 : vehicle.load,
      loadMax: vehicle.loadMax,
      boarded: vehicle.boarded,
      alighted: vehicle.alighted,
      unexplained: vehicle.unexplained,
      alightingNotSeen: vehicle.alightingNotSeen + (over ? vehicle.load : 0),
    })),
    journeys: journeysOf(all).map((one) => ({
      ...{ ...one, fromName: nameOf(one.from), toName: nameOf(one.to) },
    })),
    fares: faresOf(all, day, ports),
  };
}

function journeysOf(
  rides: readonly Ride[],
): readonly Pick<BusServiceDay["journeys"][number], "from" | "to" | "people">[] {
  const journeys = new Map<string, Map<string, number>>();
  for (const ride of rides) {
    const [from, to] = [ride.boarded.halt?.stop, ride.alighted?.halt?.stop];
    if (from === undefined || to === undefined) continue;
    const destinations = entry(journeys, from, () => new Map<string, number>());
    destinations.set(to, (destinations.get(to) ?? 0) + sizeOf(ride));
  }
  return sorted(journeys).flatMap(([from, destinations]) =>
    sorted(destinations).map(([to, people]) => ({ from, to, people })),
  );
}

function faresOf(rides: readonly Ride[], day: string, ports: ChargePorts): BusServiceDay["fares"] {
  const products = new Map<string, { rides: number; yen: number; regularYen: number }>();
  let [yen, unsettled] = [0, 0];
  for (const ride of rides) {
    const fare = chargeFor(ride, day, ports);
    if (fare.kind === "unsettled") {
      unsettled += 1;
      continue;
    }
    yen += fare.yen;
    const sums = entry(products, fare.product, () => ({ rides: 0, yen: 0, regularYen: 0 }));
    sums.rides += 1;
    sums.yen += fare.yen;
    sums.regularYen += fare.regularYen;
  }
  const byProduct = sorted(products).map(([product, sums]) => ({ product, ...sums }));
  return { yen, byProduct, unsettled };
}
