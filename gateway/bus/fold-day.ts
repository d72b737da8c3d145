import { deskDevice } from "#contract/desk-device.ts";
import { entry, sorted } from "#contract/maps.ts";
import type { BusRules } from "#firmware-config/bus.ts";
import type { Fact, RideFact, TapFact } from "./facts.ts";
import { type GtfsFeed, haltIn } from "./gtfs.ts";
import type { Notes } from "./notes.ts";
import { alone, type Halt, type Passing, type Ride } from "./ride.ts";
import type { StandingFacts } from "./standing.ts";
import { VehicleDay } from "./vehicle.ts";

/** What became of a tap. */
export type TapOutcome = "boarded" | "alighted" | "repeated";

interface CountedTap {
  readonly at: number;
  readonly vehicle: string;
  /** The box has a known place; one without may be on any vehicle. */
  readonly placed: boolean;
  readonly ride: Ride | undefined;
}

/** What one service day hands to the next. */
export interface Carried {
  readonly halts: ReadonlyMap<string, Halt>;
  readonly taps: ReadonlyMap<string, readonly CountedTap[]>;
}

export const nothingCarried: Carried = { halts: new Map(), taps: new Map() };

/** Whether two days hand over the same: then the next one need not be folded again. */
export function sameCarried(one: Carried, other: Carried): boolean {
  if (one === other) return true;
  if (one.halts.size !== other.halts.size || one.taps.size !== other.taps.size) return false;
  const bytes = ({ halts, taps }: Carried) => JSON.stringify([sorted(halts), sorted(taps)]);
  return bytes(one) === bytes(other);
}

export interface DayRules {
  readonly rules: BusRules;
  readonly notes: Notes;
  readonly standing: StandingFacts;
  /** The operator's feed fills in what a vehicle does not say of its stop. */
  readonly feed?: GtfsFeed | undefined;
}

export interface DayOfRides {
  readonly vehicles: ReadonlyMap<string, VehicleDay>;
  readonly outcomes: readonly { readonly tap: TapFact; readonly outcome: TapOutcome }[];
}

/** One service day of all vehicles, from its facts in order. Same facts, same day. */
export class DayFold implements DayOfRides {
  readonly vehicles = new Map<string, VehicleDay>();
  readonly outcomes: { tap: TapFact; outcome: TapOutcome }[] = [];
  readonly #given: DayRules;
  readonly #halts: Map<string, Halt>;
  readonly #taps: Map<string, readonly CountedTap[]>;
  #last = 0;

  constructor(given: DayRules, carried: Carried) {
    this.#given = given;
    this.#halts = new Map(carried.halts);
    this.#taps = new Map(carried.taps);
  }

  take(fact: RideFact): void {
    this.#last = fact.at;
    if (isTap(fact)) {
      this.outcomes.push({ tap: fact, outcome: this.#tap(fact) });
      return;
    }
    const { body } = fact;
    if (!this.#speaksFor(fact, body.vehicle)) return;
    switch (body.type) {
      case "bus.at-stop": {
        const { rules, feed } = this.#given;
        const halt = { ...haltIn(feed, body), at: fact.at };
        this.#vehicle(body.vehicle).reach(halt, rules);
        break;
      }
      case "bus.counted": {
        const vehicle = this.#vehicle(body.vehicle);
        const { direction, count } = body;
        vehicle.count({ passing: this.#passing(fact, vehicle), direction, count });
        break;
      }
      default:
        body satisfies never;
    }
  }

  /** What the next day begins with: nobody on board, and no ride of this day to be changed there. */
  end(): Carried {
    const halts = new Map(this.#halts);
    for (const [name, vehicle] of this.vehicles) {
      if (vehicle.halt) halts.set(name, vehicle.halt);
    }
    const since = this.#last - this.#windowMs;
    const taps = new Map<string, readonly CountedTap[]>();
    for (const [rider, all] of this.#taps) {
      const recent = all.filter(({ at }) => at > since);
      if (recent.length > 0) {
        taps.set(
          rider,
          recent.map((tap) => ({ ...tap, ride: undefined })),
        );
      }
    }
    return { halts, taps };
  }

  get #windowMs(): number {
    return this.#given.rules.repeatWindowSeconds * 1_000;
  }

  /** A box speaks for the vehicle that it is on, and the desk for all: no box empties another's bus. */
  #speaksFor({ device, at }: Omit<Fact<unknown>, "body">, vehicle: string): boolean {
    if (device === deskDevice) return true;
    return (this.#given.standing.placeOf(device, at)?.vehicle ?? device) === vehicle;
  }

  #vehicle(name: string): VehicleDay {
    return entry(this.vehicles, name, () => new VehicleDay(name, this.#halts.get(name)));
  }

  #tap(tap: TapFact): TapOutcome {
    const { standing, notes } = this.#given;
    const { at, device } = tap;
    const place = standing.placeOf(device, at);
    const { card } = tap.body;
    const person = tap.body.person ?? (card && standing.ownerOf(card, at));
    const rider = person ?? card;
    const vehicle = this.#vehicle(place?.vehicle ?? device);
    const counted = rider === undefined ? undefined : this.#repeated(rider, at, vehicle, place);
    if (counted) {
      if (counted.ride) this.#group(tap, counted.ride);
      return "repeated";
    }
    const counts = notes.about(tap, "bus.passed")?.direction ?? place?.counts ?? "boarding";
    const aboard = rider === undefined ? undefined : vehicle.rideOf(rider);
    const alights = counts === "alighting" || (counts === "either" && aboard !== undefined);
    const passing = this.#passing(tap, vehicle);
    // Still standing at the stop where they boarded: seen again, and not gone and come back.
    const sameHalt = passing.halt && aboard?.boarded.halt?.visit === passing.halt.visit;
    if (!alights && aboard && sameHalt && aboard.boarded.halt?.trip === passing.halt?.trip) {
      this.#group(tap, aboard);
      return "repeated";
    }
    let ride: Ride | undefined;
    if (alights) this.#alight(vehicle, rider, passing);
    else ride = this.#board(tap, vehicle, { person, card, passing });
    if (rider !== undefined) this.#remember(rider, { at, vehicle, ride }, place !== undefined);
    return alights ? "alighted" : "boarded";
  }

  #board(
    tap: TapFact,
    vehicle: VehicleDay,
    { person, card, passing }: Pick<Ride, "person" | "card"> & { passing: Passing },
  ): Ride {
    const ride = newRide(vehicle.vehicle, passing, { person, card });
    vehicle.board(ride, person ?? card);
    this.#group(tap, ride);
    return ride;
  }

  #alight(vehicle: VehicleDay, rider: string | undefined, passing: Passing): void {
    if (rider !== undefined) vehicle.alight(rider, passing);
    else vehicle.count({ passing, direction: "alighting", count: 1 });
  }

  /** With whom somebody boarded. A named child has a ride of its own, and a guardian on it. */
  #group(tap: TapFact, ride: Ride): void {
    const group = this.#given.notes.about(tap, "bus.group-boarded");
    if (!group) return;
    const vehicle = this.#vehicle(ride.vehicle);
    const named = new Set(group.namedChildren);
    const guardian = ride.person ?? ride.card;
    for (const child of named) {
      if (child === guardian) continue;
      const own = vehicle.rideOf(child);
      if (own) vehicle.guard(own, guardian);
      else {
        const made = newRide(ride.vehicle, ride.boarded, { person: child, card: undefined });
        vehicle.board(made, child);
        vehicle.guard(made, guardian);
        const placed = this.#given.standing.placeOf(tap.device, tap.at) !== undefined;
        this.#remember(child, { at: tap.at, vehicle, ride: made }, placed);
      }
    }
    const { adults, children, infants } = group;
    vehicle.accompany(ride, { adults, infants, children: children - named.size });
  }

  #remember(
    rider: string,
    { at, vehicle, ride }: { at: number; vehicle: VehicleDay; ride: Ride | undefined },
    placed: boolean,
  ): void {
    const recent = (this.#taps.get(rider) ?? []).filter((tap) => at - tap.at < this.#windowMs);
    this.#taps.set(rider, [...recent, { at, vehicle: vehicle.vehicle, placed, ride }]);
  }

  /** The tap of which this one is another sighting. Changing over to another vehicle is none. */
  #repeated(
    rider: string,
    at: number,
    { vehicle }: VehicleDay,
    place: object | undefined,
  ): CountedTap | undefined {
    return this.#taps
      .get(rider)
      ?.findLast(
        (tap) =>
          at - tap.at < this.#windowMs &&
          (tap.vehicle === vehicle || !tap.placed || place === undefined),
      );
  }

  #passing({ at, device, sequence }: Omit<Fact<unknown>, "body">, { halt }: VehicleDay): Passing {
    const known = halt && at - halt.at <= this.#given.rules.positionAgeMinutesMax * 60_000;
    return { at, device, sequence, halt: known ? halt : undefined };
  }
}

const isTap = (fact: RideFact): fact is TapFact => fact.body.type === "tap";

function newRide(vehicle: string, boarded: Passing, who: Pick<Ride, "person" | "card">): Ride {
  return {
    ...{ vehicle, boarded, ...who, party: alone, guardian: undefined },
    ...{ alighted: undefined, state: "aboard" as const },
  };
}
