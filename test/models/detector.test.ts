import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RgbImage } from "#models/image.ts";
import { type OpenedNetworks, openNetworks } from "#models/networks/open.ts";
import { makeFace } from "../support/made-faces.ts";
import { madePeople } from "../support/made-images.ts";

const faceSide = 240;
let networks: OpenedNetworks;
let face: RgbImage;

beforeAll(async () => {
  networks = await openNetworks();
  face = makeFace(madePeople[0]!, { side: faceSide });
});
afterAll(async () => {
  await networks[Symbol.asyncDispose]();
});

/** A grey frame with the made face at one place. */
function frameWith(width: number, height: number, left: number, top: number): RgbImage {
  const data = new Uint8Array(width * height * 3).fill(90);
  for (let row = 0; row < faceSide; row++) {
    const line = face.data.subarray(row * faceSide * 3, (row + 1) * faceSide * 3);
    data.set(line, ((top + row) * width + left) * 3);
  }
  return { width, height, data };
}

describe.each([
  { width: 640, height: 640 },
  { width: 640, height: 480 },
  { width: 640, height: 360 },
  { width: 360, height: 640 },
  { width: 640, height: 250 },
])("in a frame of $width×$height a face is found where it is", ({ width, height }) => {
  const [right, bottom] = [width - faceSide, height - faceSide];
  test.each([
    { name: "upper left", left: 0, top: 0 },
    { name: "middle", left: right >> 1, top: bottom >> 1 },
    { name: "lower right", left: right, top: bottom },
  ])("$name", async ({ left, top }) => {
    const found = await networks.finder.detect(frameWith(width, height, left, top));
    expect(found[0]!.score).toBeGreaterThan(0.6);
    const { box } = found[0]!;
    const [x, y] = [box.x + box.width / 2 - left, box.y + box.height / 2 - top];
    expect(Math.hypot(x - faceSide / 2, y - faceSide / 2)).toBeLessThan(faceSide / 8);
  });
});
