import { TeburaError } from "#contract/errors.ts";
import type { NetworkEntry } from "../manifest.ts";
import {
  type NetworkOutput,
  type NetworkSession,
  openSession,
  type SessionOptions,
} from "../session.ts";
import type { CustomEntry } from "./entry.ts";

const strides = [8, 16, 32] as const;

/** Shapes of the outputs for one picture, by the output's name in the file. */
export function outputShapes(entry: CustomEntry): Readonly<Record<string, readonly number[]>> {
  switch (entry.kind) {
    case "embedder":
      return { [entry.output.name]: [1, entry.output.dimensions] };
    case "blazeface":
      return { [entry.outputs.boxes]: [1, 896, 16], [entry.outputs.scores]: [1, 896, 1] };
    case "yunet":
      return Object.fromEntries(
        strides.flatMap((stride) => {
          const cells = (entry.input.side / stride) ** 2;
          return Object.entries({ cls: 1, obj: 1, bbox: 4, kps: 10 }).map(
            ([what, width]) => [`${what}_${stride}`, [1, cells, width]] as const,
          );
        }),
      );
    default:
      throw new TeburaError("UNREACHABLE", `kind of network ${entry satisfies never}`);
  }
}

/** One picture in, the declared outputs out, each of the declared shape. */
export class CustomNetwork implements AsyncDisposable {
  readonly #session: NetworkSession;
  readonly #name: string;
  readonly #shapes: ReturnType<typeof outputShapes>;
  readonly #dims: readonly [1, 3, number, number];

  private constructor(session: NetworkSession, entry: CustomEntry) {
    this.#session = session;
    this.#name = entry.name;
    this.#shapes = outputShapes(entry);
    this.#dims = [1, 3, entry.input.side, entry.input.side];
  }

  /**
   * Opens a file whose SHA-256 (base64url) is on record. Throws MODEL_SOURCE_MISSING,
   * MODEL_DIGEST_MISMATCH, and MODEL_INVALID for a file that is no ONNX.
   */
  static async open(
    { path, sha256, entry }: { path: string; sha256: string; entry: CustomEntry },
    options?: SessionOptions,
  ): Promise<CustomNetwork> {
    const session = await openSession({ path, entry: sessionEntryOf(sha256, entry) }, options);
    return new CustomNetwork(session, entry);
  }

  /** Throws MODEL_INVALID where the network does not take or give what its entry declares. */
  async run(input: Float32Array): Promise<Readonly<Record<string, NetworkOutput>>> {
    const outputs = await this.#session.run(input, this.#dims).catch((cause: unknown) => {
      if (cause instanceof TeburaError) throw cause;
      throw new TeburaError(
        "MODEL_INVALID",
        `${this.#name} cannot be run with the input that its entry declares, [${this.#dims}]`,
        { cause },
      );
    });
    for (const [output, wanted] of Object.entries(this.#shapes)) {
      const { dims } = outputs[output]!;
      if (dims.join() === wanted.join()) continue;
      throw new TeburaError(
        "MODEL_INVALID",
        `the output ${output} of ${this.#name} is [${dims}]; its entry declares [${wanted}]`,
      );
    }
    return outputs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function sessionEntryOf(sha256: string, entry: CustomEntry): NetworkEntry {
  const { side, name } = entry.input;
  return {
    ...{ name: entry.name, sha256 },
    input: { name, dims: [1, 3, side, side], layout: "NCHW" },
    // Pictures are fed by this folder's own function, which knows more orders and scales.
    preprocessing: { channels: "RGB", mean: [0, 0, 0], scale: 1, picture: entry.kind },
    outputs: Object.entries(outputShapes(entry)).map(([output, dims]) => ({
      ...{ name: output, dims, meaning: entry.kind },
    })),
  };
}
