import { afterAll, beforeAll, expect, test } from "vitest";
import { coveringOf } from "#device/enrolment/covering.ts";
import { withGlasses, withMask } from "#device/evaluate/paint-coverings.ts";
import { createVision, type Observation, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { systemClock } from "#runtime/clock.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople } from "#test/support/made-images.ts";

let vision: Vision;
beforeAll(async () => {
  vision = await createVision(() => systemClock.monotonic());
});
afterAll(async () => await vision?.[Symbol.asyncDispose]());

async function seen(image: RgbImage): Promise<Observation> {
  const { faces } = await vision.detect(image);
  return faces[0]!;
}

test.each(madePeople.slice(0, 4))(
  "person %i: bare, in a mask, behind dark glasses",
  async (seed) => {
    const image = makeFace(seed, { side: 320 });
    const face = await seen(image);
    expect(coveringOf(image, face.landmarks)).toBeUndefined();
    const dim = makeFace(seed, { side: 320, brightness: 0.5, light: 0.6 });
    expect(coveringOf(dim, (await seen(dim)).landmarks), "in half the light").toBeUndefined();
    const dark = withGlasses(image, face.landmarks, "black", seed);
    expect(coveringOf(dark, face.landmarks)).toBe("eyes");
    for (const cloth of ["white", "blue", "black", "grey"] as const) {
      const masked = withMask(image, face.landmarks, cloth, seed);
      expect(coveringOf(masked, face.landmarks), cloth).toBe("mouth");
    }
  },
);

test("a face in a mask and behind dark glasses, which the mesh doubts, is found", async () => {
  const image = makeFace(0, { side: 320 });
  const face = await seen(image);
  const masked = withMask(image, face.landmarks, "white", 0);
  const hidden = await seen(withGlasses(masked, face.landmarks, "black", 0));
  expect(hidden.landmarks.presence).toBeLessThan(0.3);
});
