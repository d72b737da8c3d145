import { TeburaError } from "#contract/errors.ts";

/** A value inside the network. `dims` leave the batch out: [channels, height, width] or [features]. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Rows and columns added at the border. */
export interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const noPadding: Padding = { top: 0, left: 0, bottom: 0, right: 0 };

/** (w·x + b) × scale + shift, written as w'·x + b'. The output channel is the first of w. */
export function foldScale(
  from: { weight: Float32Array; bias: Float32Array },
  scale: Float32Array,
  shift: Float32Array,
): { weight: Float32Array; bias: Float32Array } {
  const perChannel = from.weight.length / scale.length;
  return {
    weight: from.weight.map((value, i) => value * scale[Math.floor(i / perChannel)]!),
    bias: from.bias.map((value, i) => value * scale[i]! + shift[i]!),
  };
}

/** The shape of planes. Throws MODEL_CONVERSION_FAILED for anything else. */
export function planes(x: Value): [channels: number, height: number, width: number] {
  const [channels, height, width] = x.dims;
  if (channels === undefined || height === undefined || width === undefined) {
    throw shapeError(`planes expected, found [${x.dims}]`);
  }
  return [channels, height, width];
}

/** How often a window fits, moving by the stride. */
export function windowed(
  x: Value,
  [rows, columns]: [number, number],
  stride: number,
  padding: Padding,
): [height: number, width: number] {
  const [, height, width] = planes(x);
  const count = (length: number, window: number) => Math.floor((length - window) / stride) + 1;
  return [
    count(height + padding.top + padding.bottom, rows),
    count(width + padding.left + padding.right, columns),
  ];
}

/** In the order that ONNX wants. */
export function padsOf({ top, left, bottom, right }: Padding): number[] {
  return [top, left, bottom, right];
}

export function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}

export function shapeError(what: string): TeburaError {
  return new TeburaError("MODEL_CONVERSION_FAILED", `the network does not fit together: ${what}`);
}
