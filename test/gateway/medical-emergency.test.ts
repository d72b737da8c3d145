import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { WallMs } from "#contract/ids.ts";
import { defaultMedicalRules } from "#firmware-config/medical.ts";
import { EmergencyDesk } from "#gateway/medical/emergency-desk.ts";
import { medicalEmergency } from "#gateway/views/medical-emergency.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import {
  arrivedOtherwise,
  card,
  face,
  nine,
  person,
  ServiceEvents,
  shownBy,
} from "./service-events.ts";

const [subject, medic, driver] = [person("a"), person("x"), person("y")];
const until = (nine + 1_000_000_000) as WallMs;
const view = medicalEmergency();
const minuteMs = 60_000;

async function ambulance() {
  const made = new ServiceDeskUnderTest();
  const state = made.fold(view);
  const desk = new EmergencyDesk({
    ...{
      rules: () => defaultMedicalRules,
      clock: made.clock,
      record: made.record,
      state: () => state,
    },
  });
  for (const crew of [medic, driver]) {
    await made.record({ type: "medical.crew-admitted", crew, until });
  }
  const tap = (who: typeof medic, evidence = [card(who.slice(0, 4))]) =>
    made.box((boxes, at) => boxes.admit("ambulance-1", "counter", who, evidence, at));
  const open = async (one = tap(medic), two = tap(driver)) =>
    await desk.open({ subject, reason: "unconscious", crew: [one, two] });
  return { made, desk, tap, open, shown: () => view.show(state) };
}

const codeOf = (answer: { ok: boolean; code?: string }) => (answer.ok ? "ok" : answer.code);

test("two cards of the crew open a look-up, each showing is on record first, and a notice is owed", async () => {
  const { made, desk, open, shown } = await ambulance();
  using _ = made;
  const opened = await open();
  if (!opened.ok) throw new Error(opened.code);
  const before: unknown[] = [];
  const read = async () => {
    before.push(shown().lookups[0]?.shown);
    return "penicillin";
  };
  const answer = await desk.show(opened.lookup, ["allergy", "medication"], read);
  expect(answer).toEqual({ ok: true, data: "penicillin" });
  expect(before).toMatchObject([[{ categories: ["allergy", "medication"], afterEnd: false }]]);
  expect(JSON.stringify(made.events)).not.toContain("penicillin");
  expect(shown().noticesOwed).toMatchObject([{ subject, dueAt: opened.noticeDueAt }]);
  const told = await desk.tell({ lookup: opened.lookup, to: "person", by: "letter" });
  expect(told).toMatchObject({ ok: true });
  expect(shown()).toMatchObject({ noticesOwed: [], lookups: [{ told: [{ by: "letter" }] }] });
});

test("one person, one card, a face or a stranger opens nothing", async () => {
  const { made, tap, open } = await ambulance();
  using _ = made;
  expect(codeOf(await open(tap(medic), tap(medic)))).toBe("CREW_SAME_PERSON");
  const one = tap(medic);
  expect(codeOf(await open(one, one))).toBe("CREW_SAME_PERSON");
  // A card may speak for two people (a guardian's does); it is still one card.
  expect(codeOf(await open(tap(medic, [card("AAAA")]), tap(driver, [card("AAAA")])))).toBe(
    "CREW_SAME_CARD",
  );
  expect(codeOf(await open(tap(medic), tap(driver, [face])))).toBe("DECISION_WITHOUT_CARD");
  expect(codeOf(await open(tap(medic), tap(person("z"))))).toBe("CREW_NOT_ADMITTED");
  const missing = { ...one, sequence: 999 };
  expect(codeOf(await open(tap(medic), missing))).toBe("DECISION_MISSING");
});

test("one card makes no two, and an event has no second one in it", async () => {
  const { made, tap, open } = await ambulance();
  using _ = made;
  const [one, two] = [medic, driver].map((who) => tap(who, [card("AAAA")]));
  expect(codeOf(await open(one, two))).toBe("CREW_SAME_CARD");
  expect(() => tap(driver, [card("AAAA"), card("BBBB")])).toThrow(/evidence/);
});

test("cards that were put down long ago, or for another look-up, open nothing", async () => {
  const { made, tap, open } = await ambulance();
  using _ = made;
  const [one, two] = [tap(medic), tap(driver)];
  made.now += 10 * minuteMs + 1;
  expect(codeOf(await open(one, two))).toBe("DECISION_NOT_FRESH");
  const [three, four] = [tap(medic), tap(driver)];
  const both = await Promise.all([open(three, four), open(four, three)]);
  expect(both.map(codeOf).sort()).toEqual(["DECISION_SPENT", "ok"]);
});

test("nothing is shown after the end, or on a look-up that does not exist", async () => {
  const { made, desk, open, shown } = await ambulance();
  using _ = made;
  const opened = await open();
  if (!opened.ok) throw new Error(opened.code);
  const show = async (lookup: EventRef) =>
    codeOf(await desk.show(lookup, ["visits"], async () => 1));
  made.now = opened.until - 1;
  expect(await show(opened.lookup)).toBe("ok");
  made.now = opened.until;
  expect(await show(opened.lookup)).toBe("LOOKUP_OVER");
  expect(await show({ ...opened.lookup, sequence: 99 })).toBe("LOOKUP_UNKNOWN");
  expect(shown().lookups[0]?.shown).toHaveLength(1);
  const nobody = {
    lookup: { ...opened.lookup, sequence: 99 },
    to: "person",
    by: "letter",
  } as const;
  expect(codeOf(await desk.tell(nobody))).toBe("LOOKUP_UNKNOWN");
});

test("a crew that was dismissed, or whose time is over, opens nothing more", async () => {
  const { made, open } = await ambulance();
  using _ = made;
  await made.record({ type: "medical.crew-dismissed", crew: driver });
  expect(codeOf(await open())).toBe("CREW_NOT_ADMITTED");
  await made.record({ type: "medical.crew-admitted", crew: driver, until });
  expect(codeOf(await open())).toBe("ok");
  made.now = until;
  expect(codeOf(await open())).toBe("CREW_NOT_ADMITTED");
});

test("a failure of the data source leaves the record that it was asked", async () => {
  const { made, desk, open, shown } = await ambulance();
  using _ = made;
  const opened = await open();
  if (!opened.ok) throw new Error(opened.code);
  const failing = desk.show(opened.lookup, ["visits"], async () => {
    throw new Error("no network");
  });
  await expect(failing).rejects.toThrow("no network");
  expect(shown().lookups[0]?.shown).toMatchObject([{ categories: ["visits"] }]);
});

test("what was shown on the word of no look-up is listed, never dropped", () => {
  const made = new ServiceEvents();
  const lookup = { device: "gateway-desk", sequence: 40 } as EventRef;
  const stray = made.desk({ type: "medical.emergency-shown", lookup, categories: ["visits"] });
  expect(shownBy(view, made.events).shownWithoutLookup).toEqual([stray]);
});

const step = fc.record({
  who: fc.constantFrom(medic, driver, person("z")),
  card: fc.constantFrom("AAAA", "BBBB", "CCCC"),
  at: fc.integer({ min: nine, max: nine + 100 }),
  act: fc.constantFrom("tap", "tap", "admit", "dismiss", "open", "show", "tell"),
  which: fc.tuple(fc.nat(20), fc.nat(20)),
});

test("no history opens a look-up with one person or one card, and the order of arrival shows nowhere", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(3)), (steps, turns) => {
      const made = new ServiceEvents();
      const cards = new Map<string, string>();
      const key = ({ device, sequence }: EventRef) => `${device} ${sequence}`;
      const pick = (which: number): EventRef => {
        const { device, sequence } = made.events[which % made.events.length] ?? made.events[0]!;
        return { device, sequence };
      };
      made.desk({ type: "medical.crew-admitted", crew: medic, until }, nine);
      for (const { who, card: one, at, act, which } of steps) {
        const [first, second] = [pick(which[0]), pick(which[1])];
        const tell = { to: "family", by: "in-person" } as const;
        if (act === "tap") {
          const box = `box-${which[0] % 2}`;
          cards.set(key(made.admit(box, "counter", who, [card(one)], at)), `${who} ${one}`);
        }
        if (act === "admit") made.desk({ type: "medical.crew-admitted", crew: who, until }, at);
        if (act === "dismiss") made.desk({ type: "medical.crew-dismissed", crew: who }, at);
        const opened = { subject, reason: "confused", until, noticeDueAt: until } as const;
        const crew: [EventRef, EventRef] = [first, second];
        if (act === "open") made.desk({ type: "medical.emergency-opened", ...opened, crew }, at);
        const categories = ["visits" as const];
        const shown = { type: "medical.emergency-shown", lookup: first, categories } as const;
        if (act === "show") made.desk(shown, at);
        if (act === "tell") made.desk({ type: "medical.notice-given", lookup: first, ...tell }, at);
      }
      const shown = shownBy(view, made.events);
      const otherwise = shownBy(view, arrivedOtherwise(made.events, turns));
      expect(JSON.stringify(otherwise)).toBe(JSON.stringify(shown));
      for (const { crew, flaw, told, lookup } of shown.lookups) {
        const owed = shown.noticesOwed.some((one) => key(one.lookup) === key(lookup));
        expect(owed).toBe(told.length === 0);
        if (flaw !== null) continue;
        const [one = [], two = []] = crew.map((ref) => cards.get(key(ref))?.split(" "));
        expect(one[0]).not.toBe(two[0]);
        expect(one[1]).not.toBe(two[1]);
      }
    }),
  );
});
