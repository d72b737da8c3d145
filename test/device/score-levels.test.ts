import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { scoreRule } from "#device/gallery/score-levels.ts";
import { heldProbe } from "#device/match/held-probe.ts";
import { systemClock } from "#runtime/clock.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

const dimensions = 16;
let folder: string;
let store: GalleryStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-scores-"));
  store = new GalleryStore({
    ...{ path: join(folder, "gallery.db"), key: Buffer.alloc(32, 7), model: "m", dimensions },
    wall: () => systemClock.wall(),
  });
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const face = (seed: number) => gaussianUnit(randomFrom(seed), dimensions);
const enrol = (name: string, replace = false): PersonId =>
  store.enrol({ name, templates: [face(name.length)], replace });

/** Visits whose promise is so many powers of ten, give or take. */
function visits(person: PersonId, count: number, promise: (visit: number) => number, seed = 1) {
  const random = randomFrom(seed);
  store.transaction(() => {
    for (let visit = 0; visit < count; visit++) {
      const noise = (random() + random() + random() - 1.5) * 0.8;
      store.scores.note(person, 10 ** -Math.max(0, promise(visit) + noise));
    }
  });
}
const fallen = () => store.scores.fallen.map(({ person }) => person);

test("whoever stays as they are is never asked, in two years of school days", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 1.5, max: 5, noNaN: true }), (seed, usual) => {
      const person = enrol("steady", true);
      visits(person, 400, () => usual, seed);
      return !fallen().includes(person);
    }),
    { numRuns: 25 },
  );
});

test("a child who grows is listed, and the one who has changed most comes first", () => {
  const grows = enrol("grows");
  const less = enrol("grows a little less");
  const steady = enrol("steady all along");
  visits(grows, 400, (visit) => 4 - visit / 150);
  visits(less, 400, (visit) => 4 - visit / 250, 2);
  visits(steady, 400, () => 4, 3);
  expect(fallen()).toEqual([grows, less]);
});

test("a bad week, or a new person's first days, are no reason", () => {
  const person = enrol("had a cold");
  visits(person, 200, (visit) => (visit > 194 ? 1 : 4));
  const newcomer = enrol("came last week");
  visits(newcomer, scoreRule.visitsMin - 1, (visit) => (visit < 5 ? 4 : 1));
  expect(fallen()).toEqual([]);
});

test("enrolled anew, everything begins anew; removed, everything is gone", () => {
  const person = enrol("grows");
  visits(person, 400, (visit) => 4 - visit / 100);
  expect(fallen()).toEqual([person]);
  enrol("grows", true);
  expect(fallen()).toEqual([]);
  visits(person, 400, (visit) => 4 - visit / 100);
  store.remove(person);
  expect(fallen()).toEqual([]);
  // Somebody who was removed meanwhile is not kept by a late score.
  store.scores.note(person, 0.001);
  expect(fallen()).toEqual([]);
});

test("what a card has proved counts, however little the face resembles, and the probe is wiped", () => {
  const notes: { person: PersonId; rate: number }[] = [];
  const calibration = [
    { threshold: 0, falseMatchRate: 1 },
    { threshold: 0.9, falseMatchRate: 0.0001 },
  ];
  const person = enrol("asked for a card");
  const [template] = store.templatesOf(person);
  const probe = heldProbe(template!, {
    calibration,
    templatesOf: (one) => store.templatesOf(one),
    note: (one, rate) => notes.push({ person: one, rate }),
  });
  probe.proved(person);
  probe.proved("nobody" as PersonId);
  expect(notes).toEqual([{ person, rate: 0.0001 }]);
  probe.wipe();
  probe.proved(person);
  expect(notes.at(-1)?.rate).toBe(1);
});

test("nothing that is kept of it could be a template or a picture", () => {
  const person = enrol("steady");
  visits(person, 20, () => 3);
  store.scrub();
  const bytes = readFileSync(join(folder, "gallery.db"));
  const [template] = store.templatesOf(person);
  expect(bytes.includes(Buffer.from(template!.buffer))).toBe(false);
});
