import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { eventSchema } from "#contract/events.ts";
import type { Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { shelterCheckIn } from "#gateway/views/shelter-check-in.ts";

const digest = "A".repeat(43) as Digest;
const persons = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(22) as Pseudonym);
const [aoi, ken, mei] = persons as [Pseudonym, Pseudonym, Pseudonym];
const families = ["x", "y"].map((letter) => letter.repeat(22) as Pseudonym);
const shelters = ["momonoki", "sakura", "ume"] as const;

interface Told {
  readonly device: string;
  readonly at: number;
  readonly body: unknown;
}

/** The view after these, each parsed as a gateway parses what a box sends. */
function shownAfter(told: readonly (Told & { sequence?: number })[]): ShelterCheckIn {
  const view = shelterCheckIn();
  const state = view.empty();
  const sequences = new Map<string, number>();
  for (const [i, { device, at, body, sequence }] of told.entries()) {
    const next = sequence ?? (sequences.get(device) ?? 0) + 1;
    sequences.set(device, next);
    const made = { v: 1, device, sequence: next, previous: digest, at, clock: "synced", body };
    view.apply(state, { index: i + 1, event: eventSchema.parse(made), refusal: null });
  }
  return view.show(state);
}

const seen = (person: Pseudonym | undefined, outcome = "admit", answers?: number) => ({
  ...{ type: "decision.made", service: "shelter.check-in", outcome, evidence: [] },
  reason: person ? "face-matched" : "face-unknown",
  ...(person ? { person } : {}),
  ...(answers ? { answers } : {}),
});
const into = (person: Pseudonym, shelter: string) => ({
  ...{ type: "shelter.checked-in", person, shelter, means: "hand" },
});
const outOf = (person: Pseudonym, shelter: string) => ({
  ...{ type: "shelter.checked-out", person, shelter, reason: "home" },
});
const moved = (person: Pseudonym, from: string, to: string) => ({
  ...{ type: "shelter.transferred", person, from, to },
});
const stands = (device: string, shelter: string | null, door = "entrance", from = 0) => ({
  ...{ type: "shelter.site-assigned", device, shelter, door, from },
});
const decided = (one: Pseudonym, other: Pseudonym, same: boolean) => ({
  ...{ type: "shelter.duplicate-decided", persons: [one, other], same },
});
const desk = (at: number, body: unknown): Told => ({ device: "gateway-desk", at, body });
const box = (device: string, at: number, body: unknown): Told => ({ device, at, body });
const where = ({ present }: ShelterCheckIn) =>
  Object.fromEntries(present.map(({ person, shelter }) => [person, shelter]));

test("a box's sightings count for the shelter where it stood at that time, however late that is said", () => {
  const shown = shownAfter([
    box("box-1", 10, seen(aoi)),
    box("box-1", 30, seen(ken)),
    desk(40, stands("box-1", "momonoki", "entrance", 5)),
    desk(41, stands("box-1", "sakura", "entrance", 20)),
  ]);
  expect(where(shown)).toEqual({ [aoi]: "momonoki", [ken]: "sakura" });
  expect(shown.shelters.map(({ shelter, devices }) => [shelter, devices])).toEqual([
    ["momonoki", []],
    ["sakura", ["box-1"]],
  ]);
});

test("what a box saw before its first assignment counts for that shelter", () => {
  const shown = shownAfter([
    box("box-1", 10, seen(aoi)),
    desk(40, stands("box-1", "momonoki", "entrance", 40)),
  ]);
  expect(where(shown)).toEqual({ [aoi]: "momonoki" });
});

test("a box says where it stands itself, and nothing of where others stand or which shelters there are", () => {
  const shown = shownAfter([
    box("box-1", 1, stands("box-1", "momonoki")),
    box("box-2", 2, stands("box-1", "sakura")),
    box("box-2", 3, {
      ...{ type: "shelter.site-set", shelter: "momonoki", label: "Elsewhere" },
      ...{ capacity: 0, open: false },
    }),
    box("box-1", 10, seen(aoi)),
  ]);
  expect(where(shown)).toEqual({ [aoi]: "momonoki" });
  expect(shown.shelters).toMatchObject([{ shelter: "momonoki", label: "momonoki", open: true }]);
});

test("a sure face at the way out checks out, an unsure one does not", () => {
  const doors = [desk(1, stands("in-1", "ume")), desk(1, stands("out-1", "ume", "exit"))];
  const both = [...doors, box("in-1", 10, seen(aoi)), box("in-1", 10, seen(ken))];
  const shown = shownAfter([
    ...both,
    box("out-1", 20, seen(aoi)),
    box("out-1", 20, seen(ken, "ask-card")),
    box("out-1", 21, seen(undefined, "refuse")),
  ]);
  expect(where(shown)).toEqual({ [ken]: "ume" });
  expect(shown).toMatchObject({ unidentified: 0, left: [{ person: aoi, reason: "exit" }] });
});

test("a check-out from a shelter where somebody is no more takes nobody off the list", () => {
  const shown = shownAfter([
    desk(10, into(aoi, "ume")),
    desk(20, into(aoi, "sakura")),
    desk(30, outOf(aoi, "ume")),
  ]);
  expect(where(shown)).toEqual({ [aoi]: "sakura" });
});

test("an unsure face moves nobody from the shelter where they certainly are", () => {
  const shown = shownAfter([
    desk(1, stands("box-1", "sakura")),
    desk(10, into(aoi, "ume")),
    box("box-1", 20, seen(aoi, "ask-card")),
    box("box-1", 21, seen(ken, "ask-card")),
  ]);
  expect(where(shown)).toEqual({ [aoi]: "ume", [ken]: "sakura" });
  expect(shown.present.map(({ sure }) => sure)).toEqual([true, false]);
});

test("an ask that a card answers with another person withdraws the person it believed in", () => {
  const asked = [desk(1, stands("box-1", "ume")), box("box-1", 10, seen(aoi, "ask-card"))];
  expect(where(shownAfter(asked))).toEqual({ [aoi]: "ume" });
  const answered = [...asked, box("box-1", 11, seen(ken, "admit", 1))];
  expect(where(shownAfter(answered))).toEqual({ [ken]: "ume" });
});

test("a transfer puts a person on the other shelter's list as expected, until they are seen there", () => {
  const sent = [desk(10, into(aoi, "ume")), desk(20, moved(aoi, "ume", "sakura"))];
  const shown = shownAfter(sent);
  expect(shown.present).toMatchObject([{ person: aoi, shelter: "sakura", expected: true }]);
  expect(shown.shelters).toMatchObject([{ shelter: "sakura", present: 0, expected: 1 }]);
  const there = shownAfter([...sent, desk(30, into(aoi, "sakura"))]);
  expect(there.present).toMatchObject([{ shelter: "sakura", expected: false, since: 30 }]);
  // Whoever was seen there before the sending desk wrote it down is there, and not on the way.
  const early = shownAfter([
    desk(10, into(aoi, "ume")),
    desk(15, into(aoi, "sakura")),
    desk(20, moved(aoi, "ume", "sakura")),
  ]);
  expect(early.present).toMatchObject([{ shelter: "sakura", expected: false, since: 15 }]);
});

test("what a clerk enters from paper happened when the paper says, and never in the future", () => {
  const shown = shownAfter([
    desk(50, { ...into(aoi, "ume"), arrivedAt: 10 }),
    desk(50, { ...into(ken, "ume"), arrivedAt: 90 }),
  ]);
  expect(shown.present).toMatchObject([{ since: 10 }, { since: 50 }]);
});

test("a clerk who says who an unrecognised person was leaves nobody unidentified", () => {
  const door = [desk(1, stands("box-1", "ume")), box("box-1", 10, seen(undefined, "refuse"))];
  expect(shownAfter(door)).toMatchObject({ unidentified: 1, shelters: [{ unidentified: 1 }] });
  const sighting = { device: "box-1", sequence: 1 };
  const named = shownAfter([...door, desk(20, { ...into(aoi, "ume"), resolves: sighting })]);
  expect(named).toMatchObject({ unidentified: 0, present: [{ person: aoi }] });
  const settled = { type: "shelter.sighting-settled", sighting, finding: "counted-already" };
  expect(shownAfter([...door, desk(20, settled)])).toMatchObject({ unidentified: 0, present: [] });
});

test("two entries that a human calls one are one person in one place; taken back, they are two again", () => {
  const twice = [desk(10, into(aoi, "ume")), desk(20, into(mei, "sakura"))];
  expect(shownAfter(twice).present).toHaveLength(2);
  const one = [...twice, desk(30, decided(mei, aoi, true))];
  expect(shownAfter(one).present).toMatchObject([
    { person: aoi, entries: [aoi, mei], shelter: "sakura" },
  ]);
  expect(shownAfter([...one, desk(40, decided(aoi, mei, false))]).present).toHaveLength(2);
});

test("needs, language, household and protection are as they were last said, over all entries of a person", () => {
  const said = (person: Pseudonym, more: object) => ({
    ...{ type: "shelter.person-described", person },
    ...more,
  });
  const shown = shownAfter([
    desk(10, into(aoi, "ume")),
    desk(11, said(aoi, { needs: ["pet", "medicine"], household: families[0] })),
    desk(12, into(mei, "ume")),
    desk(13, said(mei, { needs: ["care"], language: "vi" })),
    desk(14, { type: "shelter.protection-set", person: mei, protected: true }),
    desk(15, { type: "shelter.protection-set", person: aoi, protected: false }),
    desk(20, decided(aoi, mei, true)),
  ]);
  expect(shown.present).toMatchObject([
    { needs: ["care"], language: "vi", household: families[0], protected: true },
  ]);
  expect(shown.shelters).toMatchObject([{ needs: { care: 1 } }]);
});

test("a shelter shows its places left, below zero when it is too full, and its newest event", () => {
  const set = {
    type: "shelter.site-set",
    shelter: "ume",
    label: "梅小学校",
    capacity: 1,
    open: true,
  };
  const shown = shownAfter([
    desk(5, set),
    desk(10, into(aoi, "ume")),
    desk(12, into(ken, "ume")),
    desk(6, { ...set, shelter: "momo", capacity: null }),
  ]);
  expect(shown.shelters).toMatchObject([
    { shelter: "momo", free: null, asOf: 6 },
    { shelter: "ume", label: "梅小学校", capacity: 1, present: 2, free: -1, asOf: 12 },
  ]);
});

const person = fc.constantFrom(...persons);
const shelter = fc.constantFrom(...shelters);
const boxId = fc.constantFrom("box-1", "box-2", "box-3");
const body: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.option(person, { nil: undefined }),
        fc.constantFrom("admit", "ask-card", "refuse"),
        fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      )
      .map(([one, outcome, answers]) => seen(one, outcome, answers)),
  },
  { weight: 3, arbitrary: fc.tuple(person, shelter).map(([one, place]) => into(one, place)) },
  { weight: 2, arbitrary: fc.tuple(person, shelter).map(([one, place]) => outOf(one, place)) },
  { weight: 2, arbitrary: fc.tuple(person, shelter, shelter).map((args) => moved(...args)) },
  fc
    .tuple(boxId, fc.option(shelter), fc.constantFrom("entrance", "exit"), fc.nat(50))
    .map((args) => stands(...args)),
  fc.tuple(person, person, fc.boolean()).map((args) => decided(...args)),
  fc
    .tuple(person, fc.option(fc.constantFrom(...families)), fc.subarray(["pet", "care"]))
    .map(([one, household, needs]) => ({
      type: "shelter.person-described",
      person: one,
      household,
      needs,
    })),
  fc.tuple(person, fc.boolean()).map(([one, isProtected]) => ({
    type: "shelter.protection-set",
    person: one,
    protected: isProtected,
  })),
  fc.tuple(boxId, fc.integer({ min: 1, max: 6 })).map(([device, sequence]) => ({
    type: "shelter.sighting-settled",
    sighting: { device, sequence },
    finding: "nobody",
  })),
);
const told = fc.record({
  device: fc.constantFrom("box-1", "box-2", "desk-a", "desk-b"),
  at: fc.nat(50),
  body,
});
const numbered = (all: readonly Told[]) => {
  const counts = new Map<string, number>();
  return all.map((one) => {
    const sequence = (counts.get(one.device) ?? 0) + 1;
    counts.set(one.device, sequence);
    return { ...one, sequence };
  });
};

test("in whatever order the events arrive, and however often one looks meanwhile, the list is the same", () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (all, keys) => {
      const events = numbered(all);
      const shuffled = events
        .map((one) => ({ one, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const live = shelterCheckIn();
      const state = live.empty();
      let shown = live.show(state);
      for (const [i, { device, at, body, sequence }] of shuffled.entries()) {
        const made = { v: 1, device, sequence, previous: digest, at, clock: "synced", body };
        live.apply(state, { index: i + 1, event: eventSchema.parse(made), refusal: null });
        shown = live.show(state);
      }
      expect(JSON.stringify(shown)).toBe(JSON.stringify(shownAfter(events)));
    }),
    { numRuns: 300 },
  );
});

test("a person is in one shelter at a time, and the shelters' counts add up to the city's", () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 40 }), (all) => {
      const { present, shelters: summaries, left } = shownAfter(numbered(all));
      const entries = [...present, ...left].flatMap((one) => one.entries);
      expect(new Set(entries).size).toBe(entries.length);
      const counted = summaries.reduce((sum, one) => sum + one.present + one.expected, 0);
      expect(counted + present.filter(({ shelter: at }) => at === null).length).toBe(
        present.length,
      );
    }),
    { numRuns: 300 },
  );
});

test("whoever ever arrived is on the list or has left: by a word on that very shelter", () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 40 }), (all) => {
      const { present, left } = shownAfter(numbered(all));
      const arrived = all.flatMap(({ body: said }) => {
        const one = said as EventBody;
        return one.type === "shelter.checked-in" ? [one.person] : [];
      });
      const kept = new Set([...present, ...left].flatMap((one) => one.entries));
      for (const one of arrived) expect(kept).toContain(one);
      for (const { entries, shelter: from, reason } of left) {
        if (reason === "exit") continue;
        const isSaid = all.some(({ body: said }) => {
          const one = said as EventBody;
          const isOut = one.type === "shelter.checked-out" && one.shelter === from;
          return isOut && entries.includes(one.person);
        });
        expect(isSaid).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("each merge of two people who are both present makes the city's count one less, and no more", () => {
  const arrivals = fc
    .uniqueArray(person, { minLength: 2 })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 6 })),
    );
  fc.assert(
    fc.property(arrivals, ([all, pairs]) => {
      const came = all.map((one, i) => desk(i, into(one, shelters[i % 3] as string)));
      const same = pairs.map(([a, b], i) => {
        const one = all[a % all.length] as Pseudonym;
        return desk(50 + i, decided(one, all[b % all.length] as Pseudonym, true));
      });
      const groups = new Map(all.map((one) => [one, one]));
      for (const { body: said } of same) {
        const [one, other] = (said as { persons: [Pseudonym, Pseudonym] }).persons;
        const [into2, from] = [groups.get(one), groups.get(other)];
        for (const [key, group] of groups) if (group === from) groups.set(key, into2 as Pseudonym);
      }
      expect(shownAfter([...came, ...same]).present).toHaveLength(new Set(groups.values()).size);
    }),
  );
});

test("ten thousand people are listed once each, and a look again folds nothing anew", () => {
  const view = shelterCheckIn();
  const state = view.empty();
  const nameOf = (i: number) => `${i}`.padStart(22, "0") as Pseudonym;
  for (let i = 0; i < 10_000; i++) {
    const event = {
      ...{ v: 1, device: "gateway-desk", sequence: i + 1, previous: digest, clock: "synced" },
      ...{ at: i as WallMs, body: into(nameOf(i), shelters[i % 3] as string) },
    };
    view.apply(state, { index: i + 1, event: event as never, refusal: null });
  }
  const first = view.show(state);
  expect(first.present).toHaveLength(10_000);
  expect(view.show(state)).toBe(first);
});
