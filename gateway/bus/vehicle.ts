import assert from "node:assert/strict";
import type { PassingDirection } from "#contract/bodies/bus.ts";
import { entry } from "#contract/maps.ts";
import type { BusRules } from "#firmware-config/bus.ts";
import { type Halt, type Party, type Passing, type Ride, sizeOf } from "./ride.ts";

/** Passengers of a vehicle whom no box recognised, at one of its halts. */
export interface Counted {
  readonly passing: Passing;
  readonly direction: PassingDirection;
  readonly count: number;
}

/** One vehicle through one service day: who is on it, and what it could not explain. */
export class VehicleDay {
  readonly vehicle: string;
  readonly rides: Ride[] = [];
  readonly counted: Counted[] = [];
  readonly halts: Halt[] = [];
  /** Alightings of named people whose boarding nobody saw. */
  readonly unexplainedAt: Passing[] = [];
  boarded = 0;
  alighted = 0;
  /** Alightings without a boarding: the load does not go below what is known. */
  unexplained = 0;
  /** People whose alighting nobody saw. */
  alightingNotSeen = 0;
  loadMax = 0;
  /** How many were on board from each moment on, in order. */
  readonly loads: { readonly at: number; readonly load: number }[] = [];
  halt: Halt | undefined;
  readonly #aboard = new Set<Ride>();
  readonly #byRider = new Map<string, Ride>();
  /** Children aboard, by the rider with whom they leave. */
  readonly #guarded = new Map<string, Set<Ride>>();
  /** People on the rides that are aboard. */
  #named = 0;
  #unnamed = 0;

  constructor(vehicle: string, halt: Halt | undefined) {
    this.vehicle = vehicle;
    this.halt = halt;
  }

  /** People on board as far as anybody knows; never below 0. */
  get load(): number {
    return this.#named + this.#unnamed;
  }

  rideOf(rider: string): Ride | undefined {
    return this.#byRider.get(rider);
  }

  board(ride: Ride, rider: string | undefined): void {
    const before = rider === undefined ? undefined : this.#byRider.get(rider);
    if (before) this.#lose(before);
    this.rides.push(ride);
    this.#aboard.add(ride);
    this.#named += sizeOf(ride);
    if (rider !== undefined) this.#byRider.set(rider, ride);
    this.boarded += 1;
    this.#gauge(ride.boarded.at);
  }

  /** Says with whom a ride is made; what was said before no longer counts. */
  accompany(ride: Ride, party: Party): void {
    const more = sizeOf({ party }) - sizeOf(ride);
    ride.party = party;
    this.boarded += more;
    if (ride.state === "aboard") this.#named += more;
    if (ride.state === "alighted") this.alighted += more;
    if (ride.state === "not-seen") this.alightingNotSeen += more;
    this.#gauge(ride.boarded.at);
  }

  /** Says with whom a child rides, and leaves unless it leaves alone. */
  guard(ride: Ride, guardian: string | undefined): void {
    if (ride.guardian !== undefined) this.#guarded.get(ride.guardian)?.delete(ride);
    ride.guardian = guardian;
    if (guardian === undefined || !this.#aboard.has(ride)) return;
    entry(this.#guarded, guardian, () => new Set()).add(ride);
  }

  /** Somebody leaves, with the people and the children who came along. */
  alight(rider: string, passing: Passing): void {
    const ride = this.#byRider.get(rider);
    if (!ride) {
      this.alighted += 1;
      this.unexplained += 1;
      this.unexplainedAt.push(passing);
      return;
    }
    for (const left of [ride, ...(this.#guarded.get(rider) ?? [])]) {
      this.#remove(left);
      left.state = "alighted";
      left.alighted = passing;
      this.alighted += sizeOf(left);
    }
    this.#gauge(passing.at);
  }

  /** Boardings and alightings of people whom nobody named. */
  count(counted: Counted): void {
    const { direction, count } = counted;
    this.counted.push(counted);
    if (direction === "boarding") {
      this.#unnamed += count;
      this.boarded += count;
      this.#gauge(counted.passing.at);
      return;
    }
    const explained = Math.min(count, this.#unnamed);
    this.#unnamed -= explained;
    this.alighted += count;
    this.unexplained += count - explained;
    this.#gauge(counted.passing.at);
  }

  /** The vehicle stands at a stop. Another trip may begin with an empty vehicle. */
  reach(at: Omit<Halt, "visit">, rules: BusRules): void {
    const { halt } = this;
    // A trip has the same id every day: one that was last heard of long ago is over.
    const sameTrip =
      halt?.trip === at.trip && at.at - halt.at <= rules.positionAgeMinutesMax * 60_000;
    if (sameTrip && halt.stop === at.stop && halt.stopSequence === at.stopSequence) {
      return; // Told twice; the first time is when it arrived.
    }
    // Whoever boarded before the vehicle first said where it is, is on this trip.
    if (!sameTrip && this.halts.length > 0 && rules.emptiedAtTripEnd) this.#empty(at.at);
    this.halt = { ...at, visit: sameTrip ? halt.visit + 1 : 1 };
    this.halts.push(this.halt);
  }

  /** Nobody is left on board: whoever still was left unseen. */
  #empty(at: number): void {
    for (const ride of this.#aboard) this.#lose(ride);
    this.alightingNotSeen += this.#unnamed;
    this.#unnamed = 0;
    this.#gauge(at);
  }

  #lose(ride: Ride): void {
    this.#remove(ride);
    ride.state = "not-seen";
    this.alightingNotSeen += sizeOf(ride);
  }

  #remove(ride: Ride): void {
    this.#aboard.delete(ride);
    if (ride.guardian !== undefined) this.#guarded.get(ride.guardian)?.delete(ride);
    this.#named -= sizeOf(ride);
    for (const rider of [ride.person, ride.card]) {
      if (rider !== undefined && this.#byRider.get(rider) === ride) this.#byRider.delete(rider);
    }
  }

  /** Notes the load as it is now. What is told late of a boarding counts from then on. */
  #gauge(at: number): void {
    const { load } = this;
    assert(load >= 0, "nobody is on board less than nobody");
    this.loadMax = Math.max(this.loadMax, load);
    const last = this.loads.at(-1);
    if (load === (last?.load ?? 0)) return;
    this.loads.push({ at: Math.max(at, last?.at ?? 0), load });
  }
}
