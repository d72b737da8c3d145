import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import * as converter from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import type { ModelEntry } from "#models/manifest.ts";
import { findInstalledPackage } from "#models/package-files.ts";

/** A network of the source packages, run by TensorFlow.js as its authors run it. */
export interface Reference {
  /** Pixels are RGB, row by row; `tensor` holds the same after the manifest's preprocessing. */
  run(image: ReferenceImage): Promise<Readonly<Record<string, Float32Array>>>;
}

export interface ReferenceImage {
  readonly pixels: Uint8Array;
  /** Channels last. */
  readonly tensor: Float32Array;
}

export async function openReference(entry: ModelEntry): Promise<Reference> {
  await startTfjs();
  return entry.recipe.kind === "tf-graph" ? openGraph(entry) : openFaceApi(entry);
}

let started: Promise<void> | undefined;

/** The WASM backend on one thread, which is what Node gives it. */
function startTfjs(): Promise<void> {
  started ??= (async () => {
    const require = createRequire(import.meta.url);
    wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    await tf.setBackend("wasm");
    await tf.ready();
  })();
  return started;
}

function sourceFile(entry: ModelEntry, index: 0 | 1): Buffer {
  const folder = findInstalledPackage(entry.source.package) ?? "";
  return readFileSync(join(folder, entry.source.files[index].path));
}

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

async function openGraph(entry: ModelEntry): Promise<Reference> {
  const { recipe } = entry;
  if (recipe.kind !== "tf-graph") throw new Error("not a graph");
  const description = JSON.parse(sourceFile(entry, 0).toString("utf8"));
  const model = await converter.loadGraphModel({
    load: async () => ({
      ...description,
      weightSpecs: description.weightsManifest[0].weights,
      weightData: arrayBufferOf(sourceFile(entry, 1)),
    }),
  });
  const [, channels, height, width] = entry.input.dims;
  const wanted = recipe.outputs.flatMap(({ name, from, isLogit }) =>
    from.map((node) => ({ name, node, isLogit })),
  );
  const nodes = wanted.map(({ node }) => node);
  return {
    async run({ tensor }) {
      const values = tf.tidy(() => {
        const x = tf.tensor4d(tensor, [1, height, width, channels]);
        // Asked for all at once, so that the network runs once.
        const raw = [model.execute(x, nodes)].flat();
        return raw.map((value, i) => (wanted[i]?.isLogit ? tf.sigmoid(value) : value));
      });
      const outputs: Record<string, Float32Array> = {};
      for (const { name } of recipe.outputs) {
        const parts = values.filter((_, i) => wanted[i]?.name === name);
        outputs[name] = joined(parts.map((part) => part.dataSync()));
      }
      tf.dispose(values);
      return outputs;
    },
  };
}

function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.length;
  }
  return data;
}

interface FaceApiNetwork {
  loadFromWeightMap(weights: tf.NamedTensorMap): void;
  computeFaceDescriptor(image: tf.Tensor3D): Promise<Float32Array>;
  forward(image: tf.Tensor3D): Promise<tf.Tensor>;
}

async function openFaceApi(entry: ModelEntry): Promise<Reference> {
  const faceApi = loadFaceApi();
  const isDescriptor = entry.recipe.kind === "dlib-resnet";
  const network = isDescriptor ? new faceApi.FaceRecognitionNet() : new faceApi.FaceLandmark68Net();
  const manifest = JSON.parse(sourceFile(entry, 0).toString("utf8"));
  const specs = manifest.flatMap((group: { weights: unknown[] }) => group.weights);
  network.loadFromWeightMap(tf.io.decodeWeights(arrayBufferOf(sourceFile(entry, 1)), specs));
  const [, channels, height, width] = entry.input.dims;
  const [{ name } = { name: "" }] = entry.outputs;
  return {
    async run({ pixels }) {
      const x = tf.tensor3d(Float32Array.from(pixels), [height, width, channels]);
      const out = isDescriptor
        ? tf.tensor1d(await network.computeFaceDescriptor(x))
        : await network.forward(x);
      const data = Float32Array.from(out.dataSync());
      tf.dispose([x, out]);
      return { [name]: data };
    },
  };
}

type FaceApi = Record<"FaceRecognitionNet" | "FaceLandmark68Net", new () => FaceApiNetwork>;

/**
 * face-api as it is published, given the TensorFlow.js of this project: the package it asks for is
 * a bundle of the parts that are installed here.
 */
function loadFaceApi(): FaceApi {
  addChainedOperations();
  const folder = findInstalledPackage("@vladmandic/face-api") ?? "";
  const code = readFileSync(join(folder, "dist/face-api.node-wasm.js"), "utf8");
  const require = createRequire(import.meta.url);
  const given: Record<string, unknown> = {
    "@tensorflow/tfjs": tf,
    "@tensorflow/tfjs-backend-wasm": wasm,
  };
  const module = { exports: {} };
  const wrapped = new Function("require", "module", "exports", code);
  wrapped((name: string) => given[name] ?? require(name), module, module.exports);
  return module.exports as FaceApi;
}

/** The whole TensorFlow.js adds its operations to tensors as methods; the core alone does not. */
function addChainedOperations(): void {
  const methods = tf.Tensor.prototype as unknown as Record<string, unknown>;
  const chained = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, mean: tf.mean };
  for (const [name, operation] of Object.entries(chained)) {
    methods[name] = function (this: tf.Tensor, ...rest: never[]) {
      return (operation as (x: tf.Tensor, ...rest: never[]) => tf.Tensor)(this, ...rest);
    };
  }
  for (const name of ["as2D", "as3D", "as4D"]) {
    methods[name] = function (this: tf.Tensor, ...dims: number[]) {
      return tf.reshape(this, dims);
    };
  }
  methods["as1D"] = function (this: tf.Tensor) {
    return tf.reshape(this, [this.size]);
  };
}
