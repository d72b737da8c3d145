import type { CalibrationRow, LeadRow } from "../calibration.ts";
import { dlibResnetLeads } from "../calibration-tables/dlib-resnet.ts";
import { dlibResnetInt8Leads } from "../calibration-tables/dlib-resnet-int8.ts";
import type { Point, RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import { type ModelName, modelEntry } from "../manifest.ts";
import type { NetworkSession } from "../session.ts";
import { type Affine, fitSimilarity, mirrored } from "../warp.ts";
import type { FaceLandmarks } from "./mesh.ts";
import type { FaceDescriber } from "./ports.ts";

const side = 150;
/** The chip shows the face with this share of its size around it, as dlib cuts it. */
const padding = 0.25;

/**
 * Where dlib's mean face has each of these points, in units of the face (King, dlib
 * `get_face_chip_details`, whose 51 points follow iBUG 300-W), beside the mesh's nearest point. Brows and
 * inner lips are left out: they move with expression.
 */
const meanFace: readonly (readonly [mesh: number, x: number, y: number])[] = [
  [168, 0.490127, 0.203352], [197, 0.490127, 0.307009], [5, 0.490127, 0.409805],
  [4, 0.490127, 0.515625], [98, 0.36688, 0.587326], [97, 0.426036, 0.609345],
  [2, 0.490127, 0.628106], [326, 0.554217, 0.609345], [327, 0.613373, 0.587326],
  [33, 0.121737, 0.216423], [160, 0.187122, 0.178758], [158, 0.265825, 0.179852],
  [133, 0.334606, 0.231733], [153, 0.260918, 0.245099], [144, 0.182743, 0.244077],
  [362, 0.645647, 0.231733], [385, 0.714428, 0.179852], [387, 0.793132, 0.178758],
  [263, 0.858516, 0.216423], [373, 0.79751, 0.244077], [380, 0.719335, 0.245099],
  [61, 0.254149, 0.780233], [39, 0.340985, 0.745405], [37, 0.428858, 0.727388],
  [0, 0.490127, 0.742578], [267, 0.551395, 0.727388], [269, 0.639268, 0.745405],
  [291, 0.726104, 0.780233], [314, 0.556721, 0.902192], [17, 0.490127, 0.909281],
  [84, 0.423532, 0.902192], [82, 0.428096, 0.778746], [312, 0.552157, 0.778746],
]; // biome-ignore format: a table

/** One crop a little wide and one a little tight, each with its mirror image. */
const crops = [
  { scale: 1.08, isMirrored: false },
  { scale: 0.92, isMirrored: true },
  { scale: 0.92, isMirrored: false },
  { scale: 1.08, isMirrored: true },
] as const;
const cropLength = 3 * side * side;

/** The two forms of dlib's ResNet: in whole numbers, two and a half times as fast, and as it was published. */
export const descriptorNames = ["dlib-resnet-int8", "dlib-resnet"] as const satisfies ModelName[];
export type DescriptorName = (typeof descriptorNames)[number];

/** Describes a face as a template: dlib's ResNet, 128 numbers of unit length. */
export class FaceDescriptor implements FaceDescriber {
  readonly model: string;
  readonly calibration: readonly CalibrationRow[];
  readonly leads: readonly LeadRow[];
  readonly dimensions = 128;
  readonly #session: NetworkSession;
  readonly #all = openInput(crops.length * cropLength);
  readonly #one = openInput(cropLength);

  constructor(session: NetworkSession, name: DescriptorName) {
    this.#session = session;
    this.model = name;
    this.calibration = modelEntry(name).scoreToFalseMatchRate;
    this.leads = name === "dlib-resnet" ? dlibResnetLeads : dlibResnetInt8Leads;
  }

  /**
   * The template of one face. Cosine similarity compares two of them. A still picture is described
   * from four crops, averaged. In a video `turn` picks one of the four, which takes a quarter of
   * the time: the frames of a track take turns, and their mean holds as much.
   */
  async describe(image: RgbImage, landmarks: FaceLandmarks, turn?: number): Promise<Float32Array> {
    const chosen = turn === undefined ? crops : [crops[turn % crops.length]!];
    const input = turn === undefined ? this.#all : this.#one;
    for (const [i, { scale, isMirrored }] of chosen.entries()) {
      const upright = dlibCrop(landmarks, side, scale);
      const affine = isMirrored ? mirrored(upright, side) : upright;
      input.warp(image, affine, side, this.#session.entry.preprocessing, i * cropLength);
    }
    const { descriptor } = await this.#session.run(input.values, [chosen.length, 3, side, side]);
    return unitMean(descriptor!.data, this.dimensions);
  }
}

function pointOf({ points }: FaceLandmarks, index: number): Point {
  return { x: points[index * 3]!, y: points[index * 3 + 1]! };
}

/** The crop that dlib's networks want, drawn `scale` times as large around its centre. */
export function dlibCrop(landmarks: FaceLandmarks, chipSide: number, scale = 1): Affine {
  const place = (value: number) =>
    chipSide / 2 + scale * (chipSide * ((padding + value) / (2 * padding + 1)) - chipSide / 2);
  return fitSimilarity(
    meanFace.map(([, x, y]) => ({ x: place(x), y: place(y) })),
    meanFace.map(([mesh]) => pointOf(landmarks, mesh)),
  );
}

/** The mean of several vectors, brought to unit length. */
export function unitMean(vectors: Float32Array, dimensions: number): Float32Array {
  const mean = new Float32Array(dimensions);
  for (let i = 0; i < vectors.length; i++) mean[i % dimensions]! += vectors[i]!;
  const length = Math.hypot(...mean);
  for (let i = 0; i < dimensions; i++) mean[i]! /= length || 1;
  return mean;
}
