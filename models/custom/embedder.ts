import { TeburaError } from "#contract/errors.ts";
import type { CalibrationRow, LeadRow } from "../calibration.ts";
import type { Point, RgbImage } from "../image.ts";
import { type NetworkInput, openInput } from "../kernel/network-input.ts";
import { dlibCrop, unitMean } from "../networks/descriptor.ts";
import { eyeCentres, type FaceLandmarks, meshIndex, meshPoint } from "../networks/mesh.ts";
import type { FaceDescriber } from "../networks/ports.ts";
import { type Affine, fitSimilarity, mirrored } from "../warp.ts";
import { type EmbedderEntry, templateModelOf } from "./entry.ts";
import { feed } from "./feed.ts";
import type { CustomNetwork } from "./network.ts";

/**
 * Where ArcFace's networks want the eyes, the nose tip and the corners of the mouth on a square of
 * 112 pixels (the reference points of InsightFace's `norm_crop`).
 */
const arcfacePoints: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];
const arcfaceSide = 112;

/** The crop of five-point alignment, scaled from 112 pixels to `side`. */
export function arcfaceCrop(landmarks: FaceLandmarks, side: number): Affine {
  const scale = side / arcfaceSide;
  const [leftMouth, rightMouth] = meshIndex.mouthCorners;
  // Centres of pixels are scaled, not their corners: half a pixel is the difference.
  const place = (value: number) => (value + 0.5) * scale - 0.5;
  return fitSimilarity(
    arcfacePoints.map(({ x, y }) => ({ x: place(x), y: place(y) })),
    [
      ...eyeCentres(landmarks),
      meshPoint(landmarks, meshIndex.noseTip),
      meshPoint(landmarks, leftMouth),
      meshPoint(landmarks, rightMouth),
    ],
  );
}

/** Describes faces with a network of somebody else's making. */
export class CustomEmbedder implements FaceDescriber {
  readonly model: string;
  readonly dimensions: number;
  readonly calibration: readonly CalibrationRow[];
  readonly leads: readonly LeadRow[];
  readonly #network: CustomNetwork;
  readonly #entry: EmbedderEntry;
  readonly #input: NetworkInput;

  constructor(network: CustomNetwork, entry: EmbedderEntry, sha256: string) {
    this.#network = network;
    this.#entry = entry;
    this.#input = openInput(3 * entry.input.side ** 2);
    this.model = templateModelOf(entry, sha256);
    this.dimensions = entry.output.dimensions;
    this.calibration = entry.scoreToFalseMatchRate;
    this.leads = entry.leads;
  }

  /** Throws MODEL_INVALID where the network answers with zeros or with no numbers. */
  async describe(image: RgbImage, landmarks: FaceLandmarks, turn?: number): Promise<Float32Array> {
    const { alignment, input, mirrorAveraged } = this.#entry;
    const upright = (alignment === "arcface" ? arcfaceCrop : dlibCrop)(landmarks, input.side);
    const reflection = mirrored(upright, input.side);
    if (!mirrorAveraged) return await this.describeCrop(image, upright);
    if (turn !== undefined) return await this.describeCrop(image, turn % 2 ? reflection : upright);
    const both = new Float32Array(this.dimensions * 2);
    for (const [i, crop] of [upright, reflection].entries()) {
      const vector = await this.describeCrop(image, crop);
      both.set(vector, i * this.dimensions);
      vector.fill(0);
    }
    const template = unitMean(both, this.dimensions);
    both.fill(0);
    return template;
  }

  /** One crop as a vector of unit length. */
  async describeCrop(image: RgbImage, crop: Affine): Promise<Float32Array> {
    const { name, input, output } = this.#entry;
    feed(image, crop, input.side, this.#entry, this.#input);
    const { data } = (await this.#network.run(this.#input.values))[output.name]!;
    const length = Math.hypot(...data);
    if (!Number.isFinite(length) || length === 0) {
      throw new TeburaError("MODEL_INVALID", `${name} gives no usable numbers`);
    }
    const vector = unitMean(data, this.dimensions);
    data.fill(0);
    return vector;
  }
}
