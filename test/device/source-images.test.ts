import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { limits } from "#contract/limits.ts";
import type { Frame } from "#device/source/frame-source.ts";
import { ImageSource } from "#device/source/images.ts";
import { readImage } from "#device/source/read-image.ts";
import { systemClock } from "#runtime/clock.ts";
import { plainImage, writeFace, writeImage } from "#test/support/made-images.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-images-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

function open(path = folder) {
  const events: Record<string, unknown>[] = [];
  const source = new ImageSource(path, {
    monotonic: () => systemClock.monotonic(),
    log: (event, fields) => events.push({ event, ...fields }),
  });
  return { source, events };
}

async function all(source: ImageSource, signal = new AbortController().signal): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of source.frames(signal)) frames.push(frame);
  return frames;
}

async function codeOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return errorCodeOf(error) ?? String(error);
  }
}

test("a folder gives its images and those of its folders, sorted, each a scene of its own", async () => {
  await writeImage(at("b.jpg"), plainImage(8, 8, 200));
  await writeImage(at("a/z.png"), plainImage(8, 8, 100));
  await writeImage(at("a/y.webp"), plainImage(8, 8, 50));
  writeFileSync(at("notes.txt"), "no image");
  symlinkSync(folder, at("a/round"));
  const { source } = open();
  const frames = await all(source);
  expect(frames.map(({ image }) => Math.round(image.data[0]! / 50))).toEqual([1, 2, 4]);
  expect(frames.map(({ index, scene }) => [index, scene])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  expect(source.state).toBe("ended");
});

test("files that cannot be used are logged and counted, and the rest goes on", async () => {
  await writeFace(at("1.png"), 1, { side: 64 });
  writeFileSync(at("2.jpg"), "this is no image");
  writeFileSync(at("3.jpg"), "");
  await writeFace(at("4.jpg"), 1, { side: 256 });
  truncateSync(at("4.jpg"), 4_000);
  mkdirSync(at("5.jpg"));
  await writeFace(at("6.png"), 1, { side: 64 });
  const { source, events } = open();
  expect(await all(source)).toHaveLength(2);
  expect(source.refusedCount).toBe(3);
  expect(events).toEqual(
    ["2.jpg", "3.jpg", "4.jpg"].map((name) => ({
      event: "source.image-refused",
      code: "IMAGE_UNREADABLE",
      path: at(name),
    })),
  );
});

test("an animation gives its first picture", async () => {
  const frames = [10, 200].map((level) => ({
    create: { width: 8, height: 8, channels: 3 as const, background: `rgb(${level},0,0)` },
  }));
  const pages = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()));
  await sharp(pages, { join: { animated: true } })
    .webp({ lossless: true })
    .toFile(at("a.webp"));
  const image = await readImage(at("a.webp"));
  expect([image.width, image.height, image.data[0]]).toEqual([8, 8, 10]);
});

test("EXIF orientation is applied; grey and transparent images become RGB", async () => {
  const red = { create: { width: 20, height: 10, channels: 3 as const, background: "#f00" } };
  await sharp(red).withMetadata({ orientation: 6 }).jpeg().toFile(at("turned.jpg"));
  expect(await readImage(at("turned.jpg"))).toMatchObject({ width: 10, height: 20 });
  await sharp(red).greyscale().toColourspace("b-w").png().toFile(at("grey.png"));
  expect((await readImage(at("grey.png"))).data).toHaveLength(600);
  const clear = { ...red.create, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } };
  await sharp({ create: clear }).png().toFile(at("clear.png"));
  expect((await readImage(at("clear.png"))).data).toHaveLength(600);
  await sharp(red).toColourspace("rgb16").png().toFile(at("deep.png"));
  expect([...(await readImage(at("deep.png"))).data.subarray(0, 3)]).toEqual([255, 0, 0]);
});

test.each([
  {
    name: "too many pixels a side",
    code: "IMAGE_TOO_LARGE",
    make: () => writeImage(at("x.png"), plainImage(limits.frameSidePxMax + 1, 2, 9)),
  },
  {
    name: "too many bytes",
    code: "IMAGE_TOO_LARGE",
    make: () => {
      writeFileSync(at("x.png"), "");
      truncateSync(at("x.png"), limits.imageFileBytesMax + 1);
    },
  },
  { name: "no image", code: "IMAGE_UNREADABLE", make: () => writeFileSync(at("x.png"), "none") },
])("a single image of $name is refused with $code", async ({ code, make }) => {
  await make();
  expect(await codeOf(() => readImage(at("x.png")))).toBe(code);
  expect(await codeOf(async () => await all(open(at("x.png")).source))).toBe(code);
});

test("an empty folder is SOURCE_EMPTY, a missing one SOURCE_NOT_FOUND", async () => {
  expect(await codeOf(() => open())).toBe("SOURCE_EMPTY");
  expect(await codeOf(() => open(at("nowhere")))).toBe("SOURCE_NOT_FOUND");
  expect(await codeOf(() => readImage(at("nowhere.jpg")))).toBe("SOURCE_NOT_FOUND");
});

test("a signal stops between images, and a file that vanishes is refused like any other", async () => {
  for (const name of ["1.png", "2.png", "3.png"]) await writeImage(at(name), plainImage(4, 4, 7));
  const stop = new AbortController();
  const { source } = open();
  let count = 0;
  for await (const _ of source.frames(stop.signal)) {
    count += 1;
    stop.abort();
  }
  expect(count).toBe(1);
  const { source: second } = open();
  rmSync(at("2.png"));
  expect(await all(second)).toHaveLength(2);
  expect(second.refusedCount).toBe(1);
});
