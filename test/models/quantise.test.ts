import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import { GraphBuilder } from "#models/convert/graph-builder.ts";
import { encodeOnnx } from "#models/convert/onnx-model.ts";
import { quantised } from "#models/convert/quantise.ts";
import { noPadding } from "#models/convert/values.ts";
import { modelEntry } from "#models/manifest.ts";
import { unitMean } from "#models/networks/descriptor.ts";
import { openSession } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";
import { codeOf } from "#test/support/code-of.ts";
import { chance } from "#test/support/made-face-shape.ts";
import { photographsFor } from "./photographs.ts";
import { testImage } from "./test-images.ts";

const next = chance(4);
const weights = (...dims: number[]) => {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { dims, data: Float32Array.from({ length }, () => next() - 0.5) };
};

/** Two convolutions with a shortcut, pools, a mean and a product, as dlib's network has them. */
function smallGraph() {
  const builder = new GraphBuilder({ name: "image", dims: ["N", 3, 8, 8] });
  const bias = Float32Array.from({ length: 4 }, () => next() - 0.5);
  const stem = builder.convolution(builder.input(), { weight: weights(4, 3, 1, 1), bias });
  const pooled = builder.maxPool(builder.relu(stem), { size: 2, stride: 2 });
  const padding = { ...noPadding, top: 1, bottom: 1, left: 1, right: 1 };
  const main = builder.convolution(pooled, { weight: weights(4, 4, 3, 3), padding });
  const sum = builder.relu(builder.add(main, pooled));
  const out = builder.dense(builder.globalAverage(sum), weights(4, 5));
  return builder.finish("small", [{ name: "out", value: out }]);
}

async function run(graph: ReturnType<typeof smallGraph>, data: Float32Array) {
  const bytes = encodeOnnx(graph);
  const path = join(mkdtempSync(join(tmpdir(), "quantise-")), "small.onnx");
  writeFileSync(path, bytes);
  const entry = {
    ...modelEntry("dlib-resnet"),
    sha256: digestOf(bytes),
    input: { name: "image", dims: ["N", 3, 8, 8], layout: "NCHW" },
    outputs: [{ name: "out", dims: ["N", 5], meaning: "" }],
  } as const;
  await using session = await openSession({ path, entry });
  return (await session.run(data, [1, 3, 8, 8]))["out"]!.data;
}

const ranges = {
  image: { scale: 2 / 255, zero: 128 },
  v1: { scale: 3 / 255, zero: 0 },
  v3: { scale: 6 / 255, zero: 128 },
  v5: { scale: 6 / 255, zero: 0 },
};

test("a quantised network is near the one that it was made of, and a quarter of its size", async () => {
  const graph = smallGraph();
  const whole = quantised(graph, ranges);
  for (let i = 0; i < 5; i++) {
    const data = Float32Array.from({ length: 192 }, () => 2 * next() - 1);
    const [wanted, got] = [await run(graph, data), await run(whole, data)];
    for (const [k, value] of wanted.entries()) expect(Math.abs(got[k]! - value)).toBeLessThan(0.05);
  }
  expect(encodeOnnx(whole)).toEqual(encodeOnnx(quantised(graph, ranges)));
});

test("whole numbers that are asked for are stored: weights of seven bits, one scale a channel", () => {
  const { constants, nodes } = quantised(smallGraph(), ranges);
  const stored = [...constants.values()].map(({ data }) => data);
  const bytes = stored.filter((data) => data instanceof Int8Array && data.some((one) => one !== 0));
  expect(bytes.map(({ length }) => length)).toEqual([12, 144]);
  for (const data of bytes) expect(Math.max(...data.map(Math.abs))).toBe(63);
  expect(nodes.filter(({ op }) => op === "Relu")).toEqual([]);
});

test("a value whose range nobody measured is named", () => {
  const { v3: _, ...others } = ranges;
  expect(codeOf(() => quantised(smallGraph(), others))).toBe("MODEL_CONVERSION_FAILED");
});

test("dlib's network in whole numbers gives nearly the templates of the one in real numbers", async () => {
  const models = await prepareModels({ names: ["dlib-resnet", "dlib-resnet-int8"] });
  await using real = await openSession(models.get("dlib-resnet")!);
  await using whole = await openSession(models.get("dlib-resnet-int8")!);
  const entry = modelEntry("dlib-resnet");
  const images = [testImage(entry, "drawn face"), ...(await photographsFor(entry))];
  for (const { planar } of images) {
    const [a, b] = await Promise.all(
      [real, whole].map(async (network) => {
        const { descriptor } = await network.run(planar, [1, 3, 150, 150]);
        return unitMean(descriptor!.data, 128);
      }),
    );
    expect(a!.reduce((sum, value, i) => sum + value * b![i]!, 0)).toBeGreaterThan(0.97);
  }
});
