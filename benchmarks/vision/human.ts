import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RgbImage } from "#models/image.ts";
import { findInstalledPackage } from "#models/package-files.ts";

/** What is used of `@vladmandic/human`, which has no types for Node's module resolution. */
interface HumanResult {
  readonly face: readonly {
    readonly embedding?: readonly number[];
    readonly mesh: readonly unknown[];
  }[];
}

interface HumanInstance {
  readonly tf: {
    tensor(values: Float32Array, shape: readonly number[]): { dispose(): void };
    getBackend(): string;
  };
  load(): Promise<void>;
  detect(input: object): Promise<HumanResult>;
}

const require = createRequire(import.meta.url);

/**
 * `@vladmandic/human` on its WASM backend: detection, mesh and description of every frame, with
 * nothing skipped or remembered from the frame before.
 */
export async function openHuman(facesMax: number) {
  readFilesByFetch();
  const file = join(findInstalledPackage("@vladmandic/human") ?? "", "dist/human.node-wasm.js");
  const wasm = dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
  const { Human } = require(file) as { Human: new (config: object) => HumanInstance };
  const off = { enabled: false };
  const always = { skipFrames: 0, skipTime: 0 };
  const human = new Human({
    backend: "wasm",
    wasmPath: `${wasm}/`,
    modelBasePath: `file://${join(dirname(file), "../models")}/`,
    debug: false,
    cacheSensitivity: 0,
    ...{ filter: off, gesture: off, body: off, hand: off, object: off, segmentation: off },
    face: {
      enabled: true,
      detector: { rotation: true, maxDetected: facesMax, ...always },
      mesh: { enabled: true },
      description: { enabled: true, ...always },
      ...{ iris: off, emotion: off, antispoof: off, liveness: off },
    },
  });
  await human.load();
  return {
    /** How many faces were described. */
    async see(image: RgbImage): Promise<number> {
      const tensor = human.tf.tensor(Float32Array.from(image.data), [
        1,
        image.height,
        image.width,
        3,
      ]);
      const { face } = await human.detect(tensor);
      tensor.dispose();
      return face.filter(({ embedding }) => embedding && embedding.length > 0).length;
    },
    backend: () => human.tf.getBackend(),
  };
}

let patched = false;

/** Its loader asks `fetch` for files, which Node's does not serve. */
function readFilesByFetch(): void {
  if (patched) return;
  patched = true;
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith("file://")) return await original(input, init);
    const type = url.endsWith(".json") ? "application/json" : "application/octet-stream";
    return new Response(new Uint8Array(await readFile(fileURLToPath(url))), {
      headers: { "content-type": type },
    });
  };
}
