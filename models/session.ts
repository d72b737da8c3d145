import { readFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { withLengths } from "./fixed-size.ts";
import type { ModelEntry, NetworkEntry } from "./manifest.ts";

/** A network on disk, as `prepareModels` leaves it. */
export interface PreparedModel<Entry extends NetworkEntry = ModelEntry> {
  readonly path: string;
  readonly entry: Entry;
}

export interface NetworkOutput {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface SessionOptions {
  /** Threads inside one run; 1 unless told. Several sessions with several threads each collide. */
  readonly threads?: number;
}

/** A network that is ready to run. */
export interface NetworkSession extends AsyncDisposable {
  readonly entry: NetworkEntry;
  /**
   * Runs the network. `data` is NCHW as the manifest says and may be filled anew for the next run:
   * one array that is used again and again costs no new tensor. The outputs belong to the caller.
   * The work is done on the calling thread, which is blocked meanwhile. Throws MODEL_INVALID where
   * the shape is not the network's, and STOPPED after disposal.
   */
  run(
    data: Float32Array,
    dims: readonly number[],
  ): Promise<Readonly<Record<string, NetworkOutput>>>;
}

/**
 * Opens a network for inference on the CPU. The bytes that are loaded are the bytes whose digest
 * was checked. Throws MODEL_SOURCE_MISSING where the file is gone, MODEL_DIGEST_MISMATCH where it
 * is another, and MODEL_INVALID where the runtime cannot load it.
 */
export async function openSession(
  { path, entry }: PreparedModel<NetworkEntry>,
  { threads = 1 }: SessionOptions = {},
): Promise<NetworkSession> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new TeburaError(
      "MODEL_SOURCE_MISSING",
      `the network ${entry.name} is not at ${path}; prepare the models again`,
      { cause },
    );
  });
  if (digestOf(bytes) !== entry.sha256) {
    throw new TeburaError(
      "MODEL_DIGEST_MISMATCH",
      `${path} is not the ${entry.name} whose digest is on record; delete it and prepare or add it again`,
    );
  }
  const network = new OrtSession(entry, async ([, , rows = 0, columns = 0]) => {
    const fixed = entry.input.sideStep ? withLengths(bytes, { rows, columns }) : bytes;
    return await createSession(fixed, entry, threads);
  });
  await network.open();
  return network;
}

async function createSession(bytes: Uint8Array, entry: NetworkEntry, threads: number) {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "all",
      enableCpuMemArena: true,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Idle threads that spin take the core from the other sessions.
      extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    throw new TeburaError("MODEL_INVALID", `the runtime cannot load ${entry.name}`, { cause });
  }
}

/** A network of any size is opened anew for each size that it meets: a camera has one. */
const sizesMax = 4;

class OrtSession implements NetworkSession {
  readonly entry: NetworkEntry;
  readonly #create: (dims: readonly number[]) => Promise<InferenceSession>;
  readonly #sessions = new Map<string, InferenceSession>();
  #input: Tensor | undefined;
  #isOpen = true;

  constructor(entry: NetworkEntry, create: (dims: readonly number[]) => Promise<InferenceSession>) {
    this.entry = entry;
    this.#create = create;
  }

  /** Opens the size that the network was made for. */
  async open(): Promise<void> {
    await this.#sessionFor(this.entry.input.dims.map(Number));
  }

  async run(data: Float32Array, dims: readonly number[]) {
    if (!this.#isOpen) throw new TeburaError("STOPPED", `${this.entry.name} was closed`);
    const tensor = this.#tensor(data, dims);
    const session = await this.#sessionFor(dims);
    const results = await session.run({ [this.entry.input.name]: tensor });
    const outputs: Record<string, NetworkOutput> = {};
    for (const { name } of this.entry.outputs) {
      const tensor = results[name];
      if (!(tensor?.data instanceof Float32Array)) {
        throw new TeburaError("MODEL_INVALID", `${this.entry.name} has no output ${name}`);
      }
      outputs[name] = { data: tensor.data, dims: tensor.dims };
    }
    return outputs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#input = undefined;
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  async #sessionFor(dims: readonly number[]): Promise<InferenceSession> {
    const key = this.entry.input.sideStep ? dims.slice(2).join() : "";
    const known = this.#sessions.get(key);
    if (known) return known;
    const session = await this.#create(dims);
    for (const [other, oldest] of this.#sessions) {
      if (this.#sessions.size < sizesMax) break;
      this.#sessions.delete(other);
      await oldest.release();
    }
    this.#sessions.set(key, session);
    return session;
  }

  #tensor(data: Float32Array, dims: readonly number[]): Tensor {
    const known = this.#input;
    if (known?.data === data && sameDims(known.dims, dims)) return known;
    const { dims: wanted, sideStep } = this.entry.input;
    const fits = wanted.every((dim, i) => {
      const given = dims[i] ?? 0;
      if (dim === "N") return given > 0;
      return dim === given || (i > 1 && sideStep && given > 0 && given % sideStep === 0);
    });
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (!fits || dims.length !== wanted.length || count !== data.length) {
      throw new TeburaError(
        "MODEL_INVALID",
        `${this.entry.name} takes [${wanted}], not ${data.length} numbers as [${dims}]`,
      );
    }
    this.#input = new Tensor("float32", data, dims);
    return this.#input;
  }
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
