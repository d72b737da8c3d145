import { afterAll, beforeAll, expect, test } from "vitest";
import { createVision, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { type FaceView, makeFace } from "#test/support/made-faces.ts";
import { madePeople } from "#test/support/made-images.ts";

/** The rest of the suite leans on these faces; here is what it may rely on. */
let vision: Vision;
beforeAll(async () => {
  vision = await createVision(() => performance.now());
});
afterAll(async () => await vision[Symbol.asyncDispose]());

async function see(image: RgbImage) {
  const { faces } = await vision.detect(image);
  const [face] = faces;
  if (!face) return { count: 0, score: 0, reasons: [], template: new Float32Array() };
  const template = await vision.describe(image, face);
  return { count: faces.length, score: face.score, reasons: face.quality.reasons, template };
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

const moved: FaceView = { yawDegrees: 8, rollDegrees: 4, light: 0.3, size: 0.2, grain: 3 };

test("the same seed and view give the same picture", () => {
  expect(makeFace(4, { side: 64 })).toEqual(makeFace(4, { side: 64 }));
  expect(makeFace(4, { side: 64, grain: 1 })).not.toEqual(makeFace(4, { side: 64 }));
});

test("made people are found, usable, alike in two views, and unlike each other", async () => {
  const templates: Float32Array[] = [];
  for (const seed of madePeople) {
    const front = await see(makeFace(seed, { side: 320 }));
    const other = await see(makeFace(seed, { side: 320, ...moved }));
    for (const view of [front, other]) {
      expect(view).toMatchObject({ count: 1, reasons: [] });
      expect(view.score).toBeGreaterThan(0.6);
    }
    expect(cosine(front.template, other.template)).toBeGreaterThan(0.98);
    templates.push(front.template);
  }
  const pairs = templates.flatMap((a, i) => templates.slice(i + 1).map((b) => cosine(a, b)));
  // A hundredth of strangers reach 0.924, and every policy that ships admits only above that.
  expect(Math.max(...pairs)).toBeLessThan(0.92);
});
