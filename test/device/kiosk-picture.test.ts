import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { packPicture } from "#device/kiosk/picture.ts";
import type { Frame } from "#device/source/frame-source.ts";
import type { RgbImage } from "#models/image.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { visitKiosk } from "#test/support/kiosk-visit.ts";
import { plainImage } from "#test/support/made-images.ts";

const runs = hasChromium();
let browser: Browser | undefined;
beforeAll(async () => {
  if (runs) browser = await launchChromium({ camera: "absent" });
});
afterAll(async () => await browser?.close());

const frameOf = (image: RgbImage): Frame => {
  const capturedAt = 0 as MonotonicMs;
  return { image, capturedAt, index: 0, decodeMs: 0, scene: 0 };
};
/** Red on the left, blue on the right, as a camera sees it. */
function twoSides(width: number, height: number): RgbImage {
  const image = plainImage(width, height, 0);
  for (let i = 0; i < width * height; i++)
    image.data[3 * i + (i % width < width / 2 ? 0 : 2)] = 255;
  return image;
}

test.each([
  { width: 640, height: 480, packed: [640, 480] },
  { width: 1_280, height: 720, packed: [640, 360] },
  { width: 1_921, height: 3, packed: [481, 1] },
  { width: 1, height: 1, packed: [1, 1] },
])("$width × $height pixels become $packed, each of them one of the frame's", (sizes) => {
  const { width, height, packed } = sizes;
  const image = plainImage(width, height, 0);
  for (let i = 0; i < width * height; i++) image.data.set([i % width, i / width, 7], 3 * i);
  const bytes = packPicture(image);
  const head = new DataView(bytes.buffer);
  expect([bytes[0], head.getUint16(2), head.getUint16(4)]).toEqual([0x46, ...packed]);
  expect(bytes.length).toBe(6 + packed[0]! * packed[1]! * 3);
  expect([...bytes.subarray(6, 9)]).toEqual([0, 0, 7]);
  const step = Math.ceil(Math.max(width, height) / 640);
  const last = [((packed[0]! - 1) * step) % 256, ((packed[1]! - 1) * step) % 256, 7];
  expect([...bytes.subarray(-3)]).toEqual(last);
  image.data.fill(99);
  expect([...bytes.subarray(6, 9)], "a copy").toEqual([0, 0, 7]);
});

test.skipIf(!runs)(
  needsChromium("the box's camera is shown as a mirror, and the next picture waits for the last"),
  async () => {
    const scene = { state: "idle", status: { camera: "box" } } as const;
    await using visit = await visitKiosk(browser!, scene, "lang=en&sound=off");
    const { kiosk, page, troubles } = visit;
    const frame = frameOf(twoSides(64, 48));
    const size = () =>
      page.evaluate(
        `(({ hidden, width, height }) => [hidden, width, height])(document.getElementById("picture"))`,
      );
    const show = async () => {
      kiosk.link.faces([], frame);
      return await size();
    };
    await expect.poll(show).toEqual([false, 64, 48]);
    const shot = await page.locator("#picture").screenshot();
    const { default: sharp } = await import("sharp");
    const { data, info } = await sharp(shot)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (share: number) => {
      const i = (Math.floor(info.height / 2) * info.width + Math.floor(share * info.width)) * 3;
      return [data[i]! > 150, data[i + 2]! > 150];
    };
    expect([at(0.25), at(0.75)]).toEqual([
      [false, true],
      [true, false],
    ]);

    // One is asked for after each that was drawn: of a burst, the page gets one and the rest is counted.
    const before = kiosk.link.picturesSkipped;
    for (let i = 0; i < 10; i++) kiosk.link.faces([], frame);
    expect(kiosk.link.picturesSkipped - before).toBeGreaterThanOrEqual(9);
    await expect.poll(show).toEqual([false, 64, 48]);
    expect(kiosk.frames, "the page has sent no picture of its own").toEqual([]);
    expect(await page.getAttribute("body", "data-state")).toBe("idle");
    expect(troubles).toEqual([]);
  },
);
