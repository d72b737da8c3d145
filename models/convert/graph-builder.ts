import type { Attribute, Constant, InputPort, OnnxGraph, OnnxNode, Port } from "./onnx-model.ts";
import {
  foldScale,
  noPadding,
  type Padding,
  padsOf,
  planes,
  product,
  shapeError,
  type Value,
  windowed,
} from "./values.ts";

export interface ConvolutionOptions {
  /** In the order output channel, input channel of the group, row, column. */
  readonly weight: Constant;
  readonly bias?: Float32Array;
  readonly stride?: number;
  readonly padding?: Padding;
  readonly groups?: number;
}

export interface PoolOptions {
  readonly size: number;
  readonly stride: number;
  readonly padding?: Padding;
}

/**
 * How a PReLU is written. ONNX Runtime has no blocked (NCHWc) kernel for PRelu, so each one costs
 * two reorderings; as a·x + (1 - a)·relu(x), both products depthwise 1×1 convolutions, it has.
 */
export type PreluForm = "depthwise" | "prelu";

/** Builds an ONNX graph in NCHW and knows the shape of every value in it. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #input: InputPort;
  readonly #batch: Port["dims"][number];
  readonly #preluForm: PreluForm;

  constructor(input: InputPort, preluForm: PreluForm = "depthwise") {
    this.#input = input;
    this.#batch = input.dims[0] ?? 1;
    this.#preluForm = preluForm;
  }

  input(): Value {
    return { name: this.#input.name, dims: this.#input.dims.slice(1).map(Number) };
  }

  convolution(x: Value, options: ConvolutionOptions): Value {
    const { weight, stride = 1, padding = noPadding, groups = 1 } = options;
    const [outputs = 0, inputs = 0, rows = 0, columns = 0] = weight.dims;
    const [channels] = planes(x);
    if (channels !== inputs * groups) {
      throw shapeError(`convolution takes ${inputs * groups} channels, the value has ${channels}`);
    }
    const bias = options.bias ?? new Float32Array(outputs);
    const dims = [outputs, ...windowed(x, [rows, columns], stride, padding)];
    const constants = [this.#constant(weight), this.#constant({ dims: [outputs], data: bias })];
    return this.#node("Conv", [x.name, ...constants], dims, {
      group: { int: groups },
      kernel_shape: { ints: [rows, columns] },
      pads: { ints: padsOf(padding) },
      strides: { ints: [stride, stride] },
    });
  }

  /**
   * x × scale + shift for each channel. Folds into the convolution that made x when `exclusive`
   * says that nobody else reads x; otherwise it becomes a depthwise 1×1 convolution (or a plain
   * product and sum where x has no planes).
   */
  scaleChannels(x: Value, scale: Float32Array, shift: Float32Array, exclusive: boolean): Value {
    const producer = this.#nodes.find((node) => node.output === x.name);
    if (exclusive && producer?.op === "Conv") {
      this.#foldScale(producer, scale, shift);
      return x;
    }
    if (x.dims.length === 3) {
      const weight = { dims: [scale.length, 1, 1, 1], data: scale };
      return this.convolution(x, { weight, bias: shift, groups: scale.length });
    }
    const product = this.#node("Mul", [x.name, this.#vector(scale)], x.dims);
    return this.#node("Add", [product.name, this.#vector(shift)], x.dims);
  }

  relu(x: Value): Value {
    return this.#node("Relu", [x.name], x.dims);
  }

  clip(x: Value, low: number, high: number): Value {
    const bounds = [low, high].map((value) =>
      this.#constant({ dims: [], data: Float32Array.of(value) }),
    );
    return this.#node("Clip", [x.name, ...bounds], x.dims);
  }

  prelu(x: Value, slope: Float32Array): Value {
    if (this.#preluForm === "prelu") {
      const alpha = this.#constant({ dims: [slope.length, 1, 1], data: slope });
      return this.#node("PRelu", [x.name, alpha], x.dims);
    }
    const groups = slope.length;
    const dims = [groups, 1, 1, 1];
    const rest = slope.map((value) => 1 - value);
    const linear = this.convolution(x, { weight: { dims, data: slope }, groups });
    const positive = this.convolution(this.relu(x), { weight: { dims, data: rest }, groups });
    return this.add(linear, positive);
  }

  add(a: Value, b: Value): Value {
    if (a.dims.join() !== b.dims.join()) throw shapeError(`sum of [${a.dims}] and [${b.dims}]`);
    return this.#node("Add", [a.name, b.name], a.dims);
  }

  maxPool(x: Value, { size, stride, padding = noPadding }: PoolOptions): Value {
    const dims = [x.dims[0]!, ...windowed(x, [size, size], stride, padding)];
    return this.#node("MaxPool", [x.name], dims, {
      kernel_shape: { ints: [size, size] },
      pads: { ints: padsOf(padding) },
      strides: { ints: [stride, stride] },
    });
  }

  averagePool(x: Value, { size, stride }: PoolOptions): Value {
    const dims = [x.dims[0]!, ...windowed(x, [size, size], stride, noPadding)];
    return this.#node("AveragePool", [x.name], dims, {
      kernel_shape: { ints: [size, size] },
      strides: { ints: [stride, stride] },
    });
  }

  /** The mean over each plane, as one number for each channel. */
  globalAverage(x: Value): Value {
    const [channels] = planes(x);
    return this.flatten(this.#node("GlobalAveragePool", [x.name], [channels, 1, 1]));
  }

  /**
   * Zeros after the last channel, row and column. They come from a 1×1 convolution with the unit
   * matrix, because ONNX Runtime leaves its blocked layout at a Pad and does not find back.
   */
  padEnd(x: Value, end: { channels?: number; rows?: number; columns?: number }): Value {
    const [channels] = planes(x);
    const padding = { ...noPadding, bottom: end.rows ?? 0, right: end.columns ?? 0 };
    if (!end.channels) {
      const weight = { dims: [channels, 1, 1, 1], data: new Float32Array(channels).fill(1) };
      return this.convolution(x, { weight, padding, groups: channels });
    }
    const outputs = channels + end.channels;
    const data = new Float32Array(outputs * channels);
    for (let i = 0; i < channels; i++) data[i * channels + i] = 1;
    return this.convolution(x, { weight: { dims: [outputs, channels, 1, 1], data }, padding });
  }

  /** Joins along the first dimension after the batch (the channels, of planes). */
  concat(values: readonly Value[]): Value {
    const total = values.reduce((sum, value) => sum + value.dims[0]!, 0);
    const names = values.map((value) => value.name);
    return this.#node("Concat", names, [total, ...values[0]!.dims.slice(1)], { axis: { int: 1 } });
  }

  /** The numbers in the order they lie, channel by channel, row by row. */
  flatten(x: Value): Value {
    return this.#node("Flatten", [x.name], [product(x.dims)], { axis: { int: 1 } });
  }

  /** The numbers in the order of a channels-last tensor, in another shape. */
  reshapeChannelsLast(x: Value, dims: readonly number[]): Value {
    const [channels, height, width] = planes(x);
    if (product(dims) !== product(x.dims)) throw shapeError(`[${x.dims}] as [${dims}]`);
    const last = this.#node("Transpose", [x.name], [height, width, channels], {
      perm: { ints: [0, 2, 3, 1] },
    });
    const [first = 0, ...rest] = dims;
    // A dimension of 0 keeps the batch as it is, and one of -1 is whatever remains.
    const sizes = [0, this.#input.sideStep ? -1 : first, ...rest];
    const shape = this.#constant({ dims: [sizes.length], data: sizes });
    return this.#node("Reshape", [last.name, shape], dims);
  }

  /** x · weight + bias; weight has one row for each input. */
  dense(x: Value, weight: Constant, bias?: Float32Array): Value {
    const [rows = 0, columns = 0] = weight.dims;
    if (x.dims.length !== 1 || x.dims[0] !== rows) throw shapeError(`product of [${x.dims}]`);
    const constants = [weight, ...(bias ? [{ dims: [columns], data: bias }] : [])];
    return this.#node("Gemm", [x.name, ...constants.map((c) => this.#constant(c))], [columns]);
  }

  sigmoid(x: Value): Value {
    return this.#node("Sigmoid", [x.name], x.dims);
  }

  softmax(x: Value): Value {
    return this.#node("Softmax", [x.name], x.dims, { axis: { int: -1 } });
  }

  /** Names the values that leave the network, and returns the whole. */
  finish(name: string, outputs: readonly { name: string; value: Value }[]): OnnxGraph {
    for (const { name: to, value } of outputs) {
      for (const node of this.#nodes) {
        if (node.output === value.name) node.output = to;
        node.inputs = node.inputs.map((input) => (input === value.name ? to : input));
      }
    }
    const ports = outputs.map(({ name: to, value }) => ({
      name: to,
      dims: [this.#batch, ...value.dims],
    }));
    return {
      name,
      ...this.#freed(ports),
      nodes: this.#nodes,
      constants: this.#constants,
    };
  }

  /** The edges of the network, with names for the lengths that a picture of any size has. */
  #freed(outputs: readonly Port[]): Pick<OnnxGraph, "input" | "outputs"> {
    const { name, dims, sideStep } = this.#input;
    if (!sideStep) return { input: { name, dims }, outputs };
    return {
      input: { name, dims: [...dims.slice(0, 2), "rows", "columns"] },
      outputs: outputs.map((port) => ({
        name: port.name,
        dims: [this.#batch, "places", ...port.dims.slice(2)],
      })),
    };
  }

  #node(
    op: string,
    inputs: string[],
    dims: readonly number[],
    attributes: Record<string, Attribute> = {},
  ): Value {
    const output = `v${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, output, attributes });
    return { name: output, dims };
  }

  #constant(constant: Constant): string {
    const name = `c${this.#constants.size}`;
    this.#constants.set(name, constant);
    return name;
  }

  #vector(data: Float32Array): string {
    return this.#constant({ dims: [data.length], data });
  }

  #foldScale(convolution: OnnxNode, scale: Float32Array, shift: Float32Array): void {
    const [, weightName = "", biasName = ""] = convolution.inputs;
    const weight = this.#constants.get(weightName);
    const bias = this.#constants.get(biasName);
    if (!(weight?.data instanceof Float32Array && bias?.data instanceof Float32Array)) {
      throw shapeError("a convolution without its weights");
    }
    const folded = foldScale({ weight: weight.data, bias: bias.data }, scale, shift);
    this.#constants.set(weightName, { dims: weight.dims, data: folded.weight });
    this.#constants.set(biasName, { dims: bias.dims, data: folded.bias });
  }
}
