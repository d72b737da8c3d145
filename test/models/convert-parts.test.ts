import { describe, expect, test } from "vitest";
import { convertNetwork, type Recipe } from "#models/convert/convert.ts";
import { ProtobufWriter } from "#models/convert/protobuf.ts";
import {
  depthwiseFilterFromTf,
  filterFromTf,
  rowsChannelsFirst,
  samePadding,
  widenChannels,
} from "#models/convert/tf-layout.ts";
import { decodeWeights, type WeightEntry } from "#models/convert/weights.ts";
import { modelEntry, modelNames } from "#models/manifest.ts";

describe("the protocol buffer writer", () => {
  const write = (fill: (writer: ProtobufWriter) => unknown) => {
    const writer = new ProtobufWriter();
    fill(writer);
    return Buffer.from(writer.finish()).toString("hex");
  };

  // The first three are the examples of the encoding guide of protocol buffers.
  test.each([
    { name: "a varint of two bytes", fill: (w: ProtobufWriter) => w.int(1, 150), hex: "089601" },
    {
      name: "a string",
      fill: (w: ProtobufWriter) => w.string(2, "testing"),
      hex: "120774657374696e67",
    },
    {
      name: "a message inside",
      fill: (w: ProtobufWriter) => w.message(3, (inner) => inner.int(1, 150)),
      hex: "1a03089601",
    },
    { name: "zero", fill: (w: ProtobufWriter) => w.int(1, 0), hex: "0800" },
    { name: "127", fill: (w: ProtobufWriter) => w.int(1, 127), hex: "087f" },
    { name: "128", fill: (w: ProtobufWriter) => w.int(1, 128), hex: "088001" },
    {
      name: "a negative number as ten bytes",
      fill: (w: ProtobufWriter) => w.int(1, -1),
      hex: "08ffffffffffffffffff01",
    },
    { name: "a float", fill: (w: ProtobufWriter) => w.float(2, 1.5), hex: "150000c03f" },
    { name: "a field above 15", fill: (w: ProtobufWriter) => w.int(20, 1), hex: "a00101" },
  ])("writes $name", ({ fill, hex }) => {
    expect(write(fill)).toBe(hex);
  });
});

describe("weights", () => {
  const decode = (entry: Partial<WeightEntry>, bytes: number[]) => {
    const whole = { name: "w", shape: [2], dtype: "float32", ...entry };
    return [...decodeWeights([{ weights: [whole] }], Uint8Array.from(bytes)).get("w")!.data];
  };

  test.each([
    { name: "float32", entry: {}, bytes: [0, 0, 128, 63, 0, 0, 32, 192], values: [1, -2.5] },
    {
      name: "int32",
      entry: { dtype: "int32" },
      bytes: [255, 255, 255, 255, 24, 0, 0, 0],
      values: [-1, 24],
    },
    {
      name: "float16",
      entry: { quantization: { dtype: "float16" } },
      bytes: [0x00, 0x3c, 0x00, 0xc1],
      values: [1, -2.5],
    },
    {
      name: "the smallest and the largest float16",
      entry: { quantization: { dtype: "float16" } },
      bytes: [0x01, 0x00, 0xff, 0x7b],
      values: [2 ** -24, 65_504],
    },
    {
      name: "uint8 with scale and minimum",
      entry: { quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      bytes: [0, 255],
      values: [-1, 126.5],
    },
    {
      name: "uint16 with scale and minimum",
      entry: { quantization: { dtype: "uint16", scale: 2, min: 1 } },
      bytes: [0, 1, 3, 0],
      values: [513, 7],
    },
  ])("of $name are read", ({ entry, bytes, values }) => {
    expect(decode(entry, bytes)).toEqual(values);
  });

  test.each([
    { name: "too short", entry: {}, bytes: [0, 0, 0, 0] },
    { name: "too long", entry: {}, bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { name: "of a type that nobody knows", entry: { dtype: "complex64" }, bytes: [0, 0] },
  ])("that are $name are refused", ({ entry, bytes }) => {
    expect(() => decode(entry, bytes)).toThrow(
      expect.objectContaining({ code: "MODEL_CONVERSION_FAILED" }),
    );
  });
});

describe("the layout of TensorFlow", () => {
  test.each([
    { length: 256, window: 5, stride: 2, before: 1, after: 2 },
    { length: 64, window: 3, stride: 2, before: 0, after: 1 },
    { length: 65, window: 3, stride: 2, before: 1, after: 1 },
    { length: 64, window: 3, stride: 1, before: 1, after: 1 },
    { length: 64, window: 2, stride: 2, before: 0, after: 0 },
    { length: 7, window: 2, stride: 2, before: 0, after: 1 },
    { length: 8, window: 1, stride: 2, before: 0, after: 0 },
  ])("SAME over $length by $window at stride $stride adds $before and $after", (row) => {
    const value = { name: "x", dims: [3, row.length, row.length] };
    expect(samePadding(value, [row.window, row.window], row.stride)).toEqual({
      top: row.before,
      left: row.before,
      bottom: row.after,
      right: row.after,
    });
  });

  const count = (dims: number[]) => ({
    dims,
    data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i),
  });

  test("a filter of row, column, input, output becomes output, input, row, column", () => {
    const { dims, data } = filterFromTf(count([1, 2, 3, 2]));
    expect(dims).toEqual([2, 3, 1, 2]);
    expect([...(data as Float32Array)]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  });

  test("a depthwise filter becomes one filter for each channel", () => {
    const { dims, data } = depthwiseFilterFromTf(count([2, 1, 3, 1]));
    expect(dims).toEqual([3, 1, 2, 1]);
    expect([...(data as Float32Array)]).toEqual([0, 3, 1, 4, 2, 5]);
  });

  test("the rows of a matrix after a flattening follow the channels", () => {
    // Two channels, one row, two columns: channels last is c0x0 c1x0 c0x1 c1x1.
    const { data } = rowsChannelsFirst(count([4, 1]), [2, 1, 2]);
    expect([...(data as Float32Array)]).toEqual([0, 2, 1, 3]);
  });

  test("widened channels are zero", () => {
    const weights = new Map([["w", count([1, 1, 2, 2])]]);
    const widened = widenChannels(weights, { from: 2, to: 3 }).get("w");
    expect(widened?.dims).toEqual([1, 1, 3, 3]);
    expect([...widened!.data]).toEqual([0, 1, 0, 2, 3, 0, 0, 0, 0]);
  });
});

describe("a graph that the converter does not know", () => {
  const convert = (nodes: readonly object[], recipe?: Recipe) =>
    convertNetwork({
      name: "odd",
      recipe: recipe ?? { kind: "tf-graph", outputs: [{ name: "y", from: ["y"] }] },
      input: { name: "image", dims: [1, 3, 8, 8] },
      files: [
        Buffer.from(
          JSON.stringify({
            modelTopology: { node: nodes },
            weightsManifest: [
              { weights: [{ name: "two", shape: [2], dtype: "uint8", quantization: u8 }] },
            ],
          }),
        ),
        Uint8Array.of(1, 2),
      ],
    });
  const u8 = { dtype: "uint8", scale: 1, min: 0 };
  const x = { name: "x", op: "Placeholder" };

  test.each([
    { name: "an operation", nodes: [x, { name: "y", op: "Cumsum", input: ["x"] }], says: "Cumsum" },
    { name: "a missing node", nodes: [x], says: "no y" },
    {
      name: "a constant of another size",
      nodes: [x, { name: "y", op: "AddV2", input: ["x", "two"] }],
      says: "one for each channel",
    },
    {
      name: "a bound on something else",
      nodes: [x, { name: "y", op: "Minimum", input: ["x", "two"] }],
      says: "bounds",
    },
    {
      name: "a product of two values",
      nodes: [x, { name: "y", op: "Mul", input: ["x", "x"] }],
      says: "multiplies",
    },
  ])("is refused, and named: $name", ({ nodes, says }) => {
    expect(() => convert(nodes)).toThrow(
      expect.objectContaining({
        code: "MODEL_CONVERSION_FAILED",
        message: expect.stringMatching(new RegExp(`^odd could not be converted: .*${says}`)),
      }),
    );
  });

  test("weights without the layers of the recipe are refused", () => {
    const files = [Buffer.from(JSON.stringify([{ weights: [] }])), new Uint8Array()] as const;
    const input = { name: "image", dims: [1, 3, 150, 150] };
    for (const kind of ["dlib-resnet", "dlib-resnet-int8", "landmark-68"] as const) {
      const recipe = { kind, output: "y" };
      expect(() => convertNetwork({ name: "bare", recipe, input, files })).toThrow(
        expect.objectContaining({ code: "MODEL_CONVERSION_FAILED" }),
      );
    }
  });
});

describe("the manifest", () => {
  test("knows each name once, and says so of a name that it does not know", () => {
    expect(new Set(modelNames).size).toBe(modelNames.length);
    expect(() => modelEntry("nobody")).toThrow(expect.objectContaining({ code: "MODEL_UNKNOWN" }));
  });

  test.each(modelNames)("%s has digests, a licence and a meaning for every output", (name) => {
    const entry = modelEntry(name);
    const digests = [entry.sha256, ...entry.source.files.map((file) => file.sha256)];
    for (const digest of digests) expect(digest).toMatch(/^[\w-]{43}$/);
    expect(entry.source.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(entry.licence).not.toBe("");
    for (const output of entry.outputs) expect(output.meaning).not.toBe("");
  });
});
