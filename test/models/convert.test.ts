import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelName, modelEntry, modelNames } from "#models/manifest.ts";
import { openSession, type PreparedModel } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";
import { photographsFor } from "./photographs.ts";
import { pictures, testImage } from "./test-images.ts";
import { openReference } from "./tfjs-reference.ts";

const differenceMax = 1e-3;

const table: string[] = [];
let cacheDir = "";
let models: ReadonlyMap<ModelName, PreparedModel>;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "tebura-convert-"));
  models = await prepareModels({ cacheDir });
});

afterAll(async () => {
  await rm(cacheDir, { recursive: true, force: true });
  process.stdout.write(
    `\nOutput, largest difference to TensorFlow.js, largest value, pictures\n${table.join("")}`,
  );
});

function model(name: ModelName): PreparedModel {
  const found = models.get(name);
  if (!found) throw new Error(`${name} was not prepared`);
  return found;
}

class Comparison {
  difference = 0;
  magnitude = 0;
  pictures = 0;

  add(actual: Float32Array, expected: Float32Array): void {
    expect(actual.length).toBe(expected.length);
    this.pictures += 1;
    for (const [i, value] of expected.entries()) {
      const difference = Math.abs(actual[i]! - value);
      expect(Number.isFinite(difference)).toBe(true);
      this.difference = Math.max(this.difference, difference);
      this.magnitude = Math.max(this.magnitude, Math.abs(value));
    }
  }
}

function difference(a: Float32Array, b: Float32Array): number {
  const comparison = new Comparison();
  comparison.add(a, b);
  return comparison.difference;
}

/** In whole numbers a network is near its original, not the same; see quantise.test.ts. */
const exact = modelNames.filter((name) => !name.endsWith("-int8"));

describe("the converted network does what the original does under TensorFlow.js", () => {
  test.each(exact)("%s", async (name) => {
    const entry = modelEntry(name);
    const reference = await openReference(entry);
    await using session = await openSession(model(name));
    const [, channels, height, width] = entry.input.dims;
    const drawn = pictures.map((picture) => testImage(entry, picture));
    const comparisons = new Map(entry.outputs.map((output) => [output, new Comparison()]));
    for (const image of [...drawn, ...(await photographsFor(entry))]) {
      const actual = await session.run(image.planar, [1, channels, height, width]);
      const expected = await reference.run(image);
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, comparison] of comparisons) {
        const { data, dims } = actual[output.name]!;
        expect(dims).toEqual(output.dims.map((dim) => (dim === "N" ? 1 : dim)));
        comparison.add(data, expected[output.name]!);
      }
    }
    for (const [output, comparison] of comparisons) {
      table.push(
        `  ${`${name} ${output.name}`.padEnd(23)} ${comparison.difference.toExponential(1)}  ` +
          `${comparison.magnitude.toPrecision(3).padStart(8)}  ${comparison.pictures}\n`,
      );
      expect(comparison.difference, `${name} ${output.name}`).toBeLessThan(differenceMax);
    }
  });
});

describe("a batch gives what its pictures give one by one", () => {
  const batched = modelNames.filter((name) => modelEntry(name).input.dims[0] === "N");
  test.each(batched)("%s", async (name) => {
    const entry = modelEntry(name);
    await using session = await openSession(model(name));
    const [, channels, height, width] = entry.input.dims;
    const images = [testImage(entry, "noise"), testImage(entry, "drawn face")];
    const both = Float32Array.from(images.flatMap((image) => [...image.planar]));
    const together = await session.run(both, [2, channels, height, width]);
    for (const [index, image] of images.entries()) {
      const alone = await session.run(image.planar, [1, channels, height, width]);
      for (const { name: output } of entry.outputs) {
        const size = alone[output]!.data.length;
        const part = together[output]!.data.subarray(index * size, (index + 1) * size);
        expect(difference(part, alone[output]!.data)).toBeLessThan(differenceMax);
      }
    }
  });
});

test("pictures that differ give outputs that differ", async () => {
  for (const name of modelNames) {
    const entry = modelEntry(name);
    await using session = await openSession(model(name));
    const dims = [1, ...entry.input.dims.slice(1).map(Number)];
    const noise = await session.run(testImage(entry, "noise").planar, dims);
    const face = await session.run(testImage(entry, "drawn face").planar, dims);
    const output = entry.outputs[0]!.name;
    expect(difference(noise[output]!.data, face[output]!.data), name).toBeGreaterThan(1e-3);
  }
});
