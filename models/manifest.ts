import { TeburaError } from "#contract/errors.ts";
import type { CalibrationRow } from "./calibration.ts";
import { dlibResnetCalibration } from "./calibration-tables/dlib-resnet.ts";
import { dlibResnetInt8Calibration } from "./calibration-tables/dlib-resnet-int8.ts";
import type { Recipe } from "./convert/convert.ts";

export type ModelName =
  | "blazeface"
  | "facemesh"
  | "iris"
  | "antispoof"
  | "liveness"
  | "faceres"
  | "dlib-resnet"
  | "dlib-resnet-int8"
  | "landmark-68";

/** A file of the source package, by its path there. */
export interface SourceFile {
  readonly path: string;
  /** SHA-256 in base64url. */
  readonly sha256: string;
}

/** A network's numbers from 8-bit RGB: (value - mean of its channel) × scale. */
export interface Preprocessing {
  readonly channels: "RGB";
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly scale: number;
  /** What the picture should show, in words. */
  readonly picture: string;
}

export interface ModelOutput {
  readonly name: string;
  readonly dims: readonly (number | "N")[];
  readonly meaning: string;
}

/** What running a network needs to know of it. "N" in a shape is a batch of any size. */
export interface NetworkEntry {
  readonly name: string;
  /** SHA-256 of the ONNX file, in base64url. */
  readonly sha256: string;
  readonly input: {
    readonly name: string;
    readonly dims: readonly [1 | "N", number, number, number];
    readonly layout: "NCHW";
    /** Where told, the picture may have any other number of rows and columns that this divides. */
    readonly sideStep?: number;
  };
  readonly preprocessing: Preprocessing;
  readonly outputs: readonly ModelOutput[];
}

/** Everything that is known about a bundled network. */
export interface ModelEntry extends NetworkEntry {
  readonly name: ModelName;
  readonly source: {
    readonly package: string;
    readonly version: string;
    /** The description in JSON, then the weights. */
    readonly files: readonly [SourceFile, SourceFile];
  };
  readonly licence: string;
  readonly recipe: Recipe;
  /** Of a descriptor: measured by `evaluate`, sorted by rising threshold; empty elsewhere. */
  readonly scoreToFalseMatchRate: readonly CalibrationRow[];
}

const human = { package: "@vladmandic/human", version: "3.3.6" } as const;
const faceApi = { package: "@vladmandic/face-api", version: "1.7.15" } as const;
const noMean = [0, 0, 0] as const;
const meanOfTraining = [122.782, 117.001, 104.298] as const;
/** The source files name where the weights are from; what their authors allow is not stated there. */
const fromElsewhere = (origin: string) =>
  `MIT (@vladmandic/human); weights from ${origin}, whose terms are not stated`;
const mediapipe = "Apache-2.0 (Google MediaPipe); conversion in @vladmandic/human, MIT";

/** dlib's descriptor, whose two forms differ in their numbers only. */
const dlibResnet = {
  source: {
    ...faceApi,
    files: [
      {
        path: "model/face_recognition_model-weights_manifest.json",
        sha256: "y6_6UBsLknWhK2M1emhD5-MMBU4ckVHhpfh5sm4ymGs",
      },
      {
        path: "model/face_recognition_model.bin",
        sha256: "tBPkINaECyd1-6MgCNtvPN2wfUhZZ_tCz883nBaoxYk",
      },
    ],
  },
  licence: "CC0-1.0 (dlib_face_recognition_resnet_model_v1, Davis King)",
  input: { name: "image", dims: ["N", 3, 150, 150], layout: "NCHW" },
  preprocessing: {
    channels: "RGB",
    mean: meanOfTraining,
    scale: 1 / 255,
    picture: "dlib's face chip: eyes near (48, 38) and (102, 38), mouth centre near (75, 108)",
  },
  outputs: [
    {
      name: "descriptor",
      dims: ["N", 128],
      meaning: "compared by Euclidean distance; the same person below about 0.6, length near 1.4",
    },
  ],
} as const;

const entries: readonly ModelEntry[] = [
  {
    name: "blazeface",
    source: {
      ...human,
      files: [
        { path: "models/blazeface.json", sha256: "zXu_wHgnBXK-s5-eWuZ6rb1QteZ8_zfm1Paz6jkxLl8" },
        { path: "models/blazeface.bin", sha256: "3JqX_cULxDIWVUvdaao-e5NhpRnue92Zai9pqYpvm3I" },
      ],
    },
    licence: mediapipe,
    recipe: {
      kind: "tf-graph",
      widening: { from: 24, to: 32 },
      outputs: [
        { name: "boxes", from: ["Identity_2", "Identity_3"] },
        { name: "scores", from: ["Identity", "Identity_1"], isLogit: true },
      ],
    },
    sha256: "VnSIgGXXI30JsppI-9MBJAzLqrjtwR0HZ-gG5upCBsw",
    input: { name: "image", dims: [1, 3, 256, 256], layout: "NCHW", sideStep: 32 },
    preprocessing: {
      channels: "RGB",
      mean: [127.5, 127.5, 127.5],
      scale: 1 / 127.5,
      picture:
        "the whole frame with a border of black; faces far away stay small. Trained on squares, but " +
        "it only convolves: a frame that is no square need not become one",
    },
    outputs: [
      {
        name: "boxes",
        dims: [1, 896, 16],
        meaning:
          "for each anchor, in pixels of the input and relative to the anchor's centre: centre x, " +
          "centre y, width, height, then x and y of six points: the eye at the left of the picture, " +
          "the eye at the right, nose tip, mouth, the ear at the left, the ear at the right. Width " +
          "and height are absolute. Anchors: a 16×16 grid of step 16 with two at each place, then " +
          "an 8×8 grid of step 32 with six at each place, row by row, centres at step × (index + ½); " +
          "a smaller picture has smaller grids of the same steps",
      },
      {
        name: "scores",
        dims: [1, 896, 1],
        meaning: "how sure the network is of each anchor, 0 to 1",
      },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    name: "facemesh",
    source: {
      ...human,
      files: [
        { path: "models/facemesh.json", sha256: "tgyib0BHJPQ70rFXV2HYJlGA4fBTzAcxyqaEYpJzCec" },
        { path: "models/facemesh.bin", sha256: "OCbaZAsKMCEWFgU2nuavKT911RgEA1W5YOxxozkMHAs" },
      ],
    },
    licence: mediapipe,
    recipe: {
      kind: "tf-graph",
      outputs: [
        { name: "mesh", from: ["Identity_2"] },
        { name: "presence", from: ["Identity_1"] },
      ],
    },
    sha256: "uhpTDLN0bnAi55DF_XygvChXCvrSZou1l9ThkEcqL24",
    input: { name: "image", dims: ["N", 3, 192, 192], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: noMean,
      scale: 1 / 255,
      picture: "one upright face, the detector's box made square and enlarged by 1.4 to 1.5",
    },
    outputs: [
      {
        name: "mesh",
        dims: ["N", 1404],
        meaning: "x, y, z of 468 points in MediaPipe's order, in pixels of the input; z grows away",
      },
      { name: "presence", dims: ["N", 1], meaning: "probability that there is a face, 0 to 1" },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    name: "iris",
    source: {
      ...human,
      files: [
        { path: "models/iris.json", sha256: "SQOKydzAmqBUdNkdmOnbW0evSDCSm88QLtWla_urtGU" },
        { path: "models/iris.bin", sha256: "1_KW0YQnQhPUZCaBrhhhEsu-x3_SqwZiV9PFahlAvHE" },
      ],
    },
    licence: mediapipe,
    recipe: { kind: "tf-graph", outputs: [{ name: "points", from: ["Identity"] }] },
    sha256: "W4bjbAZOTATdL7Y2XpZ01bkQyQGwcjuotCFaWzk0lx0",
    input: { name: "image", dims: ["N", 3, 64, 64], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: noMean,
      scale: 1 / 255,
      picture:
        "one eye, upright, a square of 2.3 times the distance of its corners; the network knows " +
        "the eye at the picture's right, so the other one is mirrored",
    },
    outputs: [
      {
        name: "points",
        dims: ["N", 228],
        meaning:
          "x, y, z in pixels of the input: 71 points of the lids and the brow, then 5 of the iris " +
          "(centre, right, above, left, below)",
      },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    name: "antispoof",
    source: {
      ...human,
      files: [
        { path: "models/antispoof.json", sha256: "f9aYrhzrq7ytedO4tEhYewNl63kRmHQYIxvc82WDESo" },
        { path: "models/antispoof.bin", sha256: "RJD-yyvs22hp7cfmD15ZlivgE6je-HGbE3OvsPkFwJQ" },
      ],
    },
    licence: fromElsewhere("kaggle.com/anku420/fake-face-detection"),
    recipe: { kind: "tf-graph", outputs: [{ name: "real", from: ["Identity"] }] },
    sha256: "M_Tt8CcdgucBkLr32Z03yHK0NTBPgtgLndEFJo3xLY8",
    input: { name: "image", dims: ["N", 3, 128, 128], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: noMean,
      scale: 1 / 255,
      picture: "the crop of facemesh, scaled down",
    },
    outputs: [
      {
        name: "real",
        dims: ["N", 1],
        meaning: "0 spoofed to 1 real; no evidence on its own, as measured",
      },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    name: "liveness",
    source: {
      ...human,
      files: [
        { path: "models/liveness.json", sha256: "nlHIrPg7gKu_MpsnNTCatckGEcZpBa3osb0TDUc9-cg" },
        { path: "models/liveness.bin", sha256: "_GprazuXIb24v_Z6RXoVt8v9gXFc-yfz5lt1foHdZj4" },
      ],
    },
    licence: fromElsewhere("github.com/leokwu/livenessnet"),
    recipe: { kind: "tf-graph", outputs: [{ name: "live", from: ["Identity"] }] },
    sha256: "DThWqDk4qohAeo3BY3w0qcoxUz7XUp30Wed8GE9ILAQ",
    input: { name: "image", dims: ["N", 3, 32, 32], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: noMean,
      scale: 1 / 255,
      picture: "the crop of facemesh, scaled down",
    },
    outputs: [
      {
        name: "live",
        dims: ["N", 2],
        meaning: "probabilities of live, then of not live; no evidence on their own, as measured",
      },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    name: "faceres",
    source: {
      ...human,
      files: [
        { path: "models/faceres.json", sha256: "W4PUnAOF0uaKBRIkQblCJjE2d8rp_MQLlYetUAeetN8" },
        { path: "models/faceres.bin", sha256: "LH0tYrdsl1KLc2UnqgnTEOpxdDyePnn7bGLUstc695s" },
      ],
    },
    licence: fromElsewhere("github.com/HSE-asavchenko/HSE_FaceRec_tf"),
    recipe: {
      kind: "tf-graph",
      outputs: [{ name: "descriptor", from: ["global_pooling/Mean"] }],
    },
    sha256: "zfgiNHb9Bargy8bNTiV0yzoO_J_kz23hzQ4OnMp8V0s",
    input: { name: "image", dims: ["N", 3, 224, 224], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: noMean,
      scale: 1,
      picture: "one upright face, the crop of facemesh",
    },
    outputs: [
      {
        name: "descriptor",
        dims: ["N", 1024],
        meaning: "not of unit length; compared by cosine. Its age and gender outputs are left out",
      },
    ],
    scoreToFalseMatchRate: [],
  },
  {
    ...dlibResnet,
    name: "dlib-resnet",
    recipe: { kind: "dlib-resnet", output: "descriptor" },
    sha256: "-GQ7uR4FgiYO441fZD4kyftkbMaNfIDAaWaS2p2d_XI",
    scoreToFalseMatchRate: dlibResnetCalibration,
  },
  {
    ...dlibResnet,
    name: "dlib-resnet-int8",
    recipe: { kind: "dlib-resnet-int8", output: "descriptor" },
    sha256: "I54yz-i5Bae_jMTuU_3Ce5eH49mtYWgliy3WVVBo-ko",
    scoreToFalseMatchRate: dlibResnetInt8Calibration,
  },
  {
    name: "landmark-68",
    source: {
      ...faceApi,
      files: [
        {
          path: "model/face_landmark_68_model-weights_manifest.json",
          sha256: "ykiGY5-G6Zs5_tDBVfgbYzFyJXc72WFnFuiHsBUzick",
        },
        {
          path: "model/face_landmark_68_model.bin",
          sha256: "RhHvZch9g20D1oSzDuxNGV2LIZ-h3Vj8WJRYMca5KZs",
        },
      ],
    },
    licence: "MIT (face-api.js)",
    recipe: { kind: "landmark-68", output: "points" },
    sha256: "Sd8OgOVtjtF0bwtebFJyaK4sqdYe3VLMtjGff_fiWvU",
    input: { name: "image", dims: ["N", 3, 112, 112], layout: "NCHW" },
    preprocessing: {
      channels: "RGB",
      mean: meanOfTraining,
      scale: 1 / 255,
      picture: "one face, the detector's box made square by a border of black",
    },
    outputs: [
      {
        name: "points",
        dims: ["N", 136],
        meaning: "x and y of 68 points in the order of iBUG 300-W, as shares of the input's side",
      },
    ],
    scoreToFalseMatchRate: [],
  },
];

export const modelNames: readonly ModelName[] = entries.map((entry) => entry.name);

/** The entry of a network. Throws MODEL_UNKNOWN. */
export function modelEntry(name: string): ModelEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  throw new TeburaError(
    "MODEL_UNKNOWN",
    `there is no network named ${name}; known are ${modelNames.join(", ")}`,
  );
}
