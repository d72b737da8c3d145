import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { medicalQueue } from "#gateway/views/medical-queue.ts";
import { dayIn } from "#gateway/views/view.ts";
import {
  arrivedOtherwise,
  card,
  evidenceOf,
  face,
  nine,
  person,
  ServiceEvents,
  shownBy,
} from "./service-events.ts";

const view = medicalQueue(dayIn("Asia/Tokyo"));
const clinic = "clinic-1" as PlaceId;
const service = "medical.reception" as const;

function clinicWith(...boxes: string[]): ServiceEvents {
  const made = new ServiceEvents();
  for (const box of boxes) {
    const from = nine as WallMs;
    made.desk({ type: "place.box-assigned", service, box: box as DeviceId, place: clinic, from });
  }
  return made;
}

const visitsIn = (made: ServiceEvents) => shownBy(view, made.events).days[0]?.clinics[0]?.visits;

test("face and card in one event give a number; each alone gives none and is shown as open", () => {
  const made = clinicWith("box-1");
  made.admit("box-1", service, person("a"), [face]);
  made.admit("box-1", service, person("a"), [card()]);
  expect(visitsIn(made)).toBeUndefined();
  expect(shownBy(view, made.events).incomplete).toMatchObject([
    { clinic, has: ["face"] },
    { clinic, has: ["card"] },
  ]);
  made.admit("box-1", service, person("a"), [face, card()]);
  expect(visitsIn(made)).toMatchObject([{ number: 1, slip: "box-1-1", by: "face-and-card" }]);
});

test("a face that failed to show life is no factor", () => {
  const made = clinicWith("box-1");
  made.admit("box-1", service, person("a"), [
    { ...face, liveness: "failed" } as typeof face,
    card(),
  ]);
  expect(shownBy(view, made.events)).toMatchObject({ days: [], incomplete: [{ has: ["card"] }] });
});

test("somebody with no face or no card is received by a clerk, in the same queue", () => {
  const made = clinicWith("box-1");
  made.admit("box-1", service, person("a"), [face, card()]);
  made.desk({ type: "medical.received-by-hand", clinic, why: "no-card", person: person("b") });
  made.desk({ type: "medical.received-by-hand", clinic, why: "person-asked" });
  expect(visitsIn(made)).toMatchObject([
    { number: 1, by: "face-and-card" },
    { number: 2, by: "no-card", person: person("b") },
    { number: 3, by: "person-asked", person: null },
  ]);
});

test("who taps again while waiting keeps the number, and gets a new one after being seen, by the slip that the box tells again", () => {
  const made = clinicWith("box-1");
  const visit = made.admit("box-1", service, person("a"), [face, card()]);
  made.admit("box-1", service, person("a"), [face, card()]);
  made.desk({ type: "medical.called", visit });
  expect(visitsIn(made)).toMatchObject([{ number: 1, state: "called" }]);
  made.desk({ type: "medical.visit-ended", visit, how: "seen" });
  made.admit("box-1", service, person("a"), [face, card()]);
  expect(visitsIn(made)).toMatchObject([
    { number: 1, state: "seen", slip: "box-1-1" },
    { number: 2, state: "waiting", slip: "box-1-1" },
  ]);
});

test("a queue starts anew with the clinic's own day", () => {
  const made = clinicWith("box-1");
  const midnight = Date.parse("2026-04-01T15:00:00.000Z");
  made.admit("box-1", service, person("a"), [face, card()], midnight - 1);
  made.admit("box-1", service, person("b"), [face, card()], midnight);
  expect(shownBy(view, made.events).days).toMatchObject([
    { day: "2026-04-02", clinics: [{ visits: [{ number: 1, person: person("b") }] }] },
    { day: "2026-04-01", clinics: [{ visits: [{ number: 1, person: person("a") }] }] },
  ]);
});

test("a box that was offline comes in between by its time, and changes nobody's slip", () => {
  const made = clinicWith("box-1", "box-2");
  made.admit("box-1", service, person("a"), [face, card()]);
  const late = made.at + 500;
  made.admit("box-1", service, person("c"), [face, card()]);
  const before = visitsIn(made)?.map(({ slip }) => slip);
  made.admit("box-2", service, person("b"), [face, card()], late);
  const after = visitsIn(made) ?? [];
  expect(after.map(({ person }) => person)).toEqual([person("a"), person("b"), person("c")]);
  expect(before?.every((slip) => after.some((visit) => visit.slip === slip))).toBe(true);
  expect(after.map(({ slip }) => slip)).toEqual(["box-1-1", "box-2-1", "box-1-2"]);
});

test("a box that moved counts for the clinic where it stood at that time", () => {
  const made = clinicWith("box-1");
  const other = "clinic-2" as PlaceId;
  const box = "box-1" as DeviceId;
  made.admit("box-1", service, person("a"), [face, card()]);
  const from = (made.at + 10) as WallMs;
  made.desk({ type: "place.box-assigned", service, box, place: other, from });
  made.admit("box-1", service, person("b"), [face, card()]);
  expect(shownBy(view, made.events).days[0]?.clinics).toMatchObject([
    { clinic, visits: [{ person: person("a") }] },
    { clinic: other, visits: [{ person: person("b") }] },
  ]);
});

const step = fc.record({
  box: fc.constantFrom("box-1", "box-2", "box-3", "gateway-desk"),
  who: fc.constantFrom("a", "b", "c"),
  factors: fc.constantFrom(["face"] as const, ["card"] as const, ["face", "card"] as const),
  at: fc.integer({ min: nine, max: nine + 1_000 }),
  act: fc.constantFrom("arrive", "call", "end", "hand"),
  which: fc.nat(30),
});

/** A history in which everything can happen at any time, and refer to anything. */
function history(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) {
  const made = clinicWith("box-1", "box-2");
  for (const { box, who, factors, at, act, which } of steps) {
    const { device, sequence } = made.events[which % made.events.length] ?? made.events[0]!;
    const visit = { device, sequence };
    if (act === "arrive") made.admit(box, service, person(who), evidenceOf(factors), at);
    if (act === "hand") made.desk({ type: "medical.received-by-hand", clinic, why: "no-face" }, at);
    if (act === "call") made.desk({ type: "medical.called", visit }, at);
    if (act === "end") made.desk({ type: "medical.visit-ended", visit, how: "left" }, at);
  }
  return made.events;
}

test("numbers have no gap, nobody waits twice, and the order of arrival shows nowhere", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(3)), (steps, turns) => {
      const events = history(steps);
      const shown = shownBy(view, events);
      expect(JSON.stringify(shownBy(view, arrivedOtherwise(events, turns)))).toBe(
        JSON.stringify(shown),
      );
      for (const { visits } of shown.days.flatMap(({ clinics }) => clinics)) {
        expect(visits.map(({ number }) => number)).toEqual(visits.map((_, at) => at + 1));
        const waiting = visits.filter(({ state, person }) => person && state === "waiting");
        expect(new Set(waiting.map(({ person }) => person)).size).toBe(waiting.length);
      }
    }),
  );
});
