import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { imageNames, middleFace } from "#device/evaluate/face-set.ts";
import { readImage } from "#device/source/read-image.ts";
import { createVision } from "#device/vision/vision.ts";
import { buildDlibResnet } from "#models/convert/dlib-resnet.ts";
import { dlibResnetRanges } from "#models/convert/dlib-resnet-ranges.ts";
import { encodeOnnx, type FreeDim, type OnnxGraph } from "#models/convert/onnx-model.ts";
import { decodeWeights, type WeightsManifest } from "#models/convert/weights.ts";
import { openInput } from "#models/kernel/network-input.ts";
import { modelEntry } from "#models/manifest.ts";
import { dlibCrop } from "#models/networks/descriptor.ts";
import { findInstalledPackage, readSource } from "#models/package-files.ts";
import { systemClock } from "#runtime/clock.ts";
import { sharedPath } from "#test/support/shared.ts";

const photographs = 150;
const side = 150;

/** How many of a value's numbers there were, and how many lie within the range that it has in bytes. */
interface Kept {
  count: number;
  within: number;
  least: number;
  most: number;
}

/**
 * What the ranges of the embedder in whole numbers hold: the network in real numbers runs over photographs,
 * and of each value is counted which share of its numbers is not cut off.
 */
export async function run({ json }: { json: boolean }): Promise<void> {
  const folder = sharedPath("faces/lfw/images");
  if (!folder) throw new Error("needs ../shared/faces");
  const entry = modelEntry("dlib-resnet");
  const session = await InferenceSession.create(encodeOnnx(await openedGraph()));
  const kept = new Map(Object.keys(dlibResnetRanges).map((name) => [name, nothing()]));
  const input = openInput(3 * side * side);
  await using vision = await createVision(() => systemClock.monotonic());
  const names = await imageNames(folder);
  let faces = 0;
  for (let i = 0; i < photographs; i++) {
    const name = names[Math.floor((i * names.length) / photographs)]!;
    const image = await readImage(join(folder, name));
    const face = middleFace((await vision.detect(image)).faces, image);
    if (!face) continue;
    faces += 1;
    input.warp(image, dlibCrop(face.landmarks, side), side, entry.preprocessing);
    count(kept, entry.input.name, input.values);
    const tensor = new Tensor("float32", input.values, [1, 3, side, side]);
    const values = await session.run({ [entry.input.name]: tensor });
    for (const [value, { data }] of Object.entries(values)) count(kept, value, data);
  }
  await session.release();
  print(json, faces, kept);
}

const nothing = (): Kept => ({ count: 0, within: 0, least: Infinity, most: -Infinity });

/** The network with every value that has a range as an output. */
async function openedGraph(): Promise<OnnxGraph> {
  const entry = modelEntry("dlib-resnet");
  const [description, bytes] = await readSource(entry, findInstalledPackage);
  const manifest = JSON.parse(new TextDecoder().decode(description)) as WeightsManifest;
  const graph = buildDlibResnet(decodeWeights(manifest, bytes), entry.input, "descriptor");
  const dims: FreeDim[] = ["N", "places", "rows", "columns"];
  const outputs = Object.keys(dlibResnetRanges)
    .filter((name) => name !== entry.input.name)
    .map((name) => ({ name, dims }));
  return { ...graph, outputs };
}

function count(kept: ReadonlyMap<string, Kept>, name: string, data: Tensor["data"]): void {
  const [own, range] = [kept.get(name), dlibResnetRanges[name]];
  if (!own || !range || !(data instanceof Float32Array)) return;
  const [low, high] = [-range.zero * range.scale, (255 - range.zero) * range.scale];
  for (const value of data) {
    if (value >= low && value <= high) own.within += 1;
    own.least = Math.min(own.least, value);
    own.most = Math.max(own.most, value);
  }
  own.count += data.length;
}

function print(json: boolean, faces: number, kept: ReadonlyMap<string, Kept>): void {
  const values = [...kept].map(([name, { count, within, least, most }]) => {
    const { scale, zero } = dlibResnetRanges[name]!;
    return {
      name,
      share: within / count,
      low: -zero * scale,
      high: (255 - zero) * scale,
      least,
      most,
    };
  });
  const shares = values.map(({ share }) => share).toSorted((a, b) => a - b);
  const result = { faces, leastShare: shares[0], medianShare: shares[shares.length >> 1], values };
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}
