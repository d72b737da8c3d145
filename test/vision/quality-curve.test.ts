import { afterAll, beforeAll, expect, test } from "vitest";
import type { FaceSet } from "#device/evaluate/face-set.ts";
import { type Measures, steadinessOf } from "#device/evaluate/measures.ts";
import { pseudoRandom } from "#device/evaluate/pseudo-random.ts";
import { evaluateQuality } from "#device/evaluate/quality-curve.ts";
import type { Pair } from "#device/evaluate/verification.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople } from "#test/support/made-images.ts";

const dimensions = 24;
const people = 120;

/** Two photographs a person. How far a template is off is what `sharpness` says; `exposure` says nothing. */
function madeSet() {
  const next = pseudoRandom(9);
  const gauss = () => next() + next() + next() + next() - 2;
  const templates = new Float32Array(people * 2 * dimensions);
  const measures: Measures[] = [];
  const names: string[] = [];
  for (let person = 0; person < people; person++) {
    const centre = Array.from({ length: dimensions }, gauss);
    for (let i = 0; i < 2; i++) {
      const row = names.length;
      const blur = next() < 0.2 ? 1.5 : 0.1;
      const template = templates.subarray(row * dimensions, (row + 1) * dimensions);
      template.set(centre.map((value) => value + blur * gauss()));
      const length = Math.hypot(...template);
      for (let k = 0; k < dimensions; k++) template[k]! /= length;
      names.push(`${person}/${i}.jpg`);
      measures.push({
        ...{ overall: 0.5, steadiness: 1 / (1 + blur), eyeDistancePx: 60, sharpness: 1 / blur },
        ...{ exposure: next(), facingAcross: 0, facingDown: 0, upright: 0 },
        ...{ presence: 1, detectorScore: 0.9 },
      });
    }
  }
  const owners = names.map((name) => name.split("/")[0]!);
  const set: FaceSet = {
    ...{ names, people: owners, dimensions, templates, missed: [] },
    ...{ model: "made", secondsPerFace: 0 },
  };
  return { set, measures };
}

const pairs: readonly Pair[] = Array.from({ length: people }, (_, person) => {
  return { left: `${person}/0.jpg`, right: `${person}/1.jpg`, same: true, fold: 0 };
});

test("a measure that knows which photographs are bad is told from one that does not", () => {
  const { set, measures } = madeSet();
  const report = evaluateQuality(set, measures, pairs, 1e-2);
  const { sharpness, exposure, overall } = report.measures;
  expect(report.missedPairs).toBeGreaterThan(5);
  expect(sharpness!.auc).toBeGreaterThan(0.8);
  expect(Math.abs(exposure!.auc - 0.5)).toBeLessThan(0.2);
  // Where all are equal, nothing is said.
  expect(overall!.auc).toBe(0.5);
});

test("turning away what is known to be bad lowers the misses, down to what is ideal at best", () => {
  const { set, measures } = madeSet();
  const { curve, ideal } = evaluateQuality(set, measures, pairs, 1e-2);
  const misses = curve.map(({ fnmr }) => fnmr.value);
  expect(misses.at(-1)).toBeLessThan(misses[0]! / 2);
  for (const [i, point] of ideal.entries()) {
    expect(misses[i]).toBeGreaterThanOrEqual(point.fnmr - 0.01);
  }
});

test("photographs without measures are left out of the curve", () => {
  const { set, measures } = madeSet();
  const some = measures.map((one, row) => (row < 2 ? undefined : one));
  expect(evaluateQuality(set, some, pairs).genuinePairs).toBe(people - 1);
});

let vision: Vision;
beforeAll(async () => {
  vision = await createVision(() => performance.now());
});
afterAll(async () => await vision[Symbol.asyncDispose]());

async function look(view: Parameters<typeof makeFace>[1]) {
  const image = makeFace(madePeople[0], { side: 320, ...view });
  const [face] = (await vision.detect(image)).faces;
  return { image, face: face! };
}

test("a face that is turned, nods or is far away counts less, and steadiness is a share", async () => {
  const { image, face } = await look({});
  const turned = await look({ yawDegrees: 25 });
  const small = await look({ size: 0.08 });
  expect(turned.face.quality.overall).toBeLessThan(face.quality.overall);
  expect(small.face.quality.overall).toBeLessThan(face.quality.overall);
  const steadiness = await steadinessOf(vision, image, face);
  expect(steadiness).toBeGreaterThan(0.95);
  expect(steadiness).toBeLessThan(1);
});
