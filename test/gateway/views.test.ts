import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "#contract/events.ts";
import type { DeviceId, Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import { Views } from "#gateway/views/views.ts";

const devices = ["box-1", "box-2", "box-3"] as DeviceId[];
const people = ["a", "b", "c", "d"].map((letter) => letter.repeat(22) as Pseudonym);
const digest = "A".repeat(43) as Digest;

const report = fc.record({
  device: fc.constantFrom(...devices),
  at: fc.integer({ min: 1_775_000_000_000, max: 1_775_200_000_000 }),
  service: fc.constantFrom(...serviceNames),
  outcome: fc.constantFrom("admit" as const, "refuse" as const, "ask-card" as const),
  person: fc.option(fc.constantFrom(...people), { nil: undefined }),
});
type Report = typeof report extends fc.Arbitrary<infer Made> ? Made : never;

function eventOf(made: Report, sequence: number): Event {
  const { device, at, service, outcome, person } = made;
  return {
    v: 1,
    device,
    sequence,
    previous: digest,
    at: at as WallMs,
    clock: "synced",
    body: {
      type: "decision.made",
      service,
      outcome,
      reason: person ? "face-matched" : "face-unknown",
      ...(person ? { person } : {}),
      evidence: [],
    },
  };
}

/** An ask that got its answer: the card's person stands in place of somebody unknown. */
const asked = { device: devices[0] as DeviceId, at: 5, outcome: "ask-card" as const };

test.each(["shelter.check-in", "school.attendance"] as const)(
  "in %s an ask that a card answers is that person, and no unknown one beside",
  (service) => {
    const ask = eventOf({ ...asked, service, person: undefined }, 1);
    const admitted = eventOf({ ...asked, service, outcome: "admit", person: people[0] }, 2);
    const answer = { ...admitted, body: { ...admitted.body, answers: 1 } } as Event;
    const shownAfter = (refusal: StepUpCode | null) => {
      const views = new Views("Asia/Tokyo");
      views.apply({ index: 1, event: ask, refusal: null });
      views.apply({ index: 2, event: answer, refusal });
      views.apply({ index: 3, event: { ...answer, sequence: 3 }, refusal });
      return JSON.stringify(views.show(service));
    };
    expect(shownAfter(null)).toContain(people[0]);
    expect(shownAfter(null)).toMatch(/"(unidentified|unconfirmed)":0/);
    // What was refused is in no view: the ask still stands open.
    expect(shownAfter("NONCE_USED")).not.toContain(people[0]);
    expect(shownAfter("NONCE_USED")).toMatch(/"(unidentified|unconfirmed)":1/);
  },
);

function shown(events: readonly Event[]): string {
  const views = new Views("Asia/Tokyo");
  for (const [at, event] of events.entries()) views.apply({ index: at + 1, event, refusal: null });
  return JSON.stringify(serviceNames.map((service) => views.show(service)));
}

/** The events as they were numbered on each device, in an order in which they could arrive. */
function interleaved(reports: readonly Report[], turns: readonly number[]): Event[] {
  const queues = devices.map((device) =>
    reports.filter((made) => made.device === device).map((made, at) => eventOf(made, at + 1)),
  );
  const events: Event[] = [];
  for (const turn of turns) {
    const event = queues[turn % queues.length]?.shift();
    if (event) events.push(event);
  }
  return [...events, ...queues.flat()];
}

const turns = fc.array(fc.nat(2), { maxLength: 60 });

test("the order in which different devices' events arrive shows in no view", () => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 40 }), turns, turns, (reports, one, other) => {
      expect(shown(interleaved(reports, one))).toBe(shown(interleaved(reports, other)));
    }),
  );
});

test("an entry applied twice changes nothing the second time", () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 20 }), (reports) => {
      const views = new Views("Asia/Tokyo");
      const events = interleaved(reports, []).map((event, at) => ({
        index: at + 1,
        event,
        refusal: null,
      }));
      for (const placed of events) views.apply(placed);
      const before = JSON.stringify(serviceNames.map((service) => views.show(service)));
      for (const placed of events) views.apply(placed);
      expect(JSON.stringify(serviceNames.map((service) => views.show(service)))).toBe(before);
    }),
  );
});

test.each([
  { name: "just before midnight in Tokyo", at: "2026-04-01T14:59:59.999Z", day: "2026-04-01" },
  { name: "at midnight in Tokyo", at: "2026-04-01T15:00:00.000Z", day: "2026-04-02" },
])("a school day begins and ends by the school's clock: $name", ({ at, day }) => {
  const views = new Views("Asia/Tokyo");
  const made = {
    device: devices[0] as DeviceId,
    at: Date.parse(at),
    service: "school.attendance" as const,
    outcome: "admit" as const,
    person: people[0],
  };
  views.apply({ index: 1, event: eventOf(made, 1), refusal: null });
  expect(views.show("school.attendance")).toMatchObject({ days: [{ day }] });
});

test("somebody whom the shelter's box was unsure of counts as present", () => {
  const views = new Views("Asia/Tokyo");
  const made = { device: devices[0] as DeviceId, at: 5, service: "shelter.check-in" as const };
  const unsure = { ...made, outcome: "ask-card" as const, person: people[0] };
  const unknown = { ...made, outcome: "refuse" as const, person: undefined };
  views.apply({ index: 1, event: eventOf(unsure, 1), refusal: null });
  views.apply({ index: 2, event: eventOf(unknown, 2), refusal: null });
  expect(views.show("shelter.check-in")).toMatchObject({
    present: [{ person: people[0] }],
    unidentified: 1,
    asOf: 5,
  });
});
