import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { falseMatchRateAt, rateAtLead } from "#models/calibration.ts";
import { type AddOptions, addNetwork } from "#models/custom/add.ts";
import { arcfaceCrop } from "#models/custom/embedder.ts";
import { parseCalibration, parseCustomEntry } from "#models/custom/entry.ts";
import { feed } from "#models/custom/feed.ts";
import { customNames, readStored, removeNetwork, storeCalibration } from "#models/custom/store.ts";
import { openInput } from "#models/kernel/network-input.ts";
import { meshIndex } from "#models/networks/mesh.ts";
import { embedderIdentity, openNetworks } from "#models/networks/open.ts";
import { applyAffine } from "#models/warp.ts";
import {
  detectorJson,
  embedderJson,
  entryOf,
  tinyDetector,
  tinyEmbedder,
} from "./custom-networks.ts";

let folder = "";
let embedderFile = "";
let detectorFile = "";
let customDir = "";
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tebura-custom-"));
  embedderFile = join(folder, "embedder.onnx");
  detectorFile = join(folder, "detector.onnx");
  await writeFile(embedderFile, tinyEmbedder());
  await writeFile(detectorFile, tinyDetector());
});
beforeEach(() => {
  customDir = join(folder, `models-${count++}`);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function hexOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

async function add(json: object, from: string, changes: Partial<AddOptions> = {}) {
  return await addNetwork({
    ...{ customDir, from, entry: entryOf(json), sha256: await hexOf(from) },
    ...{ licenceAccepted: true, signal: new AbortController().signal },
    ...changes,
  });
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error: unknown) => errorCodeOf(error) ?? String(error),
  );
}

/** A mesh whose five points lie where ArcFace wants them, enlarged and moved. */
function landmarksAt(scale: number, shift: number) {
  const points = new Float32Array(468 * 3);
  const put = (indices: readonly number[], x: number, y: number) => {
    for (const index of indices) points.set([x * scale + shift, y * scale + shift, 0], index * 3);
  };
  put(meshIndex.leftEyeCorners, 38.2946, 51.6963);
  put(meshIndex.rightEyeCorners, 73.5318, 51.5014);
  put([meshIndex.noseTip], 56.0252, 71.7366);
  put([meshIndex.mouthCorners[0]], 41.5493, 92.3655);
  put([meshIndex.mouthCorners[1]], 70.7299, 92.2041);
  return { points, presence: 1 };
}

function noisyImage(side: number) {
  const data = Uint8Array.from(
    { length: side * side * 3 },
    (_, i) => (i * 31 + (i >> 7) * 5) % 256,
  );
  return { width: side, height: side, data };
}

test("an embedder that was added describes a face by its name in the configuration", async () => {
  await add(embedderJson, embedderFile);
  await using networks = await openNetworks({ customDir, embedder: "tiny-embedder" });
  const { describer } = networks;
  expect(await embedderIdentity({ customDir, embedder: "tiny-embedder" })).toEqual({
    model: describer.model,
    dimensions: 8,
  });
  const template = await describer.describe(noisyImage(300), landmarksAt(2, 20));
  expect(template).toHaveLength(8);
  expect(Math.hypot(...template)).toBeCloseTo(1, 5);
  const again = await describer.describe(noisyImage(300), landmarksAt(2, 20));
  expect(again).toEqual(template);
});

test("the mean of face and mirror image does not tell a picture from its mirror image", async () => {
  await add({ ...embedderJson, alignment: "dlib" }, embedderFile);
  const stored = await readStored(customDir, "tiny-embedder");
  expect(stored.entry).toMatchObject({ alignment: "dlib", mirrorAveraged: true });
  await using networks = await openNetworks({ customDir, embedder: "tiny-embedder" });
  const face = landmarksAt(2, 20);
  const [first, second, whole] = [
    await networks.describer.describe(noisyImage(300), face, 0),
    await networks.describer.describe(noisyImage(300), face, 1),
    await networks.describer.describe(noisyImage(300), face),
  ];
  const mean = first.map((value, i) => value + second[i]!);
  const length = Math.hypot(...mean);
  for (const [i, value] of whole.entries()) expect(value).toBeCloseTo(mean[i]! / length, 5);
});

test("a detector that was added finds the white patch", async () => {
  await add(detectorJson, detectorFile);
  await using networks = await openNetworks({ customDir, detector: "tiny-detector" });
  const image = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3) };
  for (let y = 96; y < 128; y++) image.data.fill(255, (y * 256 + 160) * 3, (y * 256 + 192) * 3);
  const [face, ...others] = await networks.finder.detect(image);
  expect(others).toEqual([]);
  expect(face!.score).toBeCloseTo(1, 3);
  expect(face!.box.x + face!.box.width / 2).toBeGreaterThan(160);
  expect(face!.box.x + face!.box.width / 2).toBeLessThan(192);
  expect(face!.box.width).toBeCloseTo(80, 3);
  expect(face!.eyes[0].x).toBeLessThan(face!.eyes[1].x);
});

test("five points that lie as ArcFace wants them are cropped without a turn", () => {
  const crop = arcfaceCrop(landmarksAt(2, 20), 112);
  expect(crop.a).toBeCloseTo(2, 5);
  expect(crop.c).toBeCloseTo(0, 5);
  const origin = applyAffine(crop, 0, 0);
  expect(origin.x).toBeCloseTo(20, 3);
  expect(origin.y).toBeCloseTo(20, 3);
});

test("channels are ordered and scaled as the entry says", () => {
  const image = {
    width: 2,
    height: 2,
    data: new Uint8Array([10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30]),
  };
  const identity = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 };
  const input = openInput(12);
  feed(image, identity, 2, { channels: "BGR", mean: [1, 2, 3], scale: [1, 2, 4] }, input);
  expect([...input.values]).toEqual([108, 108, 108, 108, 36, 36, 36, 36, 9, 9, 9, 9]);
});

test("an embedder without a calibration promises nothing, and keeps the table it is given", async () => {
  await add(embedderJson, embedderFile);
  const choice = { customDir, embedder: "tiny-embedder" };
  {
    await using networks = await openNetworks(choice);
    expect(falseMatchRateAt(networks.describer.calibration, 1)).toBe(1);
  }
  const tables = parseCalibration(
    {
      scoreToFalseMatchRate: [{ threshold: 0.5, falseMatchRate: 0.01 }],
      leads: [{ threshold: 0.3, falsePositiveIdentificationRate: 0.02 }],
    },
    "tables",
  );
  await storeCalibration(customDir, "tiny-embedder", tables);
  await using networks = await openNetworks(choice);
  expect(falseMatchRateAt(networks.describer.calibration, 0.6)).toBe(0.01);
  expect(rateAtLead(networks.describer.leads, 0.4)).toBe(0.02);
});

test("another crop or file under the same name is another model", async () => {
  await add(embedderJson, embedderFile);
  const before = await embedderIdentity({ customDir, embedder: "tiny-embedder" });
  await removeNetwork(customDir, "tiny-embedder");
  await add({ ...embedderJson, channels: "RGB" }, embedderFile);
  const after = await embedderIdentity({ customDir, embedder: "tiny-embedder" });
  expect(after.model).not.toBe(before.model);
});

test("a wrong digest, a licence not accepted and a missing file are refused and leave nothing", async () => {
  const sha256 = "0".repeat(64);
  expect(await codeOf(add(embedderJson, embedderFile, { sha256 }))).toBe("MODEL_DIGEST_MISMATCH");
  expect(await codeOf(add(embedderJson, embedderFile, { licenceAccepted: false }))).toBe(
    "MODEL_LICENCE_NOT_ACCEPTED",
  );
  expect(await codeOf(add(embedderJson, embedderFile, { sha256: "abc" }))).toBe("USAGE");
  const gone = { from: join(folder, "gone.onnx") };
  expect(await codeOf(add(embedderJson, embedderFile, gone))).toBe("MODEL_SOURCE_MISSING");
  const plain = { from: "http://127.0.0.1:9/network.onnx" };
  expect(await codeOf(add(embedderJson, embedderFile, plain))).toBe("MODEL_SOURCE_MISSING");
  expect(await customNames(customDir)).toEqual([]);
});

test.each([
  ["another number of dimensions", { output: { name: "features", dimensions: 16 } }],
  ["another side", { input: { name: "data", side: 64 } }],
  ["another name of the input", { input: { name: "image", side: 32 } }],
  ["another name of the output", { output: { name: "embedding", dimensions: 8 } }],
])("an entry that declares %s is found out by the dry run", async (_, changes) => {
  expect(await codeOf(add({ ...embedderJson, ...changes }, embedderFile))).toBe("MODEL_INVALID");
  expect(await readdir(customDir)).toEqual([]);
});

test("a detector's file under an embedder's entry, and a file that is no ONNX, are refused", async () => {
  expect(await codeOf(add(embedderJson, detectorFile))).toBe("MODEL_INVALID");
  const text = join(folder, "text.onnx");
  await writeFile(text, "this is no network");
  expect(await codeOf(add(embedderJson, text))).toBe("MODEL_INVALID");
  const empty = join(folder, "empty.onnx");
  await writeFile(empty, "");
  expect(await codeOf(add(embedderJson, empty))).toBe("MODEL_INVALID");
  expect(await readdir(customDir)).toEqual([]);
});

test("a name is taken once, also when two ask at the same time, and never from a bundled network", async () => {
  const codes = await Promise.all([
    codeOf(add(embedderJson, embedderFile)),
    codeOf(add(embedderJson, embedderFile)),
  ]);
  expect(codes.sort()).toEqual(["NAME_TAKEN", undefined]);
  expect(await codeOf(add(embedderJson, embedderFile))).toBe("NAME_TAKEN");
  for (const name of ["dlib-resnet", "dlib-resnet-int8"]) {
    expect(await codeOf(add({ ...embedderJson, name }, embedderFile))).toBe("NAME_TAKEN");
  }
  expect(await readdir(customDir)).toEqual(["tiny-embedder"]);
});

test.each([
  ["an unknown key", { ...embedderJson, colour: "red" }],
  ["an unknown key inside", { ...embedderJson, input: { name: "data", side: 32, batch: 4 } }],
  ["an unknown kind", { ...embedderJson, kind: "oracle" }],
  ["a name that is a path", { ...embedderJson, name: "../../etc" }],
  ["no licence", { ...embedderJson, licence: undefined }],
  [
    "a falling threshold",
    {
      ...embedderJson,
      scoreToFalseMatchRate: [
        { threshold: 0.5, falseMatchRate: 0.1 },
        { threshold: 0.4, falseMatchRate: 0.01 },
      ],
    },
  ],
  ["no object", null],
])("an entry with %s is refused", (_, json) => {
  expect(() => parseCustomEntry(json, "entry")).toThrow(
    expect.objectContaining({ code: "MODEL_ENTRY_INVALID" }),
  );
});

test("a network is chosen only for what it does, and only if it is known", async () => {
  await add(embedderJson, embedderFile);
  const asDetector = { customDir, detector: "tiny-embedder" };
  expect(await codeOf(openNetworks(asDetector))).toBe("MODEL_INVALID");
  expect(await codeOf(openNetworks({ customDir, embedder: "iris" }))).toBe("MODEL_INVALID");
  expect(await codeOf(openNetworks({ customDir, embedder: "nobody" }))).toBe("MODEL_UNKNOWN");
  expect(await codeOf(openNetworks({ customDir, embedder: "../x" }))).toBe("MODEL_UNKNOWN");
  expect(await codeOf(removeNetwork(customDir, "nobody"))).toBe("MODEL_UNKNOWN");
});

test("a file that was changed after it was added is not opened", async () => {
  const { path } = await add(embedderJson, embedderFile);
  await writeFile(path, tinyEmbedder(64));
  const opening = openNetworks({ customDir, embedder: "tiny-embedder" });
  expect(await codeOf(opening)).toBe("MODEL_DIGEST_MISMATCH");
});
