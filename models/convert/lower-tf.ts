import { TeburaError } from "#contract/errors.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { TfGraph, TfNode } from "./tf-graph.ts";
import {
  depthwiseFilterFromTf,
  filterFromTf,
  floats,
  namedPadding,
  rowsChannelsFirst,
  type Widening,
  widenChannels,
} from "./tf-layout.ts";
import type { Padding, Value } from "./values.ts";
import type { SourceTensor } from "./weights.ts";

/**
 * Writes the operations of a TensorFlow graph (channels last) into a builder (channels first).
 * Values are made when first asked for, so what no wanted output needs is never written.
 */
export class TfLowering {
  readonly #graph: TfGraph;
  readonly #weights: ReadonlyMap<string, SourceTensor>;
  readonly #builder: GraphBuilder;
  readonly #widening: Widening | undefined;
  readonly #values = new Map<string, Value>();
  readonly #readers = new Map<string, TfNode[]>();

  constructor(
    graph: TfGraph,
    weights: ReadonlyMap<string, SourceTensor>,
    builder: GraphBuilder,
    widening?: Widening,
  ) {
    this.#graph = graph;
    this.#weights = widening ? widenChannels(weights, widening) : weights;
    this.#widening = widening;
    this.#builder = builder;
    for (const node of graph.nodes.values()) {
      for (const input of node.inputs) {
        this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
      }
    }
  }

  value(name: string): Value {
    const known = this.#values.get(name);
    if (known) return known;
    const node = this.#graph.nodes.get(name);
    if (!node) throw failure(`there is no ${name} in the graph`);
    const value = this.#lower(node);
    this.#values.set(name, value);
    return value;
  }

  #lower(node: TfNode): Value {
    switch (node.op) {
      case "Placeholder":
        return this.#builder.input();
      case "Identity":
        return this.#x(node);
      case "Conv2D":
      case "_FusedConv2D":
      case "DepthwiseConv2dNative":
        return this.#convolution(node);
      case "_FusedMatMul":
        return this.#dense(node);
      case "Add":
      case "AddV2":
      case "Mul":
        return this.#addOrScale(node);
      case "Relu":
        return this.#builder.relu(this.#x(node));
      case "Minimum":
      case "Maximum":
        return this.#bound(node);
      case "Prelu":
        return this.#builder.prelu(this.#x(node), this.#slope(node, 1));
      case "MaxPool":
        return this.#maxPool(node);
      case "Pad":
        return this.#pad(node);
      case "ConcatV2":
        return this.#concat(node);
      case "Reshape":
        return this.#reshape(node);
      case "Mean":
        return this.#mean(node);
      case "Sigmoid":
        return this.#builder.sigmoid(this.#x(node));
      case "Softmax":
        return this.#builder.softmax(this.#x(node));
      default:
        throw failure(`operation ${node.op} of ${node.name} is not known to the converter`);
    }
  }

  #x(node: TfNode, index = 0): Value {
    return this.value(node.inputs[index] ?? "");
  }

  #constant(node: TfNode, index: number): SourceTensor {
    const constant = this.#weights.get(node.inputs[index] ?? "");
    if (!constant) throw failure(`input ${index} of ${node.name} is no constant`);
    return constant;
  }

  /** Whether nobody but this node reads its input, so that the input may change its meaning. */
  #exclusive(node: TfNode): boolean {
    return this.#readers.get(node.inputs[0] ?? "")?.length === 1;
  }

  #convolution(node: TfNode): Value {
    const x = this.#x(node);
    const filter = this.#constant(node, 1);
    const window = [filter.dims[0] ?? 0, filter.dims[1] ?? 0] as const;
    const isDepthwise = node.op === "DepthwiseConv2dNative";
    const out = this.#builder.convolution(x, {
      weight: isDepthwise ? depthwiseFilterFromTf(filter) : filterFromTf(filter),
      ...(node.fused.includes("BiasAdd") ? { bias: floats(this.#constant(node, 2)) } : {}),
      stride: node.stride,
      padding: namedPadding(node.padding, x, window, node.stride),
      groups: isDepthwise ? (filter.dims[2] ?? 0) : 1,
    });
    return this.#activate(node, out);
  }

  #dense(node: TfNode): Value {
    const x = this.#x(node);
    const matrix = this.#constant(node, 1);
    const flattened = this.#flattenedFrom(node.inputs[0] ?? "");
    const weight = flattened
      ? rowsChannelsFirst(matrix, flattened)
      : { dims: matrix.dims, data: floats(matrix) };
    const bias = node.fused.includes("BiasAdd") ? floats(this.#constant(node, 2)) : undefined;
    return this.#activate(node, this.#builder.dense(x, weight, bias));
  }

  #activate(node: TfNode, x: Value): Value {
    const [activation] = node.fused.filter((name) => name !== "BiasAdd");
    switch (activation) {
      case undefined:
        return x;
      case "Relu":
        return this.#builder.relu(x);
      case "Prelu":
        return this.#builder.prelu(x, this.#slope(node, 3));
      default:
        throw failure(`fused ${activation} of ${node.name} is not known to the converter`);
    }
  }

  #slope(node: TfNode, index: number): Float32Array {
    const slope = this.#constant(node, index);
    if (slope.dims.slice(0, -1).some((dim) => dim !== 1)) {
      throw failure(`the slope of ${node.name} is not one for each channel`);
    }
    return floats(slope);
  }

  #addOrScale(node: TfNode): Value {
    const x = this.#x(node);
    const constant = this.#weights.get(node.inputs[1] ?? "");
    if (!constant) {
      if (node.op === "Mul") throw failure(`${node.name} multiplies two values`);
      return this.#builder.add(x, this.#x(node, 1));
    }
    const vector = floats(constant);
    if (vector.length !== x.dims[0]) throw failure(`${node.name} is not one for each channel`);
    const [scale, shift] =
      node.op === "Mul"
        ? [vector, new Float32Array(vector.length)]
        : [new Float32Array(vector.length).fill(1), vector];
    return this.#builder.scaleChannels(x, scale, shift, this.#exclusive(node));
  }

  /** min(relu(x), high) and the max(…, 0) after it, which together are one Clip. */
  #bound(node: TfNode): Value {
    const source = this.#graph.nodes.get(node.inputs[0] ?? "");
    const [limit = Number.NaN] = this.#constant(node, 1).data;
    if (node.op === "Minimum" && source?.op === "Relu" && this.#exclusive(node)) {
      return this.#builder.clip(this.#x(source), 0, limit);
    }
    if (node.op === "Maximum" && source?.op === "Minimum" && limit === 0) return this.#x(node);
    throw failure(`${node.name} bounds something other than a Relu`);
  }

  #maxPool(node: TfNode): Value {
    const x = this.#x(node);
    const window = [node.window, node.window] as const;
    const padding: Padding = namedPadding(node.padding, x, window, node.stride);
    return this.#builder.maxPool(x, { size: node.window, stride: node.stride, padding });
  }

  #pad(node: TfNode): Value {
    // Pairs of before and after for batch, rows, columns, channels.
    const [b0, b1, y0, rows = 0, x0, columns = 0, c0, channels = 0] = this.#constant(node, 1).data;
    if (b0 || b1 || y0 || x0 || c0) throw failure(`${node.name} pads before the first element`);
    const x = this.#x(node);
    const { from = 0, to = 0 } = this.#widening ?? {};
    const widened = x.dims[0] === to ? to - from : 0;
    return this.#builder.padEnd(x, { channels: channels - widened, rows, columns });
  }

  #concat(node: TfNode): Value {
    const axis = this.#constant(node, node.inputs.length - 1).data[0];
    const values = node.inputs.slice(0, -1).map((name) => this.value(name));
    if (axis !== 3 && axis !== -1) throw failure(`${node.name} joins along axis ${axis}`);
    return this.#builder.concat(values);
  }

  #mean(node: TfNode): Value {
    const axes = [...this.#constant(node, 1).data].sort().join();
    if (axes !== "1,2") throw failure(`${node.name} takes the mean over axes ${axes}`);
    return this.#builder.globalAverage(this.#x(node));
  }

  #reshape(node: TfNode): Value {
    const x = this.#x(node);
    const dims = [...this.#constant(node, 1).data].slice(1);
    const isPoint = x.dims[1] === 1 && x.dims[2] === 1;
    if (dims.length === 1 && (isPoint || this.#flattenedFrom(node.name))) {
      return this.#builder.flatten(x);
    }
    return this.#builder.reshapeChannelsLast(x, dims);
  }

  /**
   * The planes that this reshaping flattens, if all that read it are matrix products: their rows
   * are put in the order of the planes, so the value itself need not be transposed.
   */
  #flattenedFrom(name: string): readonly number[] | undefined {
    const node = this.#graph.nodes.get(name);
    const readers = this.#readers.get(name) ?? [];
    if (node?.op !== "Reshape" || readers.some((reader) => reader.op !== "_FusedMatMul")) return;
    return this.#x(node).dims;
  }
}

function failure(what: string): TeburaError {
  return new TeburaError("MODEL_CONVERSION_FAILED", what);
}
