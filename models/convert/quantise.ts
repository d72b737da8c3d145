import { TeburaError } from "#contract/errors.ts";
import type { Constant, OnnxGraph, OnnxNode } from "./onnx-model.ts";

/** How a value is kept in eight bits: number = scale × (byte - zero). */
export interface ByteRange {
  readonly scale: number;
  readonly zero: number;
}

/**
 * Seven bits in place of eight for the weights: processors without VNNI add two products in sixteen bits,
 * which eight would overflow. So every machine computes the same templates.
 */
const weightMax = 63;

/**
 * A network of convolutions, sums and pools with weights and values of eight bits, as ONNX writes it: each
 * value is quantised where it is made and dequantised where it is read, which the runtime fuses
 * into whole-number operations (Jacob et al., "Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference", 2018). From the global mean on everything stays as it is. Throws
 * MODEL_CONVERSION_FAILED where `ranges` lacks a value.
 */
export function quantised(
  graph: OnnxGraph,
  ranges: Readonly<Record<string, ByteRange>>,
): OnnxGraph {
  return new Quantiser(graph, ranges).run();
}

class Quantiser {
  readonly #graph: OnnxGraph;
  readonly #ranges: Readonly<Record<string, ByteRange>>;
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, Constant>();
  /** The range of each value that is kept in bytes. */
  readonly #kept = new Map<string, ByteRange>();

  constructor(graph: OnnxGraph, ranges: Readonly<Record<string, ByteRange>>) {
    this.#graph = graph;
    this.#ranges = ranges;
  }

  run(): OnnxGraph {
    const { nodes, input } = this.#graph;
    this.#keep(input.name, this.#rangeOf(input.name));
    const isPlain = nodes.findIndex(({ op }) => op === "GlobalAveragePool");
    const head = isPlain === -1 ? nodes : nodes.slice(0, isPlain);
    for (const node of head) this.#convert(node, nodes);
    for (const node of nodes.slice(head.length)) this.#plain(node);
    return { ...this.#graph, nodes: this.#nodes, constants: this.#constants };
  }

  #convert(node: OnnxNode, all: readonly OnnxNode[]): void {
    if (node.op === "Relu") return; // A zero of 0 in the range cuts off what is below.
    const follower = all.find(({ op, inputs }) => op === "Relu" && inputs[0] === node.output);
    const output = follower?.output ?? node.output;
    const isPool = node.op === "MaxPool" || node.op === "AveragePool";
    const range = isPool ? this.#kept.get(node.inputs[0]!)! : this.#rangeOf(output);
    const inputs = node.op === "Conv" ? this.#convolved(node) : node.inputs.map(dequantised);
    this.#nodes.push({ ...node, inputs, output });
    this.#keep(output, range);
  }

  /** What follows the bytes reads them as numbers again, and keeps its own constants. */
  #plain(node: OnnxNode): void {
    for (const name of node.inputs) {
      const constant = this.#graph.constants.get(name);
      if (constant) this.#constants.set(name, constant);
    }
    const inputs = node.inputs.map((name) => (this.#kept.has(name) ? dequantised(name) : name));
    this.#nodes.push({ ...node, inputs });
  }

  /** Quantises a value, and dequantises it for those who read it. */
  #keep(name: string, range: ByteRange): void {
    this.#kept.set(name, range);
    const [scale, zero, bytes] = [`${name}_scale`, `${name}_zero`, `${name}_bytes`];
    this.#constants.set(scale, { dims: [], data: Float32Array.of(range.scale) });
    this.#constants.set(zero, { dims: [], data: Uint8Array.of(range.zero) });
    const quantise = { op: "QuantizeLinear", inputs: [name, scale, zero], output: bytes };
    const back = {
      op: "DequantizeLinear",
      inputs: [bytes, scale, zero],
      output: dequantised(name),
    };
    this.#nodes.push({ ...quantise, attributes: {} }, { ...back, attributes: {} });
  }

  /** Weights with a scale for each channel that leaves, and biases in the unit of the products. */
  #convolved({ inputs: [from = "", weightName = "", biasName = ""] }: OnnxNode): string[] {
    const weight = this.#numbers(weightName);
    const bias = this.#numbers(biasName);
    const channels = bias.data.length;
    const each = weight.data.length / channels;
    const unit = this.#kept.get(from)!.scale;
    const scales = new Float32Array(channels);
    const bytes = new Int8Array(weight.data.length);
    const biases = new Int32Array(channels);
    for (let channel = 0; channel < channels; channel++) {
      const own = weight.data.subarray(channel * each, (channel + 1) * each);
      const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      scales[channel] = largest > 0 ? largest / weightMax : 1;
      const scale = scales[channel]!;
      for (let i = 0; i < each; i++) bytes[channel * each + i] = Math.round(own[i]! / scale);
      biases[channel] = Math.round(bias.data[channel]! / (unit * scale));
    }
    const biasScales = scales.map((scale) => scale * unit);
    return [
      dequantised(from),
      this.#stored(weightName, { dims: weight.dims, data: bytes }, scales, new Int8Array(channels)),
      this.#stored(
        biasName,
        { dims: bias.dims, data: biases },
        biasScales,
        new Int32Array(channels),
      ),
    ];
  }

  /** A constant in whole numbers, and the node that makes numbers of it. */
  #stored(
    name: string,
    constant: Constant,
    scales: Float32Array,
    zeros: Int8Array | Int32Array,
  ): string {
    const dims = [scales.length];
    this.#constants.set(`${name}_whole`, constant);
    this.#constants.set(`${name}_scale`, { dims, data: scales });
    this.#constants.set(`${name}_zero`, { dims, data: zeros });
    this.#nodes.push({
      op: "DequantizeLinear",
      inputs: [`${name}_whole`, `${name}_scale`, `${name}_zero`],
      output: dequantised(name),
      attributes: { axis: { int: 0 } },
    });
    return dequantised(name);
  }

  #numbers(name: string) {
    const constant = this.#graph.constants.get(name);
    if (constant?.data instanceof Float32Array) return { dims: constant.dims, data: constant.data };
    throw new TeburaError("MODEL_CONVERSION_FAILED", `${name} is no constant of numbers`);
  }

  #rangeOf(name: string): ByteRange {
    const range = this.#ranges[name];
    if (range) return range;
    throw new TeburaError("MODEL_CONVERSION_FAILED", `nobody measured the range of ${name}`);
  }
}

const dequantised = (name: string) => `${name}_number`;
