import { expect, test } from "vitest";
import { recompress } from "#device/evaluate/attacks-codec.ts";
import { type SheetPose, sheetPlaces } from "#device/evaluate/attacks-sheet.ts";
import { makeFace } from "../support/made-faces.ts";

const flat: SheetPose = {
  ...{ yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0, x: 0, y: 0, scale: 2, curvature: 0 },
};

test("a sheet that faces the camera is scaled and nothing else", () => {
  const place = sheetPlaces(flat, 320);
  expect(place(0, 0)).toEqual([0, 0]);
  const [u, v] = place(40, -20);
  expect(u).toBeCloseTo(20, 9);
  expect(v).toBeCloseTo(-10, 9);
});

test("the far side of a turned sheet is seen smaller than the near side", () => {
  const place = sheetPlaces({ ...flat, yawDegrees: 30 }, 320);
  const [left, right] = [place(-60, 0)[0], place(60, 0)[0]];
  expect(Math.abs(Math.abs(left) - Math.abs(right))).toBeGreaterThan(5);
  // Both are squeezed: a pixel of the frame covers more of the sheet than from the front.
  expect(right - left).toBeGreaterThan(60 / Math.cos(Math.PI / 6));
});

test("a bent sheet shows more of itself towards its sides, and its middle stays", () => {
  const place = sheetPlaces({ ...flat, curvature: 1 / 60 }, 320);
  expect(place(0, 0)[0]).toBeCloseTo(0, 9);
  const [middle, side] = [place(10, 0)[0], place(70, 0)[0] - place(60, 0)[0]];
  expect(middle).toBeCloseTo(5, 0);
  expect(side).toBeGreaterThan(1.1 * middle);
});

test("a block codec loses little at high quality and much at low", () => {
  const original = makeFace(3, { side: 128 });
  const lossAt = (quality: number) => {
    const image = { ...original, data: new Uint8Array(original.data) };
    recompress(image, quality);
    return (
      image.data.reduce((sum, value, i) => sum + Math.abs(value - original.data[i]!), 0) /
      image.data.length
    );
  };
  expect(lossAt(98)).toBeLessThan(1);
  expect(lossAt(30)).toBeGreaterThan(2 * lossAt(98));
  expect(lossAt(5)).toBeGreaterThan(lossAt(30));
});
