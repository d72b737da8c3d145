import fc from "fast-check";
import { expect, test } from "vitest";
import type { RgbImage } from "#models/image.ts";
import { openInput, plainInput } from "#models/kernel/network-input.ts";
import { openWarpRow } from "#models/kernel/warp-row.ts";
import { type Affine, cropAround, mirrored } from "#models/warp.ts";
import { randomFrom } from "../support/unit-vectors.ts";

/** In levels of 255: places are float32 in the kernel, and its weights have 14 bits. */
const levelsApartMax = 0.1;

function noise(width: number, height: number, seed: number): RgbImage {
  const random = randomFrom(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256));
  return { width, height, data };
}

/** The largest difference between the kernel and plain TypeScript, in levels of 255. */
function apart(image: RgbImage, affine: Affine, side: number, scale = 1, offset = 0): number {
  const tone = { mean: [122.8, 117, 104.3], scale } as const;
  const length = 3 * side * side + offset;
  const [fast, plain] = [openInput(length), plainInput(length)];
  for (const input of [fast, plain]) input.warp(image, affine, side, tone, offset);
  let largest = 0;
  for (let i = 0; i < length; i++) {
    largest = Math.max(largest, Math.abs(fast.values[i]! - plain.values[i]!));
  }
  return largest / scale;
}

test("this machine has the kernel, so that the facts below are about it", () => {
  expect(openWarpRow(1).memory.buffer.byteLength).toBe(65_536);
});

test("the kernel and plain TypeScript agree on every crop, whatever of it lies inside", () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const crop = fc.record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
    side: fc.integer({ min: 1, max: 33 }),
    x: number(-40, 130),
    y: number(-40, 130),
    size: number(0.5, 400),
    turn: fc.oneof(fc.constant(0), number(-4, 4)),
    isMirrored: fc.boolean(),
    scale: fc.constantFrom(1, 1 / 255, 1 / 127.5),
    offset: fc.nat(9),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(crop, ({ width, height, side, x, y, size, turn, isMirrored, ...rest }) => {
      const upright = cropAround({ x, y }, size, turn, side);
      const affine = isMirrored ? mirrored(upright, side) : upright;
      const image = noise(width, height, rest.seed);
      expect(apart(image, affine, side, rest.scale, rest.offset)).toBeLessThan(levelsApartMax);
    }),
    { numRuns: 150 },
  );
});

test.each([
  { name: "a whole frame made small, as a detector wants it", size: 1_280, turn: 0 },
  { name: "a whole frame, turned", size: 1_280, turn: 0.3 },
  { name: "a face", size: 180, turn: -0.2 },
])("they agree on a camera's frame: $name", ({ size, turn }) => {
  const affine = cropAround({ x: 640, y: 360 }, size, turn, 256);
  expect(apart(noise(1_280, 720, 1), affine, 256, 1 / 255)).toBeLessThan(levelsApartMax);
});

test("a picture that is too large for the kernel's memory is sampled all the same", () => {
  const affine = cropAround({ x: 1_000, y: 1_000 }, 1_900, 0.1, 16);
  expect(apart(noise(2_000, 2_000, 1), affine, 16)).toBe(0);
});

test("an input is used again and keeps nothing of the crop before", () => {
  const side = 16;
  const [used, fresh] = [openInput(3 * side * side), openInput(3 * side * side)];
  const affine = cropAround({ x: 20, y: 12 }, 60, 0.5, side);
  used.warp(noise(300, 200, 1), cropAround({ x: 150, y: 100 }, 90, 1, side), side, plainTone);
  for (const input of [used, fresh]) input.warp(noise(40, 30, 2), affine, side, plainTone);
  expect(used.values).toEqual(fresh.values);
});

const plainTone = { mean: [0, 0, 0], scale: 1 } as const;
