import { entry } from "#contract/maps.ts";
import type { BusRulesTable } from "#firmware-config/bus.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import { factsOf, inOrder, type NoteFact, type RideFact } from "./facts.ts";
import { type Carried, DayFold, type DayOfRides, nothingCarried, sameCarried } from "./fold-day.ts";
import type { GtfsFeed } from "./gtfs.ts";
import { Notes, noteAgeMsMax } from "./notes.ts";
import { ServiceDays } from "./service-days.ts";
import { StandingFacts } from "./standing.ts";

interface Folded {
  readonly before: Carried;
  after: Carried | undefined;
  /** Another object each time that the day is folded, whatever of it is still in memory. */
  version: object;
  /** Only the newest day's are kept: a day of a city is many megabytes. */
  rides: DayFold | undefined;
  last: RideFact | undefined;
}

/** A service day: what it is called, when it was last folded, and its rides for as long as needed. */
export interface ServiceDay {
  readonly day: string;
  readonly version: object;
  /** No later day has anything yet. */
  readonly isNewest: boolean;
  rides(): DayOfRides;
}

export interface BusRidesPorts {
  readonly dayOf: (at: number) => string;
  /** Read at each look: under other rules, signed while this runs, every day is folded anew. */
  rules(): BusRulesTable;
  readonly feed?: GtfsFeed | undefined;
}

/**
 * All rides, from the events in whatever order they arrive. The facts of each service day are kept. The
 * newest day is folded as its events come; an older one again only where something of it, of what it
 * rests on, or of what the day before hands to it came in since, and only when somebody asks.
 */
export class BusRides {
  readonly standing = new StandingFacts();
  readonly #notes = new Notes();
  readonly #ports: BusRidesPorts;
  #made: ServiceDays | undefined;
  readonly #facts = new Map<string, RideFact[]>();
  readonly #folded = new Map<string, Folded>();
  #newest: string | undefined;

  constructor(ports: BusRidesPorts) {
    this.#ports = ports;
  }

  /** The newest service day on which anything happened. */
  get newest(): string | undefined {
    return this.#newest;
  }

  apply({ event }: Pick<PlacedEvent, "event">): void {
    for (const known of factsOf(event)) {
      if (known.kind === "ride") this.#take(known.fact);
      else if (known.kind === "note") this.#note(known.fact);
      else {
        const from = this.standing.take(known);
        if (from !== undefined) this.#forgetFrom(this.#days.of(from));
      }
    }
  }

  /** Service days on which anything happened, oldest first. */
  *days(): Generator<ServiceDay> {
    this.#followRules();
    let before = nothingCarried;
    for (const day of [...this.#facts.keys()].sort()) {
      const folded = this.#fresh(day, before);
      const rides = () => folded.rides ?? this.#run(day, folded.before);
      const isNewest = day === this.#newest;
      before = folded.after ??= rides().end();
      yield { day, version: folded.version, isNewest, rides };
      if (!isNewest) folded.rides = undefined;
    }
  }

  /** A service day, or undefined where nothing happened on it. */
  on(day: string): DayOfRides | undefined {
    if (!this.#facts.has(day)) return undefined;
    for (const each of this.days()) if (each.day === day) return each.rides();
    return undefined;
  }

  get #days(): ServiceDays {
    const { rules, dayOf } = this.#ports;
    this.#made ??= new ServiceDays(rules(), dayOf);
    return this.#made;
  }

  #take(fact: RideFact): void {
    const day = this.#days.of(fact.at);
    entry(this.#facts, day, () => []).push(fact);
    if (this.#newest === undefined || day > this.#newest) this.#newest = day;
    const folded = this.#folded.get(day);
    const isNext = !folded?.last || inOrder(folded.last, fact) < 0;
    if (folded?.rides && isNext && day === this.#newest) {
      folded.rides.take(fact);
      Object.assign(folded, { last: fact, version: {}, after: undefined });
    } else this.#folded.delete(day);
  }

  /** A note says something of taps that happened within half a day of it. */
  #note(fact: NoteFact): void {
    this.#notes.take(fact);
    const from = this.#days.of(fact.at - noteAgeMsMax);
    const until = this.#days.of(fact.at + noteAgeMsMax);
    for (const day of this.#folded.keys()) {
      if (from <= day && day <= until) this.#folded.delete(day);
    }
  }

  #fresh(day: string, before: Carried): Folded {
    const known = this.#folded.get(day);
    if (known && sameCarried(known.before, before)) return known;
    const rides = this.#run(day, before);
    const last = this.#facts.get(day)?.at(-1);
    const folded: Folded = { before, after: undefined, version: {}, rides, last };
    this.#folded.set(day, folded);
    return folded;
  }

  #run(day: string, before: Carried): DayFold {
    const { standing } = this;
    const rules = this.#days.rulesOf(day);
    const { feed } = this.#ports;
    const fold = new DayFold({ rules, notes: this.#notes, standing, feed }, before);
    for (const fact of entry(this.#facts, day, () => []).sort(inOrder)) fold.take(fact);
    return fold;
  }

  #forgetFrom(day: string): void {
    if (this.#folded.size === 0) return;
    for (const each of this.#folded.keys()) if (each >= day) this.#folded.delete(each);
  }

  /** Under other rules an event may belong to another service day: every fact finds its day anew. */
  #followRules(): void {
    if (this.#days.isOf(this.#ports.rules())) return;
    this.#made = undefined;
    const facts = [...this.#facts.values()].flat();
    this.#facts.clear();
    this.#folded.clear();
    this.#newest = undefined;
    for (const fact of facts) this.#take(fact);
  }
}
