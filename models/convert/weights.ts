import { TeburaError } from "#contract/errors.ts";

/** A tensor of the source in its own layout (for TensorFlow: channels last, filters HWIO). */
export interface SourceTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** One entry of a TensorFlow.js weights manifest. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: {
    readonly dtype: string;
    readonly scale?: number;
    readonly min?: number;
  };
}

export type WeightsManifest = readonly { readonly weights: readonly WeightEntry[] }[];

const elementBytes: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

/**
 * Reads the weights that lie one after the other in a TensorFlow.js weights file: float32 and int32
 * as they are, float16 widened, uint8 and uint16 as value × scale + min.
 * Throws MODEL_CONVERSION_FAILED where the file and its manifest disagree.
 */
export function decodeWeights(
  manifest: WeightsManifest,
  file: Uint8Array,
): ReadonlyMap<string, SourceTensor> {
  const tensors = new Map<string, SourceTensor>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let offset = 0;
  for (const entry of manifest.flatMap((group) => group.weights)) {
    const stored = entry.quantization?.dtype ?? entry.dtype;
    const width = elementBytes[stored];
    const count = entry.shape.reduce((product, dim) => product * dim, 1);
    if (width === undefined || offset + count * width > file.byteLength) {
      throw new TeburaError(
        "MODEL_CONVERSION_FAILED",
        `weight ${entry.name} (${stored}) does not fit the weights file at byte ${offset}`,
      );
    }
    tensors.set(entry.name, { dims: entry.shape, data: decode(view, offset, count, entry) });
    offset += count * width;
  }
  if (offset !== file.byteLength) {
    throw new TeburaError(
      "MODEL_CONVERSION_FAILED",
      `the weights file has ${file.byteLength} bytes and its manifest explains ${offset}`,
    );
  }
  return tensors;
}

function decode(view: DataView, start: number, count: number, entry: WeightEntry) {
  const { quantization } = entry;
  if (entry.dtype === "int32") {
    return Int32Array.from({ length: count }, (_, i) => view.getInt32(start + i * 4, true));
  }
  const data = new Float32Array(count);
  const scale = quantization?.scale ?? 1;
  const min = quantization?.min ?? 0;
  for (let i = 0; i < count; i++) {
    switch (quantization?.dtype) {
      case undefined:
        data[i] = view.getFloat32(start + i * 4, true);
        break;
      case "float16":
        data[i] = widenHalf(view.getUint16(start + i * 2, true));
        break;
      case "uint16":
        data[i] = view.getUint16(start + i * 2, true) * scale + min;
        break;
      default:
        data[i] = view.getUint8(start + i) * scale + min;
    }
  }
  return data;
}

/** The value of an IEEE 754 binary16 number. */
function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
