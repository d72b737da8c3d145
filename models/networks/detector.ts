import type { Box, Point, RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import type { NetworkSession } from "../session.ts";
import { tilesOf } from "../tiles.ts";
import type { Affine } from "../warp.ts";

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
  const input = openInput(3 * side * side);
  return {
    side,
    async candidates(image, crop, scoreMin) {
      input.warp(image, crop, side, session.entry.preprocessing);
      const { boxes, scores } = await session.run(input.values, [1, 3, side, side]);
      return decodeBlazeface(boxes!.data, scores!.data, scoreMin, side);
    },
  };
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
): Candidate[] {
  const candidates: Candidate[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    if (score < scoreMin) continue;
    const { x, y } = anchorCentre(index, side);
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

/** A 16×16 grid with two anchors at each place, then an 8×8 grid with six. */
function anchorCentre(index: number, side: number): Point {
  const [first, cells, each] = index < 512 ? [0, 16, 2] : [512, 8, 6];
  const place = Math.floor((index - first) / each);
  const step = side / cells;
  return { x: step * ((place % cells) + 0.5), y: step * (Math.floor(place / cells) + 0.5) };
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
