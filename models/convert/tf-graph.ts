import { TeburaError } from "#contract/errors.ts";
import type { WeightsManifest } from "./weights.ts";

interface RawAttribute {
  readonly s?: string;
  readonly list?: { readonly s?: readonly string[]; readonly i?: readonly (string | number)[] };
  readonly shape?: { readonly dim?: readonly { readonly size: string | number }[] };
}

interface RawNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, RawAttribute>>;
}

/** One operation of a TensorFlow graph, with the attributes that the converter reads. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** "SAME", "VALID" or "". */
  readonly padding: string;
  /** What a fused operation does after its product, such as BiasAdd and Relu. */
  readonly fused: readonly string[];
  /** Rows and columns; 1 where none is given. */
  readonly stride: number;
  readonly window: number;
  /** Of a placeholder, without the batch: height, width, channels. */
  readonly shape: readonly number[];
}

export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly weightsManifest: WeightsManifest;
}

/**
 * Reads a TensorFlow.js graph model. The file's digest was checked before, so a file that does not
 * have this form is a fault of the converter: MODEL_CONVERSION_FAILED.
 */
export function parseTfGraph(json: string): TfGraph {
  const model = JSON.parse(json) as {
    modelTopology?: { node?: readonly RawNode[] };
    weightsManifest?: WeightsManifest;
  };
  if (!model.modelTopology?.node || !model.weightsManifest) {
    throw new TeburaError("MODEL_CONVERSION_FAILED", "the file is no TensorFlow.js graph model");
  }
  const nodes = model.modelTopology.node.map((node) => [node.name, parseNode(node)] as const);
  return { nodes: new Map(nodes), weightsManifest: model.weightsManifest };
}

function parseNode({ name, op, input = [], attr = {} }: RawNode): TfNode {
  return {
    name,
    op,
    // "name:0" is the first output of a node, which is the only one of every operation here.
    inputs: input.map((from) => from.replace(/:0$/, "")),
    padding: text(attr["padding"]?.s),
    fused: (attr["fused_ops"]?.list?.s ?? []).map(text),
    stride: square(attr["strides"], name),
    window: square(attr["ksize"], name),
    shape: (attr["shape"]?.shape?.dim ?? []).slice(1).map((dim) => Number(dim.size)),
  };
}

function text(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString("latin1");
}

function square(attribute: RawAttribute | undefined, name: string): number {
  const [, rows = 1, columns = 1] = (attribute?.list?.i ?? []).map(Number);
  if (rows !== columns) {
    throw new TeburaError("MODEL_CONVERSION_FAILED", `${name} is not the same in both directions`);
  }
  return rows;
}
