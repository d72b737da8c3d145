import fc from "fast-check";
import { expect, test } from "vitest";
import { warpToTensor } from "#models/kernel/sample.ts";
import { tilesOf } from "#models/tiles.ts";
import { applyAffine, cropAround, fitSimilarity, mirrored } from "#models/warp.ts";

const plain = { mean: [0, 0, 0], scale: 1 } as const;
const width = 37;
const height = 23;
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7_919) % 251);
const image = { width, height, data };

/** Bilinear interpolation with black outside, written the slow and plain way. */
function sample(x: number, y: number, channel: number): number {
  let sum = 0;
  for (const px of [Math.floor(x), Math.floor(x) + 1]) {
    for (const py of [Math.floor(y), Math.floor(y) + 1]) {
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const weight = (1 - Math.abs(x - px)) * (1 - Math.abs(y - py));
      sum += weight * data[(py * width + px) * 3 + channel]!;
    }
  }
  return sum;
}

test("a warp gives what plain bilinear interpolation gives, inside, across and outside the border", () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const side = 16;
  fc.assert(
    fc.property(
      number(-30, 60),
      number(-30, 50),
      number(1, 80),
      number(-4, 4),
      (x, y, size, turn) => {
        const affine = cropAround({ x, y }, size, turn, side);
        const out = new Float32Array(3 * side * side);
        warpToTensor(image, affine, side, plain, out);
        for (let v = 0; v < side; v++) {
          for (let u = 0; u < side; u++) {
            const at = applyAffine(affine, u, v);
            for (let c = 0; c < 3; c++) {
              expect(out[c * side * side + v * side + u]).toBeCloseTo(sample(at.x, at.y, c), 1);
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("the network's mean and scale are applied, outside the picture too", () => {
  const out = new Float32Array(3 * 4);
  const outside = { a: 1, b: 0, tx: -500, c: 0, d: 1, ty: 0 };
  warpToTensor(image, outside, 2, { mean: [10, 20, 30], scale: 0.5 }, out);
  expect([...out]).toEqual([-5, -5, -5, -5, -10, -10, -10, -10, -15, -15, -15, -15]);
});

test("a mirrored crop is the crop read from right to left", () => {
  const side = 9;
  const affine = cropAround({ x: 18, y: 11 }, 14, 0.3, side);
  const [a, b] = [new Float32Array(3 * side * side), new Float32Array(3 * side * side)];
  warpToTensor(image, affine, side, plain, a);
  warpToTensor(image, mirrored(affine, side), side, plain, b);
  for (let u = 0; u < side; u++)
    expect(b[3 * side + u]).toBeCloseTo(a[3 * side + side - 1 - u]!, 2);
});

test("a similarity is found again from the points that it moved", () => {
  const affine = cropAround({ x: 100, y: 50 }, 80, 0.4, 112);
  const from = [
    { x: 10, y: 20 },
    { x: 90, y: 25 },
    { x: 50, y: 100 },
  ];
  const found = fitSimilarity(
    from,
    from.map(({ x, y }) => applyAffine(affine, x, y)),
  );
  for (const key of ["a", "b", "tx", "c", "d", "ty"] as const) {
    expect(found[key]).toBeCloseTo(affine[key], 6);
  }
});

test("tiles cover every place of a picture, and overlap", () => {
  const tiles = tilesOf(1_280, 720, 470, 90).slice(1);
  for (let x = 0; x < 1_280; x += 10) {
    for (let y = 0; y < 720; y += 10) {
      const holds = tiles.some(
        (t) => x >= t.x && x < t.x + t.width && y >= t.y && y < t.y + t.height,
      );
      expect(holds).toBe(true);
    }
  }
  expect(tiles).toHaveLength(8);
  expect(tilesOf(640, 480, 640, 100)).toEqual([{ x: 0, y: -80, width: 640, height: 640 }]);
});
