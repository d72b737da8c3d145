import { TeburaError } from "#contract/errors.ts";
import { GraphBuilder } from "./graph-builder.ts";
import type { OnnxGraph, Port } from "./onnx-model.ts";
import { depthwiseFilterFromTf, filterFromTf, floats, samePadding } from "./tf-layout.ts";
import type { Value } from "./values.ts";
import type { SourceTensor } from "./weights.ts";

type Weights = ReadonlyMap<string, SourceTensor>;

/**
 * face-api's 68-point network: four dense blocks of separable convolutions, each halving the
 * planes, then a mean over 7×7 and one matrix. The source holds weights only; this is its form.
 */
export function buildLandmark68(weights: Weights, input: Port, outputName: string): OnnxGraph {
  const builder = new GraphBuilder(input);
  let x = builder.input();
  for (const block of ["dense0", "dense1", "dense2", "dense3"]) {
    x = denseBlock(builder, weights, x, block);
  }
  const pooled = builder.flatten(builder.averagePool(x, { size: 7, stride: 2 }));
  const matrix = tensor(weights, "fc/weights");
  const points = builder.dense(
    pooled,
    { dims: matrix.dims, data: floats(matrix) },
    floats(tensor(weights, "fc/bias")),
  );
  return builder.finish("landmark-68", [{ name: outputName, value: points }]);
}

/** Each convolution sees the sum of all before it: 1, 1 + 2, 1 + 2 + 3; the block gives all four. */
function denseBlock(builder: GraphBuilder, weights: Weights, x: Value, block: string): Value {
  let sum = convolution(builder, weights, x, `${block}/conv0`, 2);
  let out = builder.relu(sum);
  sum = out;
  for (const name of ["conv1", "conv2", "conv3"]) {
    sum = builder.add(sum, convolution(builder, weights, out, `${block}/${name}`, 1));
    out = builder.relu(sum);
  }
  return out;
}

function convolution(
  builder: GraphBuilder,
  weights: Weights,
  x: Value,
  name: string,
  stride: number,
): Value {
  const bias = floats(tensor(weights, `${name}/bias`));
  const padding = samePadding(x, [3, 3], stride);
  const full = weights.get(`${name}/filters`);
  if (full) return builder.convolution(x, { weight: filterFromTf(full), bias, stride, padding });

  const weight = depthwiseFilterFromTf(tensor(weights, `${name}/depthwise_filter`));
  const groups = weight.dims[0]!;
  const spread = builder.convolution(x, { weight, stride, padding, groups });
  const mixed = filterFromTf(tensor(weights, `${name}/pointwise_filter`));
  return builder.convolution(spread, { weight: mixed, bias });
}

function tensor(weights: Weights, name: string): SourceTensor {
  const found = weights.get(name);
  if (!found) throw new TeburaError("MODEL_CONVERSION_FAILED", `the weights lack ${name}`);
  return found;
}
