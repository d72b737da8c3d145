import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyScene } from "#device/evaluate/empty-scene.ts";
import { middleFace } from "#device/evaluate/face-set.ts";
import { pasteFace, sceneFrom } from "#device/evaluate/paste.ts";
import { readImage } from "#device/source/read-image.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import { systemClock } from "#runtime/clock.ts";
import { needsShared, sharedPath } from "../support/shared.ts";

const images = sharedPath("faces/lfw/images");
const scenes = sharedPath("faces/scenes");

const photographs = [
  "Abel_Pacheco/Abel_Pacheco_0001.jpg",
  "Abel_Pacheco/Abel_Pacheco_0004.jpg",
  "Akhmed_Zakayev/Akhmed_Zakayev_0001.jpg",
];

describe.skipIf(!images || !scenes)(needsShared("the face engine", "faces"), () => {
  let vision: Vision;
  let read: readonly RgbImage[];
  let backdrop: RgbImage;

  beforeAll(async () => {
    vision = await createVision(() => systemClock.monotonic(), { eyeDistancePxMin: 11 });
    read = await Promise.all(photographs.map((name) => readImage(join(images!, name))));
    backdrop = await readImage(join(scenes!, "background.jpg"));
  }, 60_000);

  afterAll(async () => {
    await vision[Symbol.asyncDispose]();
  });

  async function faceOf(image: RgbImage) {
    return middleFace((await vision.detect(image)).faces, image)!;
  }

  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);

  test("two photographs of one person are closer than those of two, even when asked for at once", async () => {
    const [a, b, c] = await Promise.all(
      read.map(async (image) => vision.describe(image, await faceOf(image))),
    );
    expect(Math.hypot(...a!)).toBeCloseTo(1, 5);
    expect(cosine(a!, b!)).toBeGreaterThan(cosine(a!, c!));
  });

  test("four frames that take turns give the template of a still picture", async () => {
    const image = read[0]!;
    const face = await faceOf(image);
    const whole = await vision.describe(image, face);
    const sum = new Float32Array(vision.dimensions);
    for (const turn of [0, 1, 2, 3]) {
      const part = await vision.describe(image, face, turn);
      for (const [i, value] of part.entries()) sum[i]! += value / 4;
    }
    expect(cosine(whole, sum) / Math.hypot(...sum)).toBeGreaterThan(0.999);
  });

  test("a scene without a face has none", async () => {
    for (let seed = 0; seed < 5; seed++) {
      expect((await vision.detect(sceneFrom(backdrop, seed))).faces).toEqual([]);
    }
  });

  test("a large patch in the colour of skin, of which the detector is sure, is no face", async () => {
    for (const seed of [100_101, 100_411, 100_706, 100_725]) {
      expect((await vision.detect(emptyScene(seed))).faces, String(seed)).toEqual([]);
    }
  });

  test("a face with 15 pixels between the eyes is found in 1280×720, where it is", async () => {
    for (const [index, image] of read.entries()) {
      const scene = sceneFrom(backdrop, index);
      const centre = pasteFace(
        scene,
        image,
        eyeCentres((await faceOf(image)).landmarks),
        15,
        index,
      );
      const places = (await vision.detect(scene)).faces.map((face) => {
        const [left, right] = eyeCentres(face.landmarks);
        return Math.hypot((left.x + right.x) / 2 - centre.x, (left.y + right.y) / 2 - centre.y);
      });
      expect(Math.min(...places)).toBeLessThan(6);
    }
  });

  test("a still picture's spoof scores are shares, and nothing more is claimed of them", async () => {
    const { real, live } = await vision.scoreSpoof(read[0]!, await faceOf(read[0]!));
    for (const value of [real, live]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });
});
