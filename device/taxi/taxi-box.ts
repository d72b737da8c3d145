import { TeburaError } from "#contract/errors.ts";
import type { Event } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { TaxiSettings } from "#firmware-config/box-duties.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import { taxiSubsidyYen, taxiTermsOn } from "#firmware-config/taxi.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, MadeDecision, Turn } from "../duty/duty.ts";
import { OwnJournal } from "../duty/own-journal.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { ListShelf } from "../lists/list-shelf.ts";
import type { BookingFinding } from "../policy/findings.ts";
import { type OwnRide, type RideRoom, roomFor } from "./allowance-book.ts";
import { boardingOf } from "./bookings.ts";
import { rideEnded } from "./ride-ended.ts";

export interface TaxiBoxPorts {
  readonly journal: string;
  readonly taxi: TaxiSettings;
  /** Read at each look. */
  readonly rules: Pick<CityRules, "taxi">;
  readonly identity: Pick<DeviceIdentity, "pseudonymOf">;
  readonly gallery: Pick<GalleryStore, "persons" | "templateCount">;
  readonly lists: Pick<ListShelf, "book" | "whole">;
  readonly outbox: Pick<Outbox, "append" | "read" | "lastSequence">;
  readonly clock: Pick<Clock, "wall">;
  dayOf(at: number): string;
}

/** Somebody who tapped and whose ride has not ended. */
export interface Rider {
  readonly person: Pseudonym;
  readonly tap: number;
  readonly tapAt: WallMs;
  readonly room: RideRoom;
  readonly booking: string | null;
}

export interface FareAsked {
  readonly fareYen: number;
  /** Taps of those whose ride ends; left out, of everybody who is riding. */
  readonly taps?: readonly number[] | undefined;
  /** Taps of those who are let ride as subsidised although the box cannot count it. */
  readonly anyway?: readonly number[] | undefined;
}

/** What one rider is let off, and what is left. */
export interface RiderPays {
  readonly tap: number;
  readonly subsidyYen: number;
  readonly leftToday: number | null;
  readonly leftThisYear: number | null;
  /** Why there is no subsidy; null where there is one. */
  readonly why: Extract<RideRoom, { kind: "refused" }>["reason"] | null;
}

const service = "taxi.subsidised-ride";
/** Who tapped and whose fare nobody entered within so long is no rider of the next fare. */
const ridingMsMax = 4 * 3_600_000;

const isOurs = ({ body }: Event) =>
  body.type === "taxi.ride-ended" ||
  (body.type === "decision.made" && body.service === service && body.outcome === "admit");

/**
 * A taxi's box: it lets in who has booked where only those may board, counts subsidised rides from the
 * allowance that the gateway signed, and ends a ride with the fare that the driver enters.
 */
export class TaxiBox implements Duty, Disposable {
  readonly #ports: TaxiBoxPorts;
  readonly #journal: OwnJournal;
  #people: { readonly count: number; readonly byPseudonym: Map<Pseudonym, PersonId> } | undefined;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: TaxiBoxPorts) {
    this.#ports = ports;
    this.#journal = new OwnJournal({ path: ports.journal, outbox: ports.outbox, wants: isOurs });
  }

  begin(): Turn {
    const { taxi } = this.#ports;
    return {
      only: taxi.bookedOnly ? this.#booked() : undefined,
      findings: (person) => ({ booking: this.#bookingOf(person) }),
      decided: async (_made: MadeDecision) => {
        this.#journal.follow();
      },
    };
  }

  /** Everybody whose ride goes on, in the order of their taps. */
  get riding(): readonly Rider[] {
    const { clock } = this.#ports;
    const ended = new Set(this.#ends.flatMap(({ body }) => body.riders.map(({ tap }) => tap)));
    const since = clock.wall() - ridingMsMax;
    const taps = this.#taps.filter(({ sequence, at }) => !ended.has(sequence) && at >= since);
    // Who taps twice has one ride: the first tap counts.
    const first = new Map<Pseudonym, (typeof taps)[number]>();
    for (const tap of taps) if (!first.has(tap.person)) first.set(tap.person, tap);
    return [...first.values()].map(({ sequence: tap, person, at: tapAt }) => ({
      ...{ tap, person, tapAt, room: this.#roomFor(person, tapAt, tap) },
      booking: this.#bookedBy(person, tapAt),
    }));
  }

  /** What a fare would cost each of those who ride; nothing is recorded. */
  quote(asked: FareAsked): readonly RiderPays[] {
    return this.#settle(asked).pays;
  }

  /**
   * Ends the ride: each rider's subsidy and what is left goes on record. Throws REQUEST_INVALID where
   * nobody rides. Where nobody of them is subsidised nothing is recorded: it is a ride as any other.
   */
  async end(asked: FareAsked): Promise<readonly RiderPays[]> {
    const { outbox, taxi, rules, clock, dayOf } = this.#ports;
    const { pays, subsidised, booking } = this.#settle(asked);
    if (pays.length === 0) throw new TeburaError("REQUEST_INVALID", "nobody is riding");
    if (subsidised.length === 0) return pays;
    const ride = { company: taxi.company, fareYen: asked.fareYen, endedAt: clock.wall() };
    const riding = subsidised.map(({ person, tap, tapAt, room }) => ({
      ...{ person, tap, tapAt },
      room: room.kind === "allowed" ? room : uncounted,
    }));
    const metered = { ...ride, riding, ...(booking === null ? {} : { booking }) };
    await outbox.append(rideEnded(metered, rules.taxi, dayOf));
    this.#journal.follow();
    return pays;
  }

  [Symbol.dispose](): void {
    this.#journal[Symbol.dispose]();
  }

  #settle({ fareYen, taps, anyway = [] }: FareAsked) {
    const { dayOf, rules } = this.#ports;
    const riding = this.riding.filter(({ tap }) => taps?.includes(tap) ?? true);
    const subsidised = riding.filter(
      ({ tap, room }) => room.kind === "allowed" || anyway.includes(tap),
    );
    const pays = riding.map(({ tap, tapAt, room }): RiderPays => {
      const isIn = subsidised.some((one) => one.tap === tap);
      const terms = taxiTermsOn(rules.taxi, dayOf(tapAt));
      const subsidyYen = isIn && terms ? taxiSubsidyYen(terms, fareYen, subsidised.length) : 0;
      const left = room.kind === "allowed" ? room : { leftToday: null, leftThisYear: null };
      const { leftToday, leftThisYear } = left;
      const why = room.kind === "refused" ? room.reason : null;
      return { tap, subsidyYen, leftToday, leftThisYear, why };
    });
    const booking = riding.map((one) => one.booking).find((one) => one !== null) ?? null;
    return { pays, subsidised, booking };
  }

  #roomFor(person: Pseudonym, at: WallMs, tap: number): RideRoom {
    const { lists, dayOf, rules } = this.#ports;
    const book = lists.book("taxi-allowance");
    return roomFor(book, this.#ownRides(tap), { person, at }, { dayOf, terms: rules.taxi });
  }

  /** Rides that ended, as an allowance counts them; not the tap that is asked about. */
  #ownRides(except: number): readonly OwnRide[] {
    return this.#ends.flatMap(({ sequence, at, body }) =>
      body.riders
        .filter(({ tap }) => tap !== except)
        .map(({ person, tapAgoMs }) => ({ person, sequence, tapAt: (at - tapAgoMs) as WallMs })),
    );
  }

  get #taps() {
    return this.#journal.events.flatMap(({ event: { body, at, sequence } }) =>
      body.type === "decision.made" && body.person ? [{ person: body.person, at, sequence }] : [],
    );
  }

  get #ends() {
    return this.#journal.events.flatMap(({ event: { body, at, sequence } }) =>
      body.type === "taxi.ride-ended" ? [{ body, at, sequence }] : [],
    );
  }

  get #own() {
    const { lists, taxi } = this.#ports;
    return { lists, company: taxi.company };
  }

  #bookingOf(person: PersonId | undefined): BookingFinding {
    const { identity, clock } = this.#ports;
    const pseudonym = person && identity.pseudonymOf(service, person);
    const found = boardingOf(this.#own, pseudonym, clock.wall());
    if (found.kind !== "booked") return found;
    const { actsFor } = found;
    if (!person) return { kind: "none" };
    return { kind: "booked", person, ...(actsFor === undefined ? {} : { actsFor }) };
  }

  #bookedBy(person: Pseudonym, at: WallMs): string | null {
    const found = boardingOf(this.#own, person, at);
    return found.kind === "booked" ? found.booking.booking : null;
  }

  /** People of this gallery who may board now, or are told when. Nobody, where there is no list that counts. */
  #booked(): ReadonlySet<PersonId> {
    const { gallery, identity, clock } = this.#ports;
    const count = gallery.templateCount;
    if (this.#people?.count !== count) {
      const ids = gallery.persons.map((id) => [identity.pseudonymOf(service, id), id] as const);
      this.#people = { count, byPseudonym: new Map(ids) };
    }
    const now = clock.wall();
    const all = [...this.#people.byPseudonym];
    const booked = all.filter(([pseudonym]) =>
      ["booked", "not-now"].includes(boardingOf(this.#own, pseudonym, now).kind),
    );
    return new Set(booked.map(([, id]) => id));
  }
}

/** Somebody whom a person let ride: the gateway shows it as what it is. */
const uncounted = { kind: "allowed", allowance: null, leftToday: 0, leftThisYear: 0 } as const;
