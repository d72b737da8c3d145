import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { convertNetwork } from "./convert/convert.ts";
import { type ModelEntry, type ModelName, modelEntry, modelNames } from "./manifest.ts";
import { type FindPackage, findInstalledPackage, readSource } from "./package-files.ts";
import type { PreparedModel } from "./session.ts";

/** "damaged" is a file in the cache that has another digest; it is converted anew. */
export type PreparationState = "ready" | "missing" | "damaged" | "converted";

export interface PreparationProgress {
  readonly name: ModelName;
  readonly state: PreparationState;
  /** Networks that are ready, out of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface PreparationOptions {
  /** A folder of this machine; TEBURA_MODELS or `.tebura/models` unless told. */
  readonly cacheDir?: string;
  /** All networks unless told. */
  readonly names?: readonly ModelName[];
  readonly onProgress?: (progress: PreparationProgress) => void;
  readonly findPackage?: FindPackage;
}

/** A part file that is older than this belongs to a process that died. */
const partAgeMsMax = 600_000;

export function defaultModelsDir(): string {
  const configured = process.env["TEBURA_MODELS"];
  return configured || fileURLToPath(new URL("../.tebura/models", import.meta.url));
}

/**
 * Sees to it that the networks stand in the cache with the digests of the manifest, and converts
 * those that do not. The sources are needed only for that. Several processes may do this at once:
 * a file takes its place in one step, and whoever comes later puts the same bytes there.
 *
 * Throws MODEL_UNKNOWN, MODEL_SOURCE_MISSING, MODEL_DIGEST_MISMATCH, MODEL_CONVERSION_FAILED, or
 * DATA_UNWRITABLE for the folder.
 */
export async function prepareModels(
  options: PreparationOptions = {},
): Promise<ReadonlyMap<ModelName, PreparedModel>> {
  const { cacheDir = defaultModelsDir(), names = modelNames, onProgress } = options;
  const findPackage = options.findPackage ?? findInstalledPackage;
  const prepared = new Map<ModelName, PreparedModel>();
  const entries = [...new Set(names)].map(modelEntry);
  for (const entry of entries) {
    const report = (state: PreparationState) =>
      onProgress?.({ name: entry.name, state, done: prepared.size, total: entries.length });
    const path = join(cacheDir, `${entry.name}.onnx`);
    const found = await inspect(path, entry);
    if (found !== "ready") {
      report(found);
      await place(cacheDir, path, await convert(entry, findPackage));
    }
    prepared.set(entry.name, { path, entry });
    report(found === "ready" ? "ready" : "converted");
  }
  return prepared;
}

async function inspect(path: string, entry: ModelEntry): Promise<"ready" | "missing" | "damaged"> {
  try {
    return digestOf(await readFile(path)) === entry.sha256 ? "ready" : "damaged";
  } catch {
    return "missing";
  }
}

async function convert(entry: ModelEntry, findPackage: FindPackage): Promise<Uint8Array> {
  const files = await readSource(entry, findPackage);
  const { name, recipe, input } = entry;
  const bytes = convertNetwork({ name, recipe, input, files });
  if (digestOf(bytes) === entry.sha256) return bytes;
  throw new TeburaError(
    "MODEL_CONVERSION_FAILED",
    `the conversion of ${name} gave another file (${digestOf(bytes)}) than the one that was ` +
      "tested; report it with the versions of Node and of this machine",
  );
}

/** Writes beside the place and renames, so that no reader ever sees half a file. */
async function place(cacheDir: string, path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(cacheDir, { recursive: true });
    const file = await open(part, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await removeAbandonedParts(cacheDir, (await stat(part)).mtimeMs);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new TeburaError(
      "DATA_UNWRITABLE",
      `the models cannot be written to ${cacheDir}; make it writable or set TEBURA_MODELS`,
      { cause },
    );
  }
}

/** Parts of processes that were killed. The clock is the file system's own: that of the newest part. */
async function removeAbandonedParts(cacheDir: string, nowMs: number): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.endsWith(".part")) continue;
    const path = join(cacheDir, name);
    const modifiedMs = await stat(path).then(
      (found) => found.mtimeMs,
      () => nowMs,
    );
    if (nowMs - modifiedMs > partAgeMsMax) await rm(path, { force: true });
  }
}
