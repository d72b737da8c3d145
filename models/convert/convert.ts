import { TeburaError } from "#contract/errors.ts";
import { buildDlibResnet } from "./dlib-resnet.ts";
import { dlibResnetRanges } from "./dlib-resnet-ranges.ts";
import { GraphBuilder, type PreluForm } from "./graph-builder.ts";
import { buildLandmark68 } from "./landmark-68.ts";
import { TfLowering } from "./lower-tf.ts";
import { encodeOnnx, type InputPort, type OnnxGraph } from "./onnx-model.ts";
import { quantised } from "./quantise.ts";
import { parseTfGraph } from "./tf-graph.ts";
import type { Widening } from "./tf-layout.ts";
import { decodeWeights, type WeightsManifest } from "./weights.ts";

export interface GraphOutput {
  readonly name: string;
  /** Nodes of the graph; several are joined one after the other. */
  readonly from: readonly string[];
  /** Whether the logistic function, which the users of the source apply, is to be inside. */
  readonly isLogit?: boolean;
}

/** How a network comes from its source. */
export type Recipe =
  | {
      readonly kind: "tf-graph";
      readonly outputs: readonly GraphOutput[];
      /**
       * ONNX Runtime keeps pools and sums in its blocked layout only where the channels fill its
       * blocks of 16, so a network with 24 channels runs faster with 32.
       */
      readonly widening?: Widening;
    }
  | { readonly kind: "dlib-resnet" | "dlib-resnet-int8" | "landmark-68"; readonly output: string };

export interface ConversionRequest {
  readonly name: string;
  readonly recipe: Recipe;
  readonly input: InputPort;
  /** The JSON file of the source, then its weights. */
  readonly files: readonly [description: Uint8Array, weights: Uint8Array];
  /** Which form runs faster depends on the machine; see PreluForm. */
  readonly preluForm?: PreluForm;
}

/**
 * The network as the bytes of an ONNX file; equal requests give equal bytes.
 * Throws MODEL_CONVERSION_FAILED where the source is not what the recipe expects.
 */
export function convertNetwork(request: ConversionRequest): Uint8Array {
  try {
    return encodeOnnx(buildNetwork(request));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TeburaError(
      "MODEL_CONVERSION_FAILED",
      `${request.name} could not be converted: ${reason}`,
      { cause: error },
    );
  }
}

function buildNetwork({ name, recipe, input, files, preluForm }: ConversionRequest): OnnxGraph {
  const description = new TextDecoder().decode(files[0]);
  if (recipe.kind !== "tf-graph") {
    const weights = decodeWeights(JSON.parse(description) as WeightsManifest, files[1]);
    if (recipe.kind === "landmark-68") return buildLandmark68(weights, input, recipe.output);
    const whole = buildDlibResnet(weights, input, recipe.output);
    return recipe.kind === "dlib-resnet" ? whole : quantised(whole, dlibResnetRanges);
  }
  const graph = parseTfGraph(description);
  const builder = new GraphBuilder(input, preluForm);
  const lowering = new TfLowering(
    graph,
    decodeWeights(graph.weightsManifest, files[1]),
    builder,
    recipe.widening,
  );
  const outputs = recipe.outputs.map((output) => {
    const parts = output.from.map((node) => lowering.value(node));
    const joined = parts.length > 1 ? builder.concat(parts) : parts[0]!;
    const scores = output.isLogit ? builder.sigmoid(joined) : joined;
    const isPoint = joined.dims.length === 3 && joined.dims[1] === 1 && joined.dims[2] === 1;
    return { name: output.name, value: isPoint ? builder.flatten(scores) : scores };
  });
  return builder.finish(name, outputs);
}
