import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { defaultMedicalRules } from "#firmware-config/medical.ts";
import { ReceptionDesk } from "#gateway/medical/reception-desk.ts";
import { consentsIn, mayLook, medicalConsent } from "#gateway/views/medical-consent.ts";
import { medicalQueue } from "#gateway/views/medical-queue.ts";
import { dayIn } from "#gateway/views/view.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
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

const service = "medical.reception" as const;
const clinic = "clinic-1" as PlaceId;
const other = "clinic-2" as PlaceId;
const hourMs = 3_600_000;
const until = (nine + 8 * hourMs) as WallMs;

async function reception() {
  const made = new ServiceDeskUnderTest();
  const queue = made.fold(medicalQueue(dayIn("Asia/Tokyo")));
  const consents = made.fold(medicalConsent());
  const desk = new ReceptionDesk({
    ...{ rules: () => defaultMedicalRules, clock: made.clock, record: made.record },
    ...{ queue: () => queue, consents: () => consents },
  });
  const [box, from] = ["box-1" as DeviceId, nine as WallMs];
  await made.record({ type: "place.box-assigned", service, box, place: clinic, from });
  const tap = (who = person("a"), evidence = [face, card()]) =>
    made.box((boxes, at) => boxes.admit("box-1", service, who, evidence, at));
  return { made, desk, consents, tap };
}

const asked = { person: person("a"), clinic, categories: ["medication" as const], until };

test("a consent stands on the decision with the person's card, until it ends or is withdrawn", async () => {
  const { made, desk, consents, tap } = await reception();
  using _ = made;
  const answer = await desk.consent({ ...asked, signed: tap() });
  expect(answer).toMatchObject({ ok: true });
  const look = (changes: object, at: number) =>
    mayLook(consents, { ...asked, category: "medication", ...changes }, at);
  expect(look({}, nine)).toBe(true);
  expect(look({}, until - 1)).toBe(true);
  expect(look({}, until)).toBe(false);
  expect(look({ category: "allergy" }, nine)).toBe(false);
  expect(look({ clinic: other }, nine)).toBe(false);
  expect(look({ person: person("b") }, nine)).toBe(false);
  made.now += hourMs;
  expect(answer.ok && (await desk.withdraw(answer.consent))).toMatchObject({ ok: true });
  expect(look({}, made.now - 1)).toBe(true);
  expect(look({}, made.now)).toBe(false);
});

test("a desk refuses a consent that no fresh card of this person signed at this clinic", async () => {
  const { made, desk, tap } = await reception();
  using _ = made;
  const code = async (changes: object) => {
    const answer = await desk.consent({ ...asked, signed: tap(), ...changes });
    return answer.ok ? "ok" : answer.code;
  };
  expect(await code({ signed: { device: "box-1", sequence: 900 } })).toBe("DECISION_MISSING");
  expect(await code({ signed: tap(person("a"), [face]) })).toBe("DECISION_WITHOUT_CARD");
  expect(await code({ signed: tap(person("b")) })).toBe("DECISION_OTHER_PERSON");
  expect(await code({ clinic: other })).toBe("DECISION_OTHER_PLACE");
  expect(await code({ until: nine })).toBe("CONSENT_TOO_LONG");
  expect(await code({ until: nine + 24 * hourMs })).toBe("ok");
  expect(await code({ until: nine + 24 * hourMs + 1 })).toBe("CONSENT_TOO_LONG");
  const old = tap();
  made.now += 30 * 60_000 + 1;
  expect(await code({ signed: old })).toBe("DECISION_NOT_FRESH");
});

test("one signature carries one consent, even when two are asked for at once", async () => {
  const { made, desk, consents, tap } = await reception();
  using _ = made;
  const signed = tap();
  const answers = await Promise.all([1, 2, 3].map(() => desk.consent({ ...asked, signed })));
  expect(answers.map((answer) => (answer.ok ? "ok" : answer.code)).sort()).toEqual([
    "DECISION_SPENT",
    "DECISION_SPENT",
    "ok",
  ]);
  expect(consentsIn(consents)).toHaveLength(1);
});

test("a clerk calls and ends only a visit that is in a queue", async () => {
  const { made, desk, tap } = await reception();
  using _ = made;
  const visit = tap();
  expect(await desk.call(visit)).toMatchObject({ ok: true });
  expect(await desk.end(visit, "seen")).toMatchObject({ ok: true });
  const alone = tap(person("b"), [card()]);
  expect(await desk.call(alone)).toMatchObject({ ok: false, code: "VISIT_UNKNOWN" });
  const byHand = await desk.receive({ clinic, why: "no-face" });
  expect(byHand.ok && (await desk.end(byHand.visit, "left"))).toMatchObject({ ok: true });
  expect(await desk.withdraw(visit)).toMatchObject({ ok: false, code: "CONSENT_UNKNOWN" });
});

test("a consent whose decision is still on its way holds from the moment that it arrives", () => {
  const made = new ServiceEvents();
  const [box, from] = ["box-1" as DeviceId, nine as WallMs];
  made.desk({ type: "place.box-assigned", service, box, place: clinic, from });
  const signed = made.admit("box-1", service, person("a"), [face, card()]);
  made.desk({ type: "medical.consent-given", ...asked, signed });
  const late = made.events.filter(({ device }) => device !== "box-1");
  const flaws = (events: typeof late) =>
    shownBy(medicalConsent(), events).consents.map(({ flaw }) => flaw);
  expect(flaws(late)).toEqual(["DECISION_MISSING"]);
  expect(flaws([...late, ...made.events.filter(({ device }) => device === "box-1")])).toEqual([
    null,
  ]);
});

const step = fc.record({
  who: fc.constantFrom("a", "b"),
  box: fc.constantFrom("box-1", "box-2"),
  factors: fc.constantFrom(["face"] as const, ["card"] as const, ["face", "card"] as const),
  at: fc.integer({ min: nine, max: nine + 100 }),
  act: fc.constantFrom("tap", "consent", "withdraw"),
  which: fc.nat(20),
});

test("no history lets a consent stand without its own card's decision, in whatever order it arrives", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.array(fc.nat(3)), (steps, turns) => {
      const made = new ServiceEvents();
      const [box, from] = ["box-1" as DeviceId, nine as WallMs];
      made.desk({ type: "place.box-assigned", service, box, place: clinic, from }, nine);
      for (const { who, box, factors, at, act, which } of steps) {
        const { device, sequence } = made.events[which % made.events.length] ?? made.events[0]!;
        const ref = { device, sequence };
        const given = { ...asked, person: person(who), signed: ref };
        if (act === "tap") made.admit(box, service, person(who), evidenceOf(factors), at);
        if (act === "consent") made.desk({ type: "medical.consent-given", ...given }, at);
        if (act === "withdraw") made.desk({ type: "medical.consent-withdrawn", consent: ref }, at);
      }
      const shown = shownBy(medicalConsent(), made.events);
      const otherwise = shownBy(medicalConsent(), arrivedOtherwise(made.events, turns));
      expect(JSON.stringify(otherwise)).toBe(JSON.stringify(shown));
      const good = shown.consents.filter(({ flaw }) => flaw === null);
      const signed = good.map((one) => `${one.signed.device} ${one.signed.sequence}`);
      expect(new Set(signed).size).toBe(signed.length);
      for (const one of good) {
        const decision = made.events.find(
          ({ device, sequence }) =>
            device === one.signed.device && sequence === one.signed.sequence,
        )?.body;
        expect(decision).toMatchObject({ outcome: "admit", person: one.person });
        expect(JSON.stringify(decision)).toContain('"kind":"card"');
      }
    }),
  );
});
