import { GraphBuilder } from "#models/convert/graph-builder.ts";
import { encodeOnnx } from "#models/convert/onnx-model.ts";
import { type CustomEntry, parseCustomEntry } from "#models/custom/entry.ts";

const licence = { name: "CC0-1.0", commercialUse: true, text: "No rights are reserved." };

/** Numbers that look like noise and are the same every time. */
function noise(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 1_073_741_823.5 - 1;
  });
}

/** An embedder that averages the picture's patches and mixes them: pixels in, 8 numbers out. */
export function tinyEmbedder(side = 32, dimensions = 8): Uint8Array {
  const graph = new GraphBuilder({ name: "data", dims: [1, 3, side, side] });
  const pooled = graph.flatten(graph.averagePool(graph.input(), { size: 8, stride: 8 }));
  const count = pooled.dims[0]!;
  const weight = { dims: [count, dimensions], data: noise(count * dimensions) };
  const value = graph.dense(pooled, weight);
  return encodeOnnx(graph.finish("tiny-embedder", [{ name: "features", value }]));
}

/**
 * A detector in BlazeFace's layout: the box of each anchor is 40 pixels wide on its centre, and the
 * anchor whose place is white has a high score.
 */
export function tinyDetector(): Uint8Array {
  const graph = new GraphBuilder({ name: "data", dims: [1, 3, 128, 128] });
  const parts = [
    { size: 8, each: 2 },
    { size: 16, each: 6 },
  ].map(({ size, each }) => {
    const pooled = graph.averagePool(graph.input(), { size, stride: size });
    const [cells] = [(128 / size) ** 2];
    const data = new Float32Array(each * 3).fill(1 / 3);
    const score = graph.convolution(pooled, { weight: { dims: [each, 3, 1, 1], data } });
    const bias = new Float32Array(each * 16);
    for (let i = 0; i < each; i++) bias.set([0, 0, 40, 40, -10, -5, 10, -5, 0, 2, 0, 10], i * 16);
    const box = graph.convolution(pooled, {
      weight: { dims: [each * 16, 3, 1, 1], data: new Float32Array(each * 48) },
      bias,
    });
    return {
      score: graph.reshapeChannelsLast(score, [cells * each, 1]),
      box: graph.reshapeChannelsLast(box, [cells * each, 16]),
    };
  });
  const boxes = graph.concat(parts.map(({ box }) => box));
  const scores = graph.concat(parts.map(({ score }) => score));
  return encodeOnnx(
    graph.finish("tiny-detector", [
      { name: "boxes", value: { ...boxes, dims: [896, 16] } },
      { name: "scores", value: { ...scores, dims: [896, 1] } },
    ]),
  );
}

export const embedderJson = {
  ...{ name: "tiny-embedder", kind: "embedder", licence },
  ...{ channels: "BGR", mean: [127.5, 127.5, 127.5], scale: 1 / 127.5 },
  ...{ alignment: "arcface", mirrorAveraged: true },
  input: { name: "data", side: 32 },
  output: { name: "features", dimensions: 8 },
};

export const detectorJson = {
  ...{ name: "tiny-detector", kind: "blazeface", licence },
  ...{ channels: "RGB", mean: [0, 0, 0], scale: 1 / 255 },
  input: { name: "data", side: 128 },
  outputs: { boxes: "boxes", scores: "scores" },
};

export const yunetJson = {
  ...{ name: "yunet", kind: "yunet" },
  licence: { name: "Apache-2.0", commercialUse: true, text: "Apache License, Version 2.0" },
  ...{ channels: "BGR", mean: [0, 0, 0], scale: 1 },
  input: { name: "input", side: 640 },
};

export function entryOf<T extends object>(json: T): CustomEntry {
  return parseCustomEntry(json, "the test's entry");
}
