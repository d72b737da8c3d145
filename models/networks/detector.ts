import type { Box, Point, RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import type { CropSize } from "../kernel/sample.ts";
import type { NetworkSession } from "../session.ts";
import { tilesOf } from "../tiles.ts";
import { type Affine, applyAffine } from "../warp.ts";

/** A face as the detector sees it, in pixels of the picture. */
export interface DetectedFace {
  readonly box: Box;
  /** How sure the detector is, 0 to 1. */
  readonly score: number;
  /** Left and right as in the picture. */
  readonly eyes: readonly [left: Point, right: Point];
  readonly nose: Point;
  readonly mouth: Point;
}

export interface DetectorOptions {
  /** Faces below this score are dropped, 0 to 1. */
  readonly scoreMin?: number;
  readonly facesMax?: number;
  /**
   * Faces whose eyes are this far apart should still be found. The picture is then searched in
   * tiles too, which costs one more run of the network for each; without it only as a whole.
   */
  readonly eyeDistancePxMin?: number;
}

const rowLength = 16;
/** Blurred and noisy eyes that are closer than this in the network's input are often missed. */
const inputEyeDistanceMin = 6;
/** A face is about this many eye distances wide, with some room. */
const faceEyeDistances = 3;
/** Anchors of one face overlap at least this much (intersection over union). */
const overlapMin = 0.3;

/** One anchor that may have met a face. */
export interface Candidate {
  readonly score: number;
  /**
   * Centre x and y, width, height, then six points (eyes, nose, mouth, ears; the ears are not
   * used), in pixels of the network's input, later of the picture.
   */
  readonly row: Float64Array;
}

/** A detector's network: what it sees in one square crop of a picture. */
export interface CandidateNetwork {
  /** Its input is a square of so many pixels. */
  readonly side: number;
  candidates(image: RgbImage, crop: Affine, scoreMin: number): Promise<readonly Candidate[]>;
}

/** BlazeFace (Bazarevsky et al., 2019), back-camera model. */
export function blazeface(session: NetworkSession): CandidateNetwork {
  const side = 256;
  const { preprocessing, input: made } = session.entry;
  const input = openInput(3 * side * side);
  let part = input.values;
  return {
    side,
    async candidates(image, crop, scoreMin) {
      const seen = partThatShows(image, crop, side, made.sideStep ?? side);
      const { columns, rows } = seen;
      const length = 3 * columns * rows;
      if (part.length !== length) part = input.values.subarray(0, length);
      const origin = applyAffine(crop, seen.left, seen.top);
      input.warp(image, { ...crop, tx: origin.x, ty: origin.y }, seen, preprocessing);
      const { boxes, scores } = await session.run(part, [1, 3, rows, columns]);
      return decodeBlazeface(boxes!.data, scores!.data, scoreMin, side, seen);
    },
  };
}

/** A part of a network's square, in its pixels. */
interface SquarePart extends CropSize {
  readonly left: number;
  readonly top: number;
}

/** The part that shows anything of the picture: beside it, there is nothing to search in. */
function partThatShows(
  { width, height }: RgbImage,
  { a, tx, d, ty }: Affine,
  side: number,
  step: number,
): SquarePart {
  const [left, columns] = steps(-tx / a, (width - 1 - tx) / a, side, step);
  const [top, rows] = steps(-ty / d, (height - 1 - ty) / d, side, step);
  return { left, top, columns, rows };
}

/** The fewest steps that hold all from `from` to `to`, with what is too much on both sides. */
function steps(from: number, to: number, side: number, step: number) {
  const [first, last] = [Math.max(0, Math.floor(from)), Math.min(side - 1, Math.ceil(to))];
  const wanted = Math.max(1, last - first + 1);
  const length = Math.min(side, Math.ceil(wanted / step) * step);
  const start = Math.min(side - length, Math.max(0, first - ((length - wanted) >> 1)));
  return [start, length] as const;
}

/** Finds faces in whole pictures and in tiles of them. */
export class FaceDetector {
  readonly #network: CandidateNetwork;
  readonly #scoreMin: number;
  readonly #facesMax: number;
  readonly #eyeDistancePxMin: number | undefined;

  constructor(network: CandidateNetwork, options: DetectorOptions = {}) {
    this.#network = network;
    this.#scoreMin = options.scoreMin ?? 0.5;
    this.#facesMax = options.facesMax ?? 16;
    this.#eyeDistancePxMin = options.eyeDistancePxMin;
  }

  /** The faces of a picture, the surest first. */
  async detect(image: RgbImage): Promise<readonly DetectedFace[]> {
    const candidates: Candidate[] = [];
    for (const region of this.#regionsOf(image)) {
      candidates.push(...(await this.#candidatesIn(image, region)));
    }
    candidates.sort((a, b) => b.score - a.score);
    return merge(candidates, this.#facesMax).map(({ row, score }) => {
      const at = (index: number): Point => ({ x: row[index]!, y: row[index + 1]! });
      const [width, height] = [row[2]!, row[3]!];
      return {
        box: { x: row[0]! - width / 2, y: row[1]! - height / 2, width, height },
        score,
        eyes: [at(4), at(6)],
        nose: at(8),
        mouth: at(10),
      };
    });
  }

  #regionsOf({ width, height }: RgbImage): readonly Box[] {
    const { side } = this.#network;
    const smallest = this.#eyeDistancePxMin;
    const tilePx = smallest ? (smallest * side) / inputEyeDistanceMin : Infinity;
    // Larger faces than this are found in the whole picture, so that no tile has to hold them.
    const wholeMin = (Math.max(width, height) / side) * inputEyeDistanceMin * faceEyeDistances;
    return tilesOf(width, height, tilePx, Math.min(wholeMin, tilePx / 2));
  }

  /** Candidates of a square region, in pixels of the picture. */
  async #candidatesIn(image: RgbImage, region: Box): Promise<readonly Candidate[]> {
    const scale = region.width / this.#network.side;
    const [tx, ty] = [region.x + (scale - 1) / 2, region.y + (scale - 1) / 2];
    const crop = { a: scale, b: 0, tx, c: 0, d: scale, ty };
    const candidates = await this.#network.candidates(image, crop, this.#scoreMin);
    for (const { row } of candidates) {
      for (let i = 0; i < rowLength; i++) {
        row[i] = scale * row[i]! + (i === 2 || i === 3 ? 0 : i % 2 ? ty : tx);
      }
    }
    return candidates;
  }
}

/** Anchors that pass the score, with the anchor's centre added to every point. */
export function decodeBlazeface(
  boxes: Float32Array,
  scores: Float32Array,
  scoreMin: number,
  side: number,
  part: SquarePart = { left: 0, top: 0, columns: side, rows: side },
): Candidate[] {
  const candidates: Candidate[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    if (score < scoreMin) continue;
    const { x, y } = anchorCentre(index, side / 16, part);
    const row = Float64Array.from(boxes.subarray(index * rowLength, (index + 1) * rowLength));
    for (let i = 0; i < rowLength; i += 2) {
      if (i === 2) continue; // Width and height are not relative to the anchor.
      row[i]! += x;
      row[i + 1]! += y;
    }
    candidates.push({ score, row });
  }
  return candidates;
}

/** A grid with two anchors at each place, then one of twice the step with six. */
function anchorCentre(
  index: number,
  fineStep: number,
  { left, top, columns, rows }: SquarePart,
): Point {
  const fine = (2 * columns * rows) / fineStep ** 2;
  const [first, step, each] = index < fine ? [0, fineStep, 2] : [fine, 2 * fineStep, 6];
  const place = Math.floor((index - first) / each);
  const cells = columns / step;
  return {
    x: left + step * ((place % cells) + 0.5),
    y: top + step * (Math.floor(place / cells) + 0.5),
  };
}

/** Averages the anchors of one face, weighted by score: steadier than keeping only the best. */
function merge(candidates: readonly Candidate[], facesMax: number): Candidate[] {
  const faces: Candidate[] = [];
  let rest = [...candidates];
  while (rest.length > 0 && faces.length < facesMax) {
    const best = rest[0]!;
    const same = rest.filter((other) => overlap(best.row, other.row) >= overlapMin);
    const row = new Float64Array(rowLength);
    const weight = same.reduce((sum, { score }) => sum + score, 0);
    for (const { score, row: values } of same) {
      for (let i = 0; i < rowLength; i++) row[i]! += (score / weight) * values[i]!;
    }
    faces.push({ score: best.score, row });
    rest = rest.filter((other) => !same.includes(other) && other !== best);
  }
  return faces;
}

function overlap(a: Float64Array, b: Float64Array): number {
  const width = shared(a[0]!, a[2]!, b[0]!, b[2]!);
  const height = shared(a[1]!, a[3]!, b[1]!, b[3]!);
  const area = width * height;
  return area / (a[2]! * a[3]! + b[2]! * b[3]! - area);
}

function shared(centreA: number, sizeA: number, centreB: number, sizeB: number): number {
  const end = Math.min(centreA + sizeA / 2, centreB + sizeB / 2);
  const start = Math.max(centreA - sizeA / 2, centreB - sizeB / 2);
  return Math.max(0, end - start);
}
