import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { dot } from "#device/gallery/index/rank.ts";
import { createRotation } from "#device/gallery/rotation.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

const seed = (value: number) => new Uint8Array(32).fill(value);

test.each([{ dimensions: 1 }, { dimensions: 2 }, { dimensions: 128 }, { dimensions: 512 }])(
  "similarities stay what they were in $dimensions dimensions",
  ({ dimensions }) => {
    using rotation = createRotation(seed(1), dimensions);
    const random = randomFrom(dimensions);
    for (let i = 0; i < 20; i++) {
      const a = gaussianUnit(random, dimensions);
      const b = gaussianUnit(random, dimensions);
      const rotated = dot(rotation.rotate(a), rotation.rotate(b));
      expect(Math.abs(rotated - dot(a, b))).toBeLessThan(3e-7);
      expect(dot(rotation.rotate(a), rotation.rotate(a))).toBeCloseTo(1, 5);
    }
  },
);

test("the rows of the matrix stand at right angles to within double precision of float32", () => {
  const dimensions = 64;
  using rotation = createRotation(seed(2), dimensions);
  const columns = Array.from({ length: dimensions }, (_, i) => {
    const axis = new Float32Array(dimensions);
    axis[i] = 1;
    return rotation.rotate(axis);
  });
  for (const [i, a] of columns.entries()) {
    for (const [j, b] of columns.entries()) {
      expect(Math.abs(dot(a, b) - (i === j ? 1 : 0))).toBeLessThan(2e-7);
    }
  }
});

test("one seed gives one rotation, for ever", () => {
  const template = gaussianUnit(randomFrom(5), 128);
  using rotation = createRotation(seed(3), 128);
  using again = createRotation(seed(3), 128);
  const rotated = rotation.rotate(template);
  expect(again.rotate(template)).toEqual(rotated);
  // A change here makes every gallery in the field unreadable: it needs a migration.
  const digest = createHash("sha256").update(new Uint8Array(rotated.buffer)).digest("hex");
  expect(digest).toMatchInlineSnapshot(
    `"2692b10dad51cb711004a3d58d57d6d0e454408c7de45393e065b59dfa6f2bc9"`,
  );
});

test("templates of one person in two deployments are as unlike as two strangers", () => {
  const dimensions = 128;
  using here = createRotation(seed(4), dimensions);
  using there = createRotation(seed(5), dimensions);
  const random = randomFrom(8);
  const similarities = Array.from({ length: 300 }, () => {
    const template = gaussianUnit(random, dimensions);
    return dot(here.rotate(template), there.rotate(template));
  });
  const mean = similarities.reduce((sum, value) => sum + value, 0) / similarities.length;
  const squares = similarities.reduce((sum, value) => sum + value ** 2, 0) / similarities.length;
  // Strangers: mean 0, deviation 1/sqrt(128) = 0.088. The mean over people shares one matrix pair.
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(Math.sqrt(squares)).toBeLessThan(0.12);
  expect(Math.max(...similarities)).toBeLessThan(0.45);
});

test("seeds that differ in one bit give unrelated rotations", () => {
  const other = seed(6);
  other[31]! ^= 1;
  using a = createRotation(seed(6), 256);
  using b = createRotation(other, 256);
  const template = gaussianUnit(randomFrom(1), 256);
  expect(Math.abs(dot(a.rotate(template), b.rotate(template)))).toBeLessThan(0.35);
});

test.each([
  { name: "a short seed", make: () => createRotation(new Uint8Array(31), 8) },
  { name: "no dimensions", make: () => createRotation(seed(1), 0) },
  { name: "another length", make: () => createRotation(seed(1), 8).rotate(new Float32Array(9)) },
])("$name is refused", ({ make }) => {
  expect(make).toThrow();
});

test("a closed rotation rotates nothing", () => {
  const rotation = createRotation(seed(1), 8);
  rotation[Symbol.dispose]();
  expect(() => rotation.rotate(new Float32Array(8))).toThrow(/closed/);
});
