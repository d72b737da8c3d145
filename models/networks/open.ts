import { TeburaError } from "#contract/errors.ts";
import { customDetector } from "../custom/detector.ts";
import { CustomEmbedder } from "../custom/embedder.ts";
import { isBundled, templateModelOf } from "../custom/entry.ts";
import { CustomNetwork } from "../custom/network.ts";
import { readStored, type StoredNetwork } from "../custom/store.ts";
import type { ModelName } from "../manifest.ts";
import { openSession } from "../session.ts";
import { type PreparationProgress, prepareModels } from "../store.ts";
import { descriptorNames, FaceDescriptor } from "./descriptor.ts";
import { blazeface, type DetectorOptions, FaceDetector } from "./detector.ts";
import { FaceMesh } from "./mesh.ts";
import type { FaceDescriber, FaceFinder } from "./ports.ts";

export const defaultDetector = "blazeface" satisfies ModelName;
export const defaultEmbedder = "dlib-resnet-int8" satisfies ModelName;

export interface NetworkChoice {
  /** Names of bundled networks, or of networks that were added to `customDir`. */
  readonly detector?: string | undefined;
  readonly embedder?: string | undefined;
  readonly customDir?: string | undefined;
}

export interface OpenOptions extends NetworkChoice {
  /** Where converted networks are kept; see `prepareModels`. */
  readonly cacheDir?: string;
  readonly threads?: number;
  readonly search?: DetectorOptions;
  readonly onProgress?: (progress: PreparationProgress) => void;
}

export interface OpenedNetworks extends AsyncDisposable {
  readonly finder: FaceFinder;
  readonly mesh: FaceMesh;
  readonly describer: FaceDescriber;
}

/** What a gallery has to know of an embedder before any network is opened. */
export interface EmbedderIdentity {
  readonly model: string;
  readonly dimensions: number;
}

/** The identity of an embedder by its name in the configuration. Throws MODEL_UNKNOWN, MODEL_INVALID. */
export async function embedderIdentity(choice: NetworkChoice = {}): Promise<EmbedderIdentity> {
  const embedder = await findEmbedder(choice);
  if (typeof embedder === "string") return { model: embedder, dimensions: 128 };
  const { entry, sha256 } = embedder;
  return { model: templateModelOf(entry, sha256), dimensions: entry.output.dimensions };
}

/**
 * Opens the detector, the mesh and the embedder, bundled or added. Throws MODEL_UNKNOWN for a name
 * that nobody knows, MODEL_INVALID for a network that cannot do this, and what `prepareModels` and
 * `openSession` throw.
 */
export async function openNetworks(options: OpenOptions = {}): Promise<OpenedNetworks> {
  const { cacheDir, threads = 1, search, onProgress } = options;
  const added = { detector: await findDetector(options), embedder: await findEmbedder(options) };
  const names: ModelName[] = ["facemesh"];
  if (!added.detector) names.push(defaultDetector);
  if (typeof added.embedder === "string") names.push(added.embedder);
  const models = await prepareModels({
    names,
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(onProgress ? { onProgress } : {}),
  });
  const opened: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(part: T): T => {
    opened.push(part);
    return part;
  };
  const session = async (name: ModelName) =>
    keep(await openSession(models.get(name)!, { threads }));
  const custom = async (stored: StoredNetwork) =>
    keep(await CustomNetwork.open(stored, { threads }));
  const close = async () => {
    for (const part of opened.splice(0)) await part[Symbol.asyncDispose]();
  };
  try {
    const { detector, embedder } = added;
    const finder = detector
      ? customDetector(await custom(detector), detector.entry)
      : blazeface(await session(defaultDetector));
    const mesh = new FaceMesh(await session("facemesh"));
    const describer =
      typeof embedder === "string"
        ? new FaceDescriptor(await session(embedder), embedder)
        : new CustomEmbedder(await custom(embedder), embedder.entry, embedder.sha256);
    return {
      finder: new FaceDetector(finder, search),
      ...{ mesh, describer, [Symbol.asyncDispose]: close },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Undefined for the bundled one. */
async function findDetector({ detector = defaultDetector, customDir }: NetworkChoice) {
  if (detector === defaultDetector) return undefined;
  const { entry, ...rest } = await find(detector, customDir);
  if (entry.kind !== "embedder") return { ...rest, entry };
  throw new TeburaError("MODEL_INVALID", `${detector} is an embedder; it finds no faces`);
}

/** The name alone of a bundled one. */
async function findEmbedder({ embedder = defaultEmbedder, customDir }: NetworkChoice) {
  const bundled = descriptorNames.find((name) => name === embedder);
  if (bundled) return bundled;
  const { entry, ...rest } = await find(embedder, customDir);
  if (entry.kind === "embedder") return { ...rest, entry };
  throw new TeburaError("MODEL_INVALID", `${embedder} is a detector; it describes no faces`);
}

async function find(name: string, customDir: string | undefined): Promise<StoredNetwork> {
  if (isBundled(name)) {
    throw new TeburaError(
      "MODEL_INVALID",
      `${name} cannot be chosen here: ${defaultDetector} detects and ${defaultEmbedder} describes`,
    );
  }
  if (customDir !== undefined) return await readStored(customDir, name);
  throw new TeburaError("MODEL_UNKNOWN", `no network named ${name} was added`);
}
