import type { Constant } from "./onnx-model.ts";
import { noPadding, type Padding, type Value } from "./values.ts";
import type { SourceTensor } from "./weights.ts";

/**
 * TensorFlow's SAME padding: the output has ceil(length / stride) places, and what is missing at the
 * border is split in two with the odd one at the end. At stride 2 it is therefore not symmetric.
 */
export function samePadding(x: Value, window: readonly [number, number], stride: number): Padding {
  const [, height = 0, width = 0] = x.dims;
  const total = (length: number, size: number) =>
    Math.max((Math.ceil(length / stride) - 1) * stride + size - length, 0);
  const rows = total(height, window[0]);
  const columns = total(width, window[1]);
  const top = Math.floor(rows / 2);
  const left = Math.floor(columns / 2);
  return { top, left, bottom: rows - top, right: columns - left };
}

/** The padding that TensorFlow calls by this name. */
export function namedPadding(
  name: string,
  x: Value,
  window: readonly [number, number],
  stride: number,
): Padding {
  return name === "SAME" ? samePadding(x, window, stride) : noPadding;
}

/** A filter from row, column, input, output to output, input, row, column. */
export function filterFromTf(filter: SourceTensor): Constant {
  const [rows = 0, columns = 0, inputs = 0, outputs = 0] = filter.dims;
  const data = new Float32Array(filter.data.length);
  let target = 0;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let at = 0; at < rows * columns; at++) {
        data[target++] = filter.data[(at * inputs + i) * outputs + o]!;
      }
    }
  }
  return { dims: [outputs, inputs, rows, columns], data };
}

/** A depthwise filter from row, column, channel, 1 to channel, 1, row, column. */
export function depthwiseFilterFromTf(filter: SourceTensor): Constant {
  const [rows = 0, columns = 0, channels = 0, multiplier = 0] = filter.dims;
  return filterFromTf({ dims: [rows, columns, 1, channels * multiplier], data: filter.data });
}

/**
 * A matrix whose rows follow a channels-last flattening, with its rows in channels-first order. It
 * takes the place of a transposition of the value.
 */
export function rowsChannelsFirst(matrix: SourceTensor, planes: readonly number[]): Constant {
  const [channels = 0, height = 0, width = 0] = planes;
  const [rows = 0, columns = 0] = matrix.dims;
  const data = new Float32Array(rows * columns);
  for (let c = 0; c < channels; c++) {
    for (let at = 0; at < height * width; at++) {
      const from = (at * channels + c) * columns;
      const row = c * height * width + at;
      data.set(matrix.data.subarray(from, from + columns), row * columns);
    }
  }
  return { dims: [rows, columns], data };
}

/** Every value of `from` channels gets `to`, the new ones always zero. */
export interface Widening {
  readonly from: number;
  readonly to: number;
}

/** The weights of the widened network, with zeros for the new channels. */
export function widenChannels(
  weights: ReadonlyMap<string, SourceTensor>,
  widening: Widening,
): ReadonlyMap<string, SourceTensor> {
  const widened = [...weights].map(([name, tensor]) => {
    const isFloat = tensor.data instanceof Float32Array;
    return [name, isFloat ? widenTensor(tensor, widening) : tensor] as const;
  });
  return new Map(widened);
}

function widenTensor(tensor: SourceTensor, { from, to }: Widening): SourceTensor {
  // Rows and columns of a filter are never as many as its channels.
  const dims = tensor.dims.map((dim) => (dim === from ? to : dim));
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  tensor.data.forEach((value, i) => {
    let rest = i;
    let target = 0;
    let step = 1;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const length = tensor.dims[axis]!;
      target += (rest % length) * step;
      rest = Math.floor(rest / length);
      step *= dims[axis]!;
    }
    data[target] = value;
  });
  return { dims, data };
}

export function floats(tensor: SourceTensor): Float32Array {
  return tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data);
}
