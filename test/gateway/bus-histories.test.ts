import fc from "fast-check";
import { expect, test } from "vitest";
import type { BusBody } from "#contract/bodies/bus.ts";
import { deskDevice } from "#contract/desk-device.ts";
import { type Event, type EventBody, eventSchema } from "#contract/events.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { busRulesAt, defaultBusConfig } from "#firmware-config/bus.ts";
import { BusRides } from "#gateway/bus/bus-rides.ts";
import { sizeOf } from "#gateway/bus/ride.ts";
import { dayIn } from "#gateway/views/view.ts";
import { Views } from "#gateway/views/views.ts";
import { ann, ben, cardHash, cat, dan, History, timeZone } from "./bus-events.ts";

const devices = ["box-1", "box-2", "box-3", deskDevice] as DeviceId[];
const people = [ann, ben, cat, dan];
const vehicle = fc.constantFrom("bus-7", "bus-8");
const person = fc.constantFrom(...people);
const direction = fc.constantFrom("boarding" as const, "alighting" as const);
const reference = fc.record({
  device: fc.constantFrom(...devices.slice(0, 3)),
  sequence: fc.integer({ min: 1, max: 8 }),
});

function decision(reason: "face-matched" | "card-proved", who?: Pseudonym): EventBody {
  const named = who ? { person: who } : {};
  const made = { type: "decision.made", service: "bus.boarding", outcome: "admit" } as const;
  return { ...made, reason, ...named, evidence: [] };
}

const taps: fc.Arbitrary<EventBody> = fc.oneof(
  { weight: 4, arbitrary: person.map((who) => decision("face-matched", who)) },
  { weight: 1, arbitrary: person.map((who) => decision("card-proved", who)) },
  { weight: 1, arbitrary: fc.constant(decision("face-matched")) },
  { weight: 1, arbitrary: fc.constant({ type: "bus.card-tapped", card: cardHash } as const) },
);
const stops = fc.record({
  type: fc.constant("bus.at-stop" as const),
  vehicle,
  trip: fc.constantFrom("trip-1", "trip-2"),
  stop: fc.constantFrom("A1", "A2", "B1"),
  stopSequence: fc.integer({ min: 1, max: 3 }),
  zone: fc.constantFrom("A", "B"),
  source: fc.constant("feed" as const),
});
const notes: fc.Arbitrary<BusBody> = fc.oneof(
  fc.record({
    type: fc.constant("bus.passed" as const),
    decision: fc.integer({ min: 1, max: 8 }),
    direction,
  }),
  fc.record({
    type: fc.constant("bus.group-boarded" as const),
    boarding: reference,
    adults: fc.nat(2),
    children: fc.constant(2),
    infants: fc.nat(2),
    namedChildren: fc.uniqueArray(person, { maxLength: 2 }),
  }),
  fc.record({
    type: fc.constant("bus.counted" as const),
    vehicle,
    direction,
    count: fc.integer({ min: 1, max: 5 }),
  }),
);
const standing: fc.Arbitrary<BusBody> = fc.oneof(
  fc.record({
    type: fc.constant("bus.box-placed" as const),
    device: fc.constantFrom(...devices.slice(0, 3)),
    vehicle,
    door: fc.constant("front" as const),
    counts: fc.constantFrom("boarding" as const, "alighting" as const, "either" as const),
  }),
  fc.record({
    type: fc.constant("bus.card-linked" as const),
    card: fc.constant(cardHash),
    person,
    proof: reference,
  }),
  fc.constant({ type: "bus.card-unlinked", card: cardHash } as const),
  fc.record({
    type: fc.constant("bus.pass-granted" as const),
    person,
    product: fc.constant("digital-free-pass"),
    validFrom: fc.constant("2026-06-01"),
    validUntil: fc.constantFrom("2026-06-01", "2026-06-02"),
  }),
);
/** Two days around a service day's edge, and moments close enough to be the same tap. */
const seconds = fc.oneof(
  fc.integer({ min: 0, max: 900 }),
  fc.integer({ min: 19 * 3_600 - 90, max: 19 * 3_600 + 90 }),
  fc.integer({ min: 0, max: 40 * 3_600 }),
);
const boxSaid = fc.tuple(fc.constantFrom(...devices), seconds, fc.oneof(taps, taps, notes, stops));
const deskSaid = fc.tuple(fc.constant(deskDevice), seconds, standing);
const said = fc.array(fc.oneof({ weight: 4, arbitrary: boxSaid }, deskSaid), {
  maxLength: 60,
  size: "max",
});
type Said = typeof said extends fc.Arbitrary<infer Made> ? Made : never;

const turns = fc.array(fc.nat(devices.length - 1), { maxLength: 60, size: "max" });

function historyOf(all: Said): History {
  const history = new History();
  for (const [device, at, body] of all) history.say(device, at, body);
  return history;
}

/** The same events as batches of each device, taken in turns. */
function interleaved(events: readonly Event[], order: readonly number[]): Event[] {
  const queues = devices.map((device) => events.filter((event) => event.device === device));
  const arrived = order.flatMap((turn) => queues[turn]?.shift() ?? []);
  return [...arrived, ...queues.flat()];
}

function ridesOf(events: readonly Event[]): BusRides {
  const rides = new BusRides({ dayOf: dayIn(timeZone), rules: () => defaultBusConfig.rules });
  for (const event of events) rides.apply({ event });
  return rides;
}

test("every made history is of events that a ledger takes", () => {
  fc.assert(
    fc.property(said, (all) => {
      for (const event of historyOf(all).events) eventSchema.parse(event);
    }),
    { numRuns: 30 },
  );
});

test("the order in which different devices' batches arrive changes nothing that is shown", () => {
  fc.assert(
    fc.property(said, turns, (all, order) => {
      const history = historyOf(all);
      const shown = JSON.stringify(history.shown());
      expect(JSON.stringify(history.shown(interleaved(history.events, order)))).toBe(shown);
    }),
    { numRuns: 300 },
  );
});

test("a view that is looked at after every event ends as one that is folded anew", () => {
  fc.assert(
    fc.property(said, turns, (all, order) => {
      const history = historyOf(all);
      const events = interleaved(history.events, order);
      const live = new Views(timeZone);
      for (const [at, event] of events.entries()) {
        live.apply({ index: at + 1, event, refusal: null });
        live.show("bus.boarding");
      }
      expect(live.show("bus.boarding")).toEqual(history.shown(events));
    }),
    { numRuns: 300 },
  );
});

test("no load is ever below nobody, and everybody who boarded is accounted for", () => {
  fc.assert(
    fc.property(said, (all) => {
      for (const { vehicles } of historyOf(all).shown().serviceDays) {
        for (const each of vehicles) {
          const { load, loadMax, boarded, alighted, unexplained, alightingNotSeen } = each;
          expect(load).toBeGreaterThanOrEqual(0);
          expect(loadMax).toBeGreaterThanOrEqual(load);
          expect(load).toBe(boarded - (alighted - unexplained) - alightingNotSeen);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("nobody's counted taps on a vehicle are less than a minute apart", () => {
  fc.assert(
    fc.property(said, (all) => {
      const rides = ridesOf(historyOf(all).events);
      const last = new Map<string, number>();
      for (const { rides: of } of rides.days()) {
        for (const { tap, outcome } of of().outcomes) {
          if (tap.body.person === undefined || outcome === "repeated") continue;
          const vehicle = rides.standing.placeOf(tap.device, tap.at)?.vehicle ?? tap.device;
          const name = `${tap.body.person} ${vehicle}`;
          const since = tap.at - (last.get(name) ?? Number.NEGATIVE_INFINITY);
          expect(since).toBeGreaterThanOrEqual(
            busRulesAt(defaultBusConfig.rules, 0).repeatWindowSeconds * 1_000,
          );
          last.set(name, tap.at);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("somebody is on a vehicle once at a time", () => {
  fc.assert(
    fc.property(said, (all) => {
      for (const { rides: of } of ridesOf(historyOf(all).events).days()) {
        for (const { rides, load } of of().vehicles.values()) {
          const aboard = rides.filter(({ state }) => state === "aboard");
          const named = aboard.flatMap(({ person: who }) => who ?? []);
          expect(new Set(named).size).toBe(named.length);
          expect(aboard.reduce((sum, ride) => sum + sizeOf(ride), 0)).toBeLessThanOrEqual(load);
        }
      }
    }),
    { numRuns: 100 },
  );
});
