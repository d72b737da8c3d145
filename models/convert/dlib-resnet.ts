import { TeburaError } from "#contract/errors.ts";
import { GraphBuilder } from "./graph-builder.ts";
import type { OnnxGraph, Port } from "./onnx-model.ts";
import { filterFromTf, floats, samePadding } from "./tf-layout.ts";
import { noPadding, type Value } from "./values.ts";
import type { SourceTensor } from "./weights.ts";

type Weights = ReadonlyMap<string, SourceTensor>;

/**
 * dlib's face descriptor (dlib_face_recognition_resnet_model_v1): a ResNet of 29 convolutions with
 * a scale layer after each. The source holds weights only; this is its form. "down" halves the
 * planes; a shortcut there is a mean over 2×2, with zeros for the channels that it lacks.
 */
const blocks = [
  ...["conv32_1", "conv32_2", "conv32_3"],
  ...["conv64_down", "conv64_1", "conv64_2", "conv64_3"],
  ...["conv128_down", "conv128_1", "conv128_2"],
  ...["conv256_down", "conv256_1", "conv256_2", "conv256_down_out"],
] as const;

export function buildDlibResnet(weights: Weights, input: Port, outputName: string): OnnxGraph {
  const builder = new GraphBuilder(input);
  const stem = convolution(builder, weights, builder.input(), "conv32_down", "halve");
  let x = builder.maxPool(builder.relu(stem), { size: 3, stride: 2 });
  for (const block of blocks) x = residual(builder, weights, x, block);
  const matrix = tensor(weights, "fc");
  const descriptor = builder.dense(builder.globalAverage(x), {
    dims: matrix.dims,
    data: floats(matrix),
  });
  return builder.finish("dlib-resnet", [{ name: outputName, value: descriptor }]);
}

function residual(builder: GraphBuilder, weights: Weights, x: Value, block: string): Value {
  const isDown = block.includes("_down");
  const first = convolution(builder, weights, x, `${block}/conv1`, isDown ? "halve" : "keep");
  const main = convolution(builder, weights, builder.relu(first), `${block}/conv2`, "keep");
  if (!isDown) return builder.relu(builder.add(main, x));

  let shortcut = builder.averagePool(x, { size: 2, stride: 2 });
  const channels = main.dims[0]! - shortcut.dims[0]!;
  if (channels > 0) shortcut = builder.padEnd(shortcut, { channels });
  // A 3×3 window without padding can end one row and one column before a 2×2 window does.
  const rows = shortcut.dims[1]! - main.dims[1]!;
  const columns = shortcut.dims[2]! - main.dims[2]!;
  const padded = rows + columns > 0 ? builder.padEnd(main, { rows, columns }) : main;
  return builder.relu(builder.add(padded, shortcut));
}

/** One convolution with the scale layer after it. */
function convolution(
  builder: GraphBuilder,
  weights: Weights,
  x: Value,
  name: string,
  size: "keep" | "halve",
): Value {
  const weight = filterFromTf(tensor(weights, `${name}/conv/filters`));
  const [, , rows = 0, columns = 0] = weight.dims;
  const out = builder.convolution(x, {
    weight,
    bias: floats(tensor(weights, `${name}/conv/bias`)),
    stride: size === "halve" ? 2 : 1,
    padding: size === "halve" ? noPadding : samePadding(x, [rows, columns], 1),
  });
  const scale = floats(tensor(weights, `${name}/scale/weights`));
  const shift = floats(tensor(weights, `${name}/scale/biases`));
  return builder.scaleChannels(out, scale, shift, true);
}

function tensor(weights: Weights, name: string): SourceTensor {
  const found = weights.get(name);
  if (!found) throw new TeburaError("MODEL_CONVERSION_FAILED", `the weights lack ${name}`);
  return found;
}
