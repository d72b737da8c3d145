import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVisionThread } from "#device/vision/open-vision-thread.ts";
import { SharedPictures } from "#device/vision/shared-pictures.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople, plainImage } from "#test/support/made-images.ts";

const [first, second] = madePeople.map((seed) => makeFace(seed, { side: 320 }));
let here: Vision;
let there: Vision;

beforeAll(async () => {
  here = await createVision(() => performance.now());
  there = await openVisionThread();
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

test("a thread sees and describes what the calling thread would", async () => {
  expect(there).toMatchObject({ model: here.model, dimensions: here.dimensions });
  expect(there.calibration).toEqual(here.calibration);
  const [a] = (await here.detect(first!)).faces;
  const [b] = (await there.detect(first!)).faces;
  expect(b).toEqual(a);
  expect(await there.describe(first!, b!)).toEqual(await here.describe(first!, a!));
  expect(await there.describe(first!, b!, 1)).toEqual(await here.describe(first!, a!, 1));
  expect(await there.scoreSpoof(first!, b!)).toEqual(await here.scoreSpoof(first!, a!));
});

test("two who ask at once are not mixed up, and a picture whose pixels changed is looked at anew", async () => {
  const [a, b] = await Promise.all([there.detect(first!), there.detect(second!)]);
  const templates = await Promise.all([
    there.describe(first!, a.faces[0]!),
    there.describe(second!, b.faces[0]!),
  ]);
  expect(templates[0]).toEqual(await here.describe(first!, a.faces[0]!));
  expect(templates[1]).toEqual(await here.describe(second!, b.faces[0]!));
  const reused = plainImage(320, 320, 90);
  expect((await there.detect(reused)).faces).toEqual([]);
  reused.data.set(first!.data);
  expect((await there.detect(reused)).faces).toEqual(a.faces);
});

test("a face is followed into the next frame without the detector, and lost when it is gone", async () => {
  const next = makeFace(madePeople[0], { side: 320, x: 0.52, grain: 2 });
  const { faces } = await there.detect(first!);
  const followed = await there.follow(next, faces);
  const [detected] = (await there.detect(next)).faces;
  expect(followed.faces).toHaveLength(1);
  const [was, is] = [detected!.box, followed.faces[0]!.box];
  expect(Math.abs(is.x - was.x) / was.width).toBeLessThan(0.15);
  expect(Math.abs(is.width / was.width - 1)).toBeLessThan(0.15);
  expect((await there.follow(plainImage(320, 320, 90), faces)).faces).toEqual([]);
  expect((await there.follow(next, [])).faces).toEqual([]);
});

test("while the networks run, everybody else is answered", async () => {
  const turnsDuring = async (task: () => Promise<unknown>) => {
    let [turns, isDone] = [0, false];
    const counting = (async () => {
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
    })();
    await task();
    isDone = true;
    await counting;
    return turns;
  };
  const [blocked, free] = [
    await turnsDuring(() => here.detect(first!)),
    await turnsDuring(() => there.detect(first!)),
  ];
  expect(free).toBeGreaterThan(3 * blocked);
});

test("what goes wrong in the thread has the code that it has here", async () => {
  const options = {
    detector: "nobody-added-this",
    customDir: mkdtempSync(join(tmpdir(), "none-")),
  };
  expect(await rejectedWith(openVisionThread(options))).toBe(
    await rejectedWith(createVision(() => 0, options)),
  );
  const closed = await openVisionThread();
  await closed[Symbol.asyncDispose]();
  expect(await rejectedWith(closed.detect(first!))).toBe("STOPPED");
});

test("pictures share buffers, and none is filled while it is read", () => {
  const slots: number[] = [];
  const pictures = new SharedPictures((slot) => slots.push(slot));
  const images = Array.from({ length: 4 }, (_, i) => plainImage(4, 4, i));
  const [a, b] = [pictures.take(images[0]!, true), pictures.take(images[1]!, true)];
  expect(pictures.take(images[0]!, false).slot).toBe(a.slot);
  expect(pictures.take(images[2]!, true).slot).toBe(2);
  pictures.release(b);
  expect(pictures.take(images[3]!, true).slot).toBe(b.slot);
  expect(slots).toEqual([0, 1, 2]);
});
