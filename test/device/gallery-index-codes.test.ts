import { expect, test } from "vitest";
import { CodeRows, rowsStart } from "#device/gallery/index/code-rows.ts";
import {
  falseMatchRateFor,
  identificationThreshold,
} from "#device/gallery/index/identification.ts";
import { quantiseTemplate } from "#device/gallery/index/quantise.ts";
import { dot } from "#device/gallery/index/rank.ts";
import {
  blockHeaderBytes,
  compileScanKernel,
  instantiateScanKernel,
  listHeaderBytes,
} from "#device/gallery/index/scan-kernel.ts";
import { falseMatchRateAt, identificationRate } from "#models/calibration.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

test.each([{ dimensions: 16 }, { dimensions: 128 }, { dimensions: 512 }])(
  "the kernel's $dimensions-dimensional list equals a scalar loop, to the last bit",
  ({ dimensions }) => {
    const rows = new CodeRows(dimensions);
    const random = randomFrom(dimensions);
    const count = 1_003;
    const quantised = Array.from({ length: count }, () => {
      const template = gaussianUnit(random, dimensions);
      rows.write(rows.append(), template);
      const codes = new Int8Array(dimensions);
      return quantiseTemplate(template, new Float64Array(dimensions), {
        codes,
        residuals: new Uint8Array(dimensions),
      });
    });
    const probe = Int16Array.from({ length: dimensions }, () => random() * 32_000 - 16_000);
    new Int16Array(rows.memory.buffer, 1_024, dimensions).set(probe);
    const [list, capacity, allowance] = [65_536, 64, 1_234.5];
    new Float32Array(rows.memory.buffer, list + 4, 1)[0] = -Infinity;
    const kernel = instantiateScanKernel(compileScanKernel(rows.strideBytes), rows.memory);
    kernel(rowsStart, rows.end, 1_024, 1_024 + 2 * dimensions, allowance, list, capacity);
    const expected = quantised.map(({ scale, codes }) => {
      const sum = codes.reduce((total, code, i) => total + code * probe[i]!, 0);
      return Math.fround(scale * Math.fround(Math.fround(sum) + allowance));
    });
    const scores = new Float32Array(rows.memory.buffer, list + listHeaderBytes, capacity);
    const addresses = new Uint32Array(scores.buffer, scores.byteOffset + 4 * capacity, capacity);
    expect([...scores]).toEqual(expected.toSorted((a, b) => b - a).slice(0, capacity));
    expect(Array.from(addresses, (address) => expected[rows.rowAt(address)])).toEqual([...scores]);
  },
);

test("codes and residuals stay within the errors that were measured", () => {
  const dimensions = 128;
  const rows = new CodeRows(dimensions);
  const random = randomFrom(9);
  const probe = gaussianUnit(random, dimensions);
  for (let i = 0; i < 2_000; i++) {
    const template = gaussianUnit(random, dimensions);
    const row = rows.append();
    rows.write(row, template);
    const error = Math.abs(rows.ownSimilarity(row, probe) - dot(probe, template));
    expect(error).toBeLessThanOrEqual(rows.residualErrorMax * rows.scaleOf(row) * 1.000001);
  }
  expect(rows.residualErrorMax).toBeLessThan(rows.codeErrorMax / 50);
});

test("a wiped row leaves no code behind, and clearing leaves no byte", () => {
  const rows = new CodeRows(32);
  for (const seed of [1, 2]) rows.write(rows.append(), gaussianUnit(randomFrom(seed), 32));
  rows.wipe(0);
  rows.wipe(1);
  const codes = new Uint8Array(rows.memory.buffer, rowsStart + blockHeaderBytes, 4 * 32);
  expect(codes.every((byte) => byte === 0)).toBe(true);
  rows.write(0, gaussianUnit(randomFrom(3), 32));
  rows.clear();
  expect(new Uint8Array(rows.memory.buffer).every((byte) => byte === 0)).toBe(true);
});

const table = [
  { threshold: 0.5, falseMatchRate: 1e-1 },
  { threshold: 0.7, falseMatchRate: 1e-3 },
  { threshold: 0.9, falseMatchRate: 1e-8 },
];

test.each([
  { people: 1, rate: 0.01 },
  { people: 5_000, rate: 0.001 },
  { people: 340_000, rate: 0.01 },
])("with $people people a search keeps a rate of $rate, and barely", ({ people, rate }) => {
  expect(identificationRate(falseMatchRateFor(rate, people), people)).toBeCloseTo(rate, 12);
  const threshold = identificationThreshold(table, people, rate)!;
  const rateAt = (similarity: number) =>
    identificationRate(falseMatchRateAt(table, similarity), people);
  expect(rateAt(threshold)).toBeLessThanOrEqual(rate);
  expect(rateAt(threshold - 1e-6)).toBeGreaterThan(rate);
});

test("a rate that the table was not measured for has no threshold", () => {
  expect(identificationThreshold(table, 340_000, 1e-4)).toBeUndefined();
  expect(identificationThreshold([], 10, 0.1)).toBeUndefined();
});

test("the threshold rises as the gallery grows", () => {
  const thresholds = [1, 100, 5_000, 340_000].map((n) => identificationThreshold(table, n, 0.01)!);
  expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b));
  expect(new Set(thresholds).size).toBe(4);
});
