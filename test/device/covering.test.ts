import { afterAll, beforeAll, expect, test } from "vitest";
import { coveringOf } from "#device/enrolment/covering.ts";
import { createVision, type Observation, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { meshPoint } from "#models/networks/mesh.ts";
import { systemClock } from "#runtime/clock.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople } from "#test/support/made-images.ts";

let vision: Vision;
beforeAll(async () => {
  vision = await createVision(() => systemClock.monotonic());
}, 120_000);
afterAll(async () => await vision?.[Symbol.asyncDispose]());

/** Outlines on the face by the mesh's numbers. */
const maskOutline = [
  ...[93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377],
  ...[400, 378, 379, 365, 397, 288, 361, 323, 330, 5, 101],
];
const lensOutlines = [
  [46, 53, 52, 65, 55, 122, 231, 230, 229, 228, 31, 226],
  [276, 283, 282, 295, 285, 351, 451, 450, 449, 448, 261, 446],
];

async function seen(image: RgbImage): Promise<Observation> {
  const { faces } = await vision.detect(image);
  return faces[0]!;
}

/** The picture with the outlines filled, as cloth or a lens would. */
function painted(
  image: RgbImage,
  face: Observation,
  outlines: readonly (readonly number[])[],
  colour: readonly number[],
): RgbImage {
  const polygons = outlines.map((outline) =>
    outline.map((index) => meshPoint(face.landmarks, index)),
  );
  const data = Uint8Array.from(image.data);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      if (polygons.some((polygon) => holds(polygon, x, y))) {
        data.set(colour, (y * image.width + x) * 3);
      }
    }
  }
  return { ...image, data };
}

/** Even and odd crossings of a ray to the right. */
function holds(polygon: readonly { x: number; y: number }[], x: number, y: number): boolean {
  let isInside = false;
  polygon.forEach((a, i) => {
    const b = polygon.at(i - 1)!;
    const crosses = a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x;
    if (crosses) isInside = !isInside;
  });
  return isInside;
}

test.each(madePeople.slice(0, 4))(
  "person %i: bare, in a mask, behind dark glasses",
  async (seed) => {
    const image = makeFace(seed, { side: 480 });
    const face = await seen(image);
    expect(coveringOf(image, face.landmarks)).toBeUndefined();
    const dim = makeFace(seed, { side: 480, brightness: 0.5, light: 0.6 });
    expect(coveringOf(dim, (await seen(dim)).landmarks), "in half the light").toBeUndefined();
    const dark = painted(image, face, lensOutlines, [20, 18, 20]);
    expect(coveringOf(dark, face.landmarks)).toBe("eyes");
    for (const colour of [
      [225, 228, 230],
      [140, 180, 215],
      [25, 25, 28],
    ]) {
      const masked = painted(image, face, [maskOutline], colour);
      expect(coveringOf(masked, face.landmarks), colour.join()).toBe("mouth");
    }
  },
);

test("a face in a mask and behind dark glasses, which the mesh doubts, is found", async () => {
  const image = makeFace(0, { side: 480 });
  const face = await seen(image);
  const masked = painted(image, face, [maskOutline], [225, 228, 230]);
  const hidden = await seen(painted(masked, face, lensOutlines, [20, 18, 20]));
  expect(hidden.landmarks.presence).toBeLessThan(0.3);
});
