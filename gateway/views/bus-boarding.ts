import { entry, sorted } from "#contract/maps.ts";
import { type CityRules, shippedRules } from "#firmware-config/city-rules.ts";
import type { Fares } from "#firmware-config/fares.ts";
import { BusRides, type ServiceDay } from "../bus/bus-rides.ts";
import { busesOf, type OwnBuses } from "../bus/depots.ts";
import type { DayOfRides } from "../bus/fold-day.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";
import { type BusServiceDay, serviceDayOf } from "./bus-service-day.ts";
import { Places } from "./proved-decisions.ts";
import type { View } from "./view.ts";

export { entry, sorted } from "#contract/maps.ts";

interface Counts {
  boarded: number;
  alighted: number;
  /** Further sightings of somebody who was just counted: in no other number. */
  repeated: number;
  refused: number;
  askedForCard: number;
}

type DeviceDays = Map<string, Map<string, Counts>>;

/** A service day as it is shown; made again only when the day was folded again, or fares changed. */
interface Summary {
  readonly taps: DeviceDays;
  readonly over: boolean;
  readonly fares: Fares;
  readonly day: BusServiceDay;
}

/** Rides, and what led to none: refusals and asks by calendar day and box. */
export interface BusState {
  readonly rides: BusRides;
  readonly turnedAway: DeviceDays;
  /** Which depot or company a bus's box belongs to. */
  readonly places: Places;
  /** By the version of the day that they are of. */
  readonly summaries: WeakMap<object, Summary>;
  /** The same for some depots' buses alone, by which they are. */
  readonly partSummaries: WeakMap<object, Map<string, Summary>>;
}

export interface BusBoarding {
  /** Taps by calendar day, newest first; the boxes of a day by id. */
  readonly days: readonly {
    readonly day: string;
    readonly devices: readonly ({ readonly device: string } & Readonly<Counts>)[];
  }[];
  /** Rides by service day, newest first. */
  readonly serviceDays: readonly BusServiceDay[];
}

export interface BusBoardingPorts {
  readonly dayOf: (at: number) => string;
  /** Read at each look. */
  readonly rules?: Pick<CityRules, "bus">;
  /** The operator's feed: stops have names by it, and zones where no event says one. */
  readonly feed?: GtfsFeed | undefined;
}

/** Who boarded where, and how full the vehicles are: numbers, no persons. */
export function busBoarding(ports: BusBoardingPorts): View<BusState, BusBoarding> {
  const { dayOf, rules = shippedRules, feed } = ports;
  return {
    name: "bus.boarding",
    empty: () => ({
      rides: new BusRides({ dayOf, rules: () => rules.bus.rules, feed }),
      turnedAway: new Map(),
      places: new Places("bus.boarding"),
      summaries: new WeakMap(),
      partSummaries: new WeakMap(),
    }),
    apply(state, placed) {
      const { rides, turnedAway, places } = state;
      const { newest } = rides;
      places.apply(placed.event);
      rides.apply(placed);
      // A day that is over is summed up when the next one begins, and not when somebody waits for it.
      if (rides.newest !== newest) summaries(state, ports);
      const { at, device, body } = placed.event;
      if (body.type !== "decision.made" || body.service !== "bus.boarding") return;
      if (body.outcome === "admit") return;
      const counts = countsOf(turnedAway, dayOf(at), device);
      if (body.outcome === "refuse") counts.refused += 1;
      else counts.askedForCard += 1;
    },
    show(state) {
      const shown = summaries(state, ports);
      return {
        days: shownDays([state.turnedAway, ...shown.map(({ taps }) => taps)]),
        serviceDays: shown.map(({ day }) => day).reverse(),
      };
    },
  };
}

/** Every service day in numbers, oldest first: those that are known already, and the others anew. */
function summaries(
  { rides, summaries: known }: BusState,
  { dayOf, rules = shippedRules, feed }: BusBoardingPorts,
): readonly Summary[] {
  const { fares } = rules.bus;
  const all: Summary[] = [];
  for (const one of rides.days()) {
    const found = known.get(one.version);
    const isFresh = found && found.over === !one.isNewest && found.fares === fares;
    const summary = isFresh ? found : summaryOf(one, dayOf, { rides, fares, feed });
    known.set(one.version, summary);
    all.push(summary);
  }
  return all;
}

/** What whoever is bound to some depots or companies sees: their boxes, their vehicles, and who rode in those. */
export function busBoardingOf(
  state: BusState,
  { dayOf, rules = shippedRules, feed }: BusBoardingPorts,
  depots: readonly string[],
): BusBoarding {
  const { fares } = rules.bus;
  const { rides, places, turnedAway, partSummaries } = state;
  const ownOn = (day: string) => busesOf({ standing: rides.standing, places }, day, depots);
  const shown: Summary[] = [];
  for (const one of rides.days()) {
    const own = ownOn(one.day);
    const key = JSON.stringify([[...own.devices].sort(), [...own.vehicles].sort()]);
    const known = partSummaries.get(one.version) ?? new Map<string, Summary>();
    partSummaries.set(one.version, known);
    const found = known.get(key);
    const isFresh = found && found.over === !one.isNewest && found.fares === fares;
    const summary = isFresh ? found : summaryOf(one, dayOf, { rides, fares, feed, own });
    known.set(key, summary);
    shown.push(summary);
  }
  const away = [...turnedAway].map(([day, devices]) => {
    const { devices: own } = ownOn(day);
    return [day, new Map([...devices].filter(([device]) => own.has(device)))] as const;
  });
  return {
    days: shownDays([new Map(away), ...shown.map(({ taps }) => taps)]),
    serviceDays: shown.map(({ day }) => day).reverse(),
  };
}

function summaryOf(
  { day, isNewest, rides: of }: ServiceDay,
  dayOf: (at: number) => string,
  {
    rides,
    fares,
    feed,
    own,
  }: {
    rides: BusRides;
    fares: Fares;
    feed: GtfsFeed | undefined;
    /** Without it, all of them. */
    own?: OwnBuses;
  },
): Summary {
  const folded = partOf(of(), own);
  const taps: DeviceDays = new Map();
  for (const { tap, outcome } of folded.outcomes) {
    countsOf(taps, dayOf(tap.at), tap.device)[outcome] += 1;
  }
  const over = !isNewest;
  const { standing } = rides;
  return { taps, over, fares, day: serviceDayOf(day, folded, { fares, standing, feed, over }) };
}

function partOf(all: DayOfRides, own: OwnBuses | undefined): DayOfRides {
  if (!own) return all;
  return {
    vehicles: new Map([...all.vehicles].filter(([vehicle]) => own.vehicles.has(vehicle))),
    outcomes: all.outcomes.filter(({ tap }) => own.devices.has(tap.device)),
  };
}

function countsOf(days: DeviceDays, day: string, device: string): Counts {
  const devices = entry(days, day, () => new Map<string, Counts>());
  const none = { boarded: 0, alighted: 0, repeated: 0, refused: 0, askedForCard: 0 };
  return entry(devices, device, () => none);
}

/** What became of every tap, by the calendar day and the box of each. */
function shownDays(parts: readonly DeviceDays[]): BusBoarding["days"] {
  const sums: DeviceDays = new Map();
  for (const days of parts) {
    for (const [day, devices] of days) {
      for (const [device, counts] of devices) {
        const sum = countsOf(sums, day, device);
        for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
      }
    }
  }
  return sorted(sums)
    .reverse()
    .map(([day, devices]) => ({
      day,
      devices: sorted(devices).map(([device, counts]) => ({ device, ...counts })),
    }));
}
