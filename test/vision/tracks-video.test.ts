import { afterAll, beforeAll, expect, test } from "vitest";
import { middleFace } from "#device/evaluate/face-set.ts";
import { trackScripts } from "#device/evaluate/track-scripts.ts";
import { makeTrackVideo, type Portrait } from "#device/evaluate/track-video.ts";
import { evaluateTracks } from "#device/evaluate/tracks.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople, plainImage } from "#test/support/made-images.ts";

let vision: Vision;
let cast: readonly (readonly Portrait[])[];
const backdrop = plainImage(960, 540, 120);

beforeAll(async () => {
  vision = await createVision(() => performance.now());
  const portrait = async (seed: number, view: object): Promise<Portrait> => {
    const image = makeFace(seed, { side: 240, ...view });
    const face = middleFace((await vision.detect(image)).faces, image)!;
    return { image, eyes: eyeCentres(face.landmarks) };
  };
  cast = await Promise.all(
    madePeople.map(async (seed) => [
      await portrait(seed, {}),
      await portrait(seed, { yawDegrees: 6, light: 0.2, grain: 3 }),
    ]),
  );
});
afterAll(async () => await vision[Symbol.asyncDispose]());

test("the same seed makes the same video, and nobody is said to be where a nearer one stands", () => {
  const [crossing] = trackScripts;
  const play = () => [...makeTrackVideo(crossing!, cast.slice(0, 2), backdrop, 7)];
  const video = play();
  expect(play()[20]).toEqual(video[20]);
  expect(video[0]!.truth).toHaveLength(2);
  expect(Math.min(...video.map(({ truth }) => truth.length))).toBe(1);
});

test("in made videos every person is one decision, and no track changes its person", async () => {
  const wanted = ["crossing", "queue", "returning", "leaving"];
  const scripts = trackScripts.filter(({ name }) => wanted.includes(name));
  const ports = { vision, onProgress: () => {}, signal: new AbortController().signal };
  const { all, byPlaceAlone } = await evaluateTracks(cast, () => backdrop, 1, ports, scripts);
  expect(all).toMatchObject({ people: 8, decidedOnce: 8, decidedAgain: 0, identitySwitches: 0 });
  expect(all.facesFound / all.facesVisible).toBeGreaterThan(0.95);
  // The truth can tell a worse tracker from a better one.
  expect(byPlaceAlone.identitySwitches).toBeGreaterThan(all.identitySwitches);
});
