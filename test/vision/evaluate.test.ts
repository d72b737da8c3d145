import { expect, test } from "vitest";
import { makeAttack } from "#device/evaluate/attacks.ts";
import { calibrate } from "#device/evaluate/calibrate.ts";
import { detPlot } from "#device/evaluate/det-plot.ts";
import type { FaceSet } from "#device/evaluate/face-set.ts";
import { evaluateIdentification } from "#device/evaluate/identification.ts";
import { pseudoRandom } from "#device/evaluate/pseudo-random.ts";
import { detCurves, evaluateVerification, parsePairs } from "#device/evaluate/verification.ts";

const dimensions = 16;

/** Made people: a random direction each, and photographs that lie around it. */
function madeSet(people: number, photographs: number, spread: number): FaceSet {
  const next = pseudoRandom(5);
  const gauss = () => next() + next() + next() + next() - 2;
  const names: string[] = [];
  const templates = new Float32Array(people * photographs * dimensions);
  for (let person = 0; person < people; person++) {
    const centre = Array.from({ length: dimensions }, gauss);
    for (let i = 0; i < photographs; i++) {
      const row = templates.subarray(names.length * dimensions, (names.length + 1) * dimensions);
      row.set(centre.map((value) => value + spread * gauss()));
      const length = Math.hypot(...row);
      for (let k = 0; k < dimensions; k++) row[k]! /= length;
      names.push(`person-${person}/${i}.jpg`);
    }
  }
  return {
    names,
    people: names.map((name) => name.split("/")[0]!),
    ...{ dimensions, templates, missed: [] },
    ...{ model: "made", secondsPerFace: 0 },
  };
}

const csv = (rows: readonly string[]) => `left,right,same,fold\n${rows.join("\n")}\n`;

test("photographs that lie close together are verified without an error", () => {
  const set = madeSet(60, 2, 0.02);
  const rows = Array.from({ length: 60 }, (_, i) => [
    `person-${i}/0.jpg,person-${i}/1.jpg,1,${i % 5}`,
    `person-${i}/0.jpg,person-${(i + 1) % 60}/1.jpg,0,${i % 5}`,
  ]).flat();
  const report = evaluateVerification(set, parsePairs(csv(rows), "pairs"));
  expect(report).toMatchObject({ pairs: 120, failedToDetect: 0, accuracy: 1, eer: 0 });
  expect(report.crossFmr.comparisons).toBe((120 * 118) / 2);
  expect(report.crossFmr.fnmr["1e-3"]).toBe(0);
});

test("a photograph without a face is a miss, not a pair left out", () => {
  const set = madeSet(30, 2, 0.02);
  const missed = { ...set, missed: ["person-0/1.jpg"] };
  const rows = Array.from({ length: 30 }, (_, i) => [
    `person-${i}/0.jpg,person-${i}/1.jpg,1,${i % 5}`,
    `person-${i}/0.jpg,person-${(i + 1) % 30}/1.jpg,0,${i % 5}`,
  ]).flat();
  const report = evaluateVerification(missed, parsePairs(csv(rows), "pairs"));
  expect(report.failedToDetect).toBe(1);
  expect(report.crossFmr.fnmr["1e-3"]).toBeCloseTo(1 / 30, 6);
});

test("both errors are traded against each other, and the plot says whose they are", () => {
  const set = madeSet(60, 2, 0.5);
  const rows = Array.from({ length: 60 }, (_, i) => `person-${i}/0.jpg,person-${i}/1.jpg,1,0`);
  const curves = detCurves(set, parsePairs(csv(rows), "pairs"));
  for (const { points } of curves) {
    const misses = points.map(({ fnmr }) => fnmr);
    expect(misses).toEqual(misses.toSorted((a, b) => b - a));
    expect(misses[0]).toBeGreaterThan(misses.at(-1) ?? 1);
  }
  const svg = detPlot("a < b & c", curves);
  expect(svg).toContain("a &#60; b &#38; c");
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).not.toContain("NaN");
});

test("those who are enrolled are found among strangers", () => {
  const report = evaluateIdentification(madeSet(40, 4, 0.02), { enrol: 3, peopleMax: 20 });
  expect(report).toMatchObject({ enrolled: 20, matedProbes: 20, strangerProbes: 80 });
  expect(report.cosineFnirAtFpir["1e-2"]?.value).toBe(0);
});

test("a calibration table rises, and leaves out rates that nothing supports", () => {
  const { table, comparisons } = calibrate(madeSet(50, 3, 0.4));
  expect(table.length).toBeGreaterThan(3);
  for (const [index, row] of table.entries()) {
    expect(row.falseMatchRate * comparisons).toBeGreaterThanOrEqual(20);
    expect(row.threshold).toBeGreaterThanOrEqual(table[index - 1]?.threshold ?? -1);
  }
});

test("calibrated as people are enrolled: photographs against the means of others, own ones left out", () => {
  const set = madeSet(50, 3, 0.4);
  const alone = { ...set, people: set.people.with(0, "alone"), missed: [set.names[149]!] };
  const { comparisons, enrolled } = calibrate(alone, 3);
  // Of 149 usable photographs 144 are of the 48 people who have three: those are not compared with their own.
  expect(enrolled).toEqual({ photographs: 3, people: 48 });
  expect(comparisons).toBe(149 * 48 - 144);
  expect(() => calibrate(set, 4)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("a lead's promise does not depend on how many people are searched, and holds on others", () => {
  const { leads } = calibrate(madeSet(900, 3, 0.4));
  expect(leads.sizes).toEqual([100, 300]);
  const rates = leads.table.map((row) => row.falsePositiveIdentificationRate);
  expect(rates).toEqual(rates.toSorted((a, b) => b - a));
  expect(rates).toContain(1e-3);
  expect(leads.check.map(({ people, promised }) => [people, promised])).toEqual([
    [100, 1e-2],
    [100, 1e-3],
  ]);
  for (const { promised, measured } of leads.check) {
    expect(measured.value).toBeLessThan(3 * promised);
  }
});

test.each([
  { text: "a,b\n1,2", why: "columns that are missing" },
  { text: "left,right,same\n", why: "no pairs" },
  { text: "left,right,same\na,b,yes", why: "an answer that is neither 0 nor 1" },
])("pairs are refused for $why", ({ text }) => {
  expect(() => parsePairs(text, "pairs")).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("an attack is made from the seed alone and differs by its type", () => {
  const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (i * 37) % 256);
  const photograph = { width: 40, height: 40, data };
  const print = makeAttack(photograph, "print", 1);
  expect(makeAttack(photograph, "print", 1)).toEqual(print);
  expect(makeAttack(photograph, "screen", 1)).not.toEqual(print);
  expect(print.data).not.toEqual(photograph.data);
});
