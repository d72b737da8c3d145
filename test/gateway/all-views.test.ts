import fc from "fast-check";
import { expect, test } from "vitest";
import { deskDevice } from "#contract/desk-device.ts";
import { type Event, type EventBody, type Evidence, eventSchema } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { defaultSchoolRules } from "#firmware-config/school.ts";
import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import { Views } from "#gateway/views/views.ts";
import { card, face, person } from "./service-events.ts";

const names = [
  ...["bus.boarding", "school.attendance", "shelter.check-in"],
  ...["medical.reception", "medical.consent", "medical.emergency", "event.entry", "payment"],
  ...["taxi.subsidised-ride", "taxi.claims", "taxi.bookings"],
  ...["school.register", "school.route-watch", "trials", "activity", "consents", "galleries"],
] as const;
const dawn = Date.parse("2026-04-01T00:00:00+09:00");
const people = ["a", "b", "c", "d"].map(person);
const boxes = ["box-1", "box-2", "box-3"];
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);

/** What a box of any service may say of somebody; times within three days, on either side of midnights. */
const said = fc.record({
  box: oneOf(boxes),
  service: fc.oneof(
    { arbitrary: oneOf(serviceNames), weight: 1 },
    { arbitrary: oneOf(["bus.boarding", "taxi.subsidised-ride"] as const), weight: 2 },
  ),
  who: oneOf(people),
  outcome: oneOf(["admit", "admit", "admit", "admit", "ask-card", "refuse"] as const),
  by: oneOf(["face", "card"] as const),
  // Most of it within three days; some of it weeks away, by a box whose clock is wrong.
  minute: fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 3 * 1_440 }), weight: 9 },
    { arbitrary: fc.integer({ min: 0, max: 30 * 1_440 }), weight: 1 },
  ),
  ride: oneOf([true, true, false]),
  beside: oneOf([undefined, undefined, "started", "trial-ended"] as const),
});
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never;

/** What the desk had said before the boxes' day: it numbers its own events, and they come in that order. */
const deskSays: readonly EventBody[] = [
  ...people.map(
    (one, at): EventBody => ({
      ...{
        type: "taxi.entitlement-granted",
        entitlement: `E-${at}`,
        person: one,
        category: "age-75",
      },
      ...{ validFrom: "2026-01-01", validUntil: null },
    }),
  ),
  ...boxes.flatMap((device, at): EventBody[] => [
    { type: "shelter.site-set", shelter: `s-${at}`, label: `S ${at}`, capacity: 2, open: true },
    {
      ...{ type: "shelter.site-assigned", device: device as never, shelter: `s-${at}` },
      ...{ door: "entrance", from: dawn as never },
    },
    {
      ...{ type: "bus.box-placed", device: device as never, vehicle: `v-${at % 2}` },
      ...{ door: "front", counts: "either" },
    },
    {
      ...{ type: "place.box-assigned", service: "school.route-watch", box: device as never },
      ...{ place: `corner-${at}` as never, from: dawn as never },
    },
    {
      ...{ type: "school.box-placed", box: device as never, school: "momonoki" as never },
      ...{ door: "both", from: dawn as never },
    },
  ]),
];

interface History {
  readonly desk: readonly Event[];
  /** Of each box, in its own order. */
  readonly boxes: readonly (readonly Event[])[];
}

function historyOf(all: readonly Said[]): History {
  const sequences = new Map<string, number>();
  const made = (device: string, at: number, body: unknown): Event => {
    const sequence = (sequences.get(device) ?? 0) + 1;
    sequences.set(device, sequence);
    const fixed = { v: 1, device, sequence, previous: "A".repeat(43), clock: "synced" };
    return eventSchema.parse({ ...fixed, at, body });
  };
  const desk = deskSays.map((body) => made(deskDevice, dawn, body));
  const queues = boxes.map((box) =>
    all
      .filter((one) => one.box === box)
      .sort((a, b) => a.minute - b.minute)
      .flatMap((one) => {
        const at = dawn + one.minute * 60_000;
        const decision = made(box, at, decided(one));
        const isRide =
          one.ride && one.service === "taxi.subsidised-ride" && one.outcome === "admit";
        const ride = isRide ? [made(box, at + 60_000, rode(one.who, decision.sequence))] : [];
        return [decision, ...ride, ...besides(one).map((body) => made(box, at + 60_000, body))];
      }),
  );
  return { desk, boxes: queues };
}

function decided({ service, who, outcome, by }: Said) {
  const evidence: Evidence[] = by === "card" ? [card(`c${who[0]}AA`)] : [face];
  const reason =
    outcome !== "admit" ? "face-unknown" : by === "card" ? "card-proved" : "face-matched";
  const named = outcome === "refuse" ? {} : { person: who };
  return { type: "decision.made", service, outcome, reason, ...named, evidence };
}

function rode(who: Pseudonym, tap: number) {
  const rider = { person: who, tap, tapAgoMs: 60_000, subsidyYen: 500, leftToday: 0 };
  const riders = [{ ...rider, leftThisYear: 1, allowance: 1 }];
  return { type: "taxi.ride-ended", company: "C-1", fareYen: 1_000, riders };
}

/** What a box says of itself beside its decisions: that it runs, and that a service has ended on it. */
function besides({ beside, service, minute }: Said): readonly object[] {
  if (beside === "started") return [{ type: "device.started", version: "1", service }];
  if (beside !== "trial-ended") return [];
  const endsAt = dawn + (minute % 3) * 1_440 * 60_000;
  const hashes = { before: "A".repeat(43), after: "B".repeat(43) };
  const photographs = { deleted: 0, left: minute % 2 };
  return [
    { type: "trial.ended", service, endsAt, ...hashes, people: 1, templates: 1, photographs },
  ];
}

const tokyo = "Asia/Tokyo";
const evening = dawn + 3 * 1_440 * 60_000;

/** Views that were folded while time went by from dawn to the evening, or all at once in the evening. */
function folded(events: readonly Event[], pace: "live" | "at once" = "at once"): Views {
  let now = pace === "live" ? dawn : evening;
  const watch = { rules: defaultSchoolRules, wall: () => now as WallMs };
  const views = new Views(tokyo, { routeWatch: watch });
  for (const [at, event] of events.entries()) {
    if (pace === "live") now = dawn + ((evening - dawn) * at) / events.length;
    views.apply({ index: at + 1, event, refusal: null });
  }
  now = evening;
  return views;
}

/** Batches of the boxes one after the other as `order` says; each box's own events stay in their order. */
function arrived(
  { desk, boxes: queues }: History,
  order: readonly number[],
  size: number,
): Event[] {
  const left = queues.map((queue) => [...queue]);
  const events = [...desk];
  for (const box of order) events.push(...(left[box]?.splice(0, size) ?? []));
  return [...events, ...left.flat()];
}

const order = fc.array(fc.integer({ min: 0, max: boxes.length - 1 }), { maxLength: 30 });

test("replay equals live, and no order of the boxes' batches changes any view", () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 40 }), order, order, (all, one, other) => {
      const history = historyOf(all);
      const live = folded(arrived(history, one, 1), "live");
      const late = folded(arrived(history, other, 7));
      for (const name of names) {
        const shown = live.show(name);
        expect(shown, `there is no view ${name}`).toBeDefined();
        // Not only the same, but the same bytes.
        expect(JSON.stringify(late.show(name)), name).toBe(JSON.stringify(shown));
        // Asked twice, or asked halfway, it says the same.
        expect(JSON.stringify(live.show(name)), name).toBe(JSON.stringify(shown));
      }
    }),
    { numRuns: 150 },
  );
});

test("an event twice changes nothing, and asking in between changes nothing", () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 30 }), (all) => {
      const events = arrived(historyOf(all), [], 1);
      const plain = folded(events);
      const watch = { rules: defaultSchoolRules, wall: () => evening as WallMs };
      const asked = new Views(tokyo, { routeWatch: watch });
      for (const [at, event] of events.entries()) {
        const placed = { index: at + 1, event, refusal: null };
        for (const _ of ["once", "twice"]) asked.apply(placed);
        if (at % 5 === 0) for (const name of names) asked.show(name);
      }
      for (const name of names) expect(asked.show(name), name).toEqual(plain.show(name));
    }),
    { numRuns: 40 },
  );
});

test("nobody over a quota without a recorded overdraw, no load below zero, one shelter at a time", () => {
  const seen = { loads: 0, overdraws: 0 };
  fc.assert(
    fc.property(fc.array(said, { minLength: 30, maxLength: 60 }), order, (all, arrival) => {
      const views = folded(arrived(historyOf(all), arrival, 3));
      const taxi = views.show("taxi.subsidised-ride") as TaxiRides;
      for (const { person: who, days, years } of taxi.persons) {
        const over = days.reduce((sum, { used }) => sum + Math.max(0, used - 2), 0);
        const recorded = taxi.overdraws.filter(
          (one) => one.person === who && one.flaw === "over-day",
        );
        expect(recorded).toHaveLength(over);
        for (const { used, left } of [...days, ...years])
          expect([used, left].every((n) => n >= 0)).toBe(true);
      }
      for (const load of loads(views.show("bus.boarding"))) {
        seen.loads += 1;
        expect(load).toBeGreaterThanOrEqual(0);
      }
      seen.overdraws += taxi.overdraws.length;
      const { present, shelters } = views.show("shelter.check-in") as ShelterCheckIn;
      expect(new Set(present.map((one) => one.person)).size).toBe(present.length);
      const counted = shelters.reduce((sum, one) => sum + one.present + one.expected, 0);
      expect(counted).toBe(present.filter(({ shelter }) => shelter !== null).length);
    }),
    { numRuns: 80 },
  );
  // The histories really came to what the rules are about.
  expect(Math.min(seen.loads, seen.overdraws)).toBeGreaterThan(0);
});

/** Every load that the view shows of any vehicle, wherever it stands in what is shown. */
function* loads(shown: unknown): Generator<number> {
  if (Array.isArray(shown)) for (const value of shown) yield* loads(value);
  else if (typeof shown === "object" && shown !== null) {
    for (const [key, value] of Object.entries(shown)) {
      if (key === "load" && typeof value === "number") yield value;
      else yield* loads(value);
    }
  }
}
