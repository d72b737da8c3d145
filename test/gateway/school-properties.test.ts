import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { defaultSchoolRules } from "#firmware-config/school.ts";
import { ClockCorrections } from "#gateway/views/corrections.ts";
import { schoolRegister } from "#gateway/views/school-register.ts";
import { forgetOld, schoolRouteWatch } from "#gateway/views/school-route-watch.ts";
import { at, rowsAt, SchoolEvents, wednesday } from "./school-events.ts";
import { arrivedOtherwise, face, placedAt } from "./service-events.ts";

const step = fc.record({
  act: fc.constantFrom("seen", "seen", "seen", "absent", "left", "corrected", "door"),
  box: fc.constantFrom("in", "out", "gate", "new"),
  who: fc.nat(2),
  minute: fc.integer({ min: 0, max: 600 }),
  which: fc.nat(4),
});
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

const findings = ["present", "late", "left-early", "unconfirmed"] as const;

function history(steps: readonly Step[]): SchoolEvents {
  const made = new SchoolEvents("abc");
  made.door("in", "entrance");
  made.door("out", "exit");
  made.door("gate", "both");
  for (const { act, box, who, minute, which } of steps) {
    const pupil = made.pupils[who]!;
    const when = (at("07:30") + minute * 60_000) as WallMs;
    const status = findings[which % findings.length]!;
    if (act === "seen") made.seen(box, pupil, when);
    if (act === "absent") {
      made.said(pupil, { type: "school.absence-confirmed", reason: "illness" }, when);
    }
    if (act === "left") made.said(pupil, { type: "school.left-early", reason: "other" }, when);
    if (act === "door") made.door("new", which % 2 === 0 ? "exit" : "both");
    if (act === "corrected") {
      const finding = which === 4 ? ({ status: "absent", reason: "other" } as const) : { status };
      made.said(pupil, { type: "school.corrected", finding, reason: "other" }, when);
    }
  }
  return made;
}

test("in every history and order of arrival the register is the same, and nobody is silently absent", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(5)), (steps, turns) => {
      const made = history(steps);
      const shown = rowsAt(made.state());
      const view = schoolRegister();
      const live = view.empty();
      // Read after each event, as a screen does: reading leaves nothing behind.
      for (const [index, event] of arrivedOtherwise(made.events, turns).entries()) {
        view.apply(live, placedAt(index, event));
        view.show(live);
        if (live.rosters.size > 0) rowsAt(live);
      }
      expect(JSON.stringify(rowsAt(live))).toBe(JSON.stringify(shown));
      for (const { pupil, status, inside, arrivedAt, leftAt, conflict, reason } of shown) {
        const words = made.events.filter(({ body }) => "pupil" in body && body.pupil === pupil);
        const isConfirmed = words.some(
          ({ body }) =>
            body.type === "school.absence-confirmed" ||
            (body.type === "school.corrected" && body.finding.status === "absent"),
        );
        if (status === "absent") expect(isConfirmed && reason !== null && !conflict).toBe(true);
        if (conflict) expect(status).toBe("unconfirmed");
        if (inside === true) expect(leftAt).toBeNull();
        if (status === "late") expect(arrivedAt !== null || words.length > 0).toBe(true);
        if (words.length === 0) {
          const sightings = made.events.filter(
            ({ body }) => body.type === "decision.made" && body.person === pupil,
          );
          const [first] = sightings.map((event) => event.at).sort((a, b) => a - b);
          expect(status === "unconfirmed").toBe(sightings.length === 0);
          if (arrivedAt !== null) expect(arrivedAt).toBeGreaterThanOrEqual(first as number);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("a clock that was wrong, told before or after, gives the day that it really was", () => {
  const offsets = fc.integer({ min: -3 * 86_400_000, max: 3 * 86_400_000 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), offsets, (steps, offsetMs) => {
      const right = history(steps.filter(({ act }) => act === "seen" || act === "absent"));
      const wrong = new SchoolEvents("abc");
      const [seen, others] = [[] as typeof right.events, [] as typeof right.events];
      for (const event of right.events) (event.device === "in" ? seen : others).push(event);
      for (const event of others) wrong.events.push(event);
      for (const event of seen) {
        const told = Math.max(0, event.at - offsetMs) as WallMs;
        wrong.events.push({ ...event, at: told, clock: "unsynced" });
      }
      const last = seen.length + 1;
      const corrections = new ClockCorrections();
      const set = { type: "clock.set", since: 1, offsetMs } as const;
      const word = { ...right.events[0]!, device: "in" as never, sequence: last, body: set };
      corrections.note({ event: word });
      const fresh = wrong.events.slice(2).map((event, index) => {
        return corrections.corrected(placedAt(index, event)).event;
      });
      expect(JSON.stringify(rowsAt(wrong.state(fresh)))).toBe(
        JSON.stringify(rowsAt(right.state())),
      );
    }),
  );
});

test("route watch holds the same after a replay as live, and nothing that is older than it may be", () => {
  const hour = 3_600_000;
  const [{ routeWatchHours }] = defaultSchoolRules as readonly [
    (typeof defaultSchoolRules)[number],
  ];
  const sighting = fc.record({ who: fc.nat(2), hours: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 30 }), (sightings) => {
      const made = new SchoolEvents("abc");
      let now = at("07:00", wednesday);
      const view = schoolRouteWatch({ rules: defaultSchoolRules, wall: () => now });
      const live = view.empty();
      for (const { who, hours } of sightings) {
        now = (now + hour) as WallMs;
        const pupil = made.pupils[who] as Pseudonym;
        made.admit("crossing", "school.route-watch", pupil, [face], now - hours * hour);
        view.apply(live, placedAt(0, made.events.at(-1)!));
      }
      forgetOld(live, defaultSchoolRules, now);
      const replayed = view.empty();
      for (const event of made.events) view.apply(replayed, placedAt(0, event));
      const plain = (state: typeof live) => JSON.stringify([...state.seen].sort());
      expect(plain(live)).toBe(plain(replayed));
      for (const facts of live.seen.values()) {
        for (const fact of facts) expect(fact.at).toBeGreaterThan(now - routeWatchHours * hour);
      }
    }),
  );
});
