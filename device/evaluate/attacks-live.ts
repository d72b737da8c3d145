import type { RgbImage } from "#models/image.ts";
import { type FaceLandmarks, meshPoint } from "#models/networks/mesh.ts";
import { shutEyes } from "./attacks-eyelids.ts";
import { bilinear } from "./attacks-sample.ts";

/** What a living head does in one frame. */
export interface LiveAct {
  readonly yawDegrees: number;
  readonly pitchDegrees: number;
  /** 0 open, 1 shut. */
  readonly blink: number;
  /** 0 closed, 1 open. */
  readonly mouth: number;
}

/** Lower lip, its inner edge, and the chin. */
const jaw = [
  14, 87, 178, 88, 317, 402, 318, 17, 84, 181, 91, 314, 405, 321, 16, 85, 180, 90, 315, 404, 320, 15, 86,
  179, 89, 316, 403, 319, 152, 148, 176, 377, 400, 199, 175, 200, 18, 83, 182, 313, 406, 201, 421, 208, 428,
] as const; // biome-ignore format: a table

const gridStep = 3;
/** Past this many face widths from the face, nothing moves: that is the wall behind. */
const reach = 0.3;
/** Neighbouring points of the mesh are averaged over so many face widths. */
const softness = 0.05;
/** The head turns around the neck, so many face widths behind the mesh's middle depth. */
const pivotDepth = 0.45;

/**
 * Turns the head of a photograph as a solid, by the depth of its face mesh, shuts its eyes and opens its
 * mouth; the background stays. Good for small turns (up to about 20°): what a photograph does not show is stretched.
 */
export function liveFrame(photograph: RgbImage, face: FaceLandmarks, act: LiveAct): RgbImage {
  const moves = movesOf(face, act);
  const source = act.blink > 0 ? shutEyes(photograph, face, act.blink) : photograph;
  const { width, height } = photograph;
  const columns = Math.ceil(width / gridStep) + 1;
  const rows = Math.ceil(height / gridStep) + 1;
  const grid = new Float32Array(columns * rows * 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [dx, dy] = moveAt(moves, column * gridStep, row * gridStep);
      grid.set([dx, dy], (row * columns + column) * 2);
    }
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = between(grid, columns, x / gridStep, y / gridStep);
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) data[at + c] = bilinear(source, x - dx, y - dy, c);
    }
  }
  return { width, height, data };
}

interface Moves {
  /** For each point of the mesh: where it arrives, and by how much it moved. */
  readonly list: Float32Array;
  readonly faceWidth: number;
}

function movesOf(face: FaceLandmarks, { yawDegrees, pitchDegrees, mouth }: LiveAct): Moves {
  const { points } = face;
  const cheeks = [meshPoint(face, 234), meshPoint(face, 454)] as const;
  const faceWidth = Math.hypot(cheeks[1].x - cheeks[0].x, cheeks[1].y - cheeks[0].y);
  const middle = meshPoint(face, 168, 1, 234, 454);
  const shaped = points.slice();
  for (const index of jaw) shaped[index * 3 + 1]! += 0.14 * mouth * faceWidth;
  const [yaw, pitch] = [(yawDegrees * Math.PI) / 180, (pitchDegrees * Math.PI) / 180];
  const list = new Float32Array((points.length / 3) * 4);
  for (let i = 0; i < points.length / 3; i++) {
    const [x, y] = [shaped[i * 3]! - middle.x, shaped[i * 3 + 1]! - middle.y];
    const z = points[i * 3 + 2]! - pivotDepth * faceWidth;
    const [x1, z1] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
    const [toX, toY] = [middle.x + x1, middle.y + y * Math.cos(pitch) + z1 * Math.sin(pitch)];
    list.set([toX, toY, toX - points[i * 3]!, toY - points[i * 3 + 1]!], i * 4);
  }
  return { list, faceWidth };
}

/** Shepard's interpolation (1968) of the moves at a place, fading to rest beyond the head. */
function moveAt({ list, faceWidth }: Moves, x: number, y: number): readonly [number, number] {
  const soft = (softness * faceWidth) ** 2;
  let [sum, dx, dy, nearest] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < list.length; i += 4) {
    const squared = (x - list[i]!) ** 2 + (y - list[i + 1]!) ** 2;
    nearest = Math.min(nearest, squared);
    const weight = 1 / (squared + soft) ** 2;
    sum += weight;
    dx += weight * list[i + 2]!;
    dy += weight * list[i + 3]!;
  }
  const fade = Math.exp(-nearest / (2 * (reach * faceWidth) ** 2));
  return [(fade * dx) / sum, (fade * dy) / sum];
}

function between(grid: Float32Array, columns: number, x: number, y: number) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [s, t] = [x - column, y - row];
  const i = (row * columns + column) * 2;
  const mix = (c: number) =>
    (1 - t) * ((1 - s) * grid[i + c]! + s * grid[i + 2 + c]!) +
    t * ((1 - s) * grid[i + columns * 2 + c]! + s * grid[i + columns * 2 + 2 + c]!);
  return [mix(0), mix(1)] as const;
}
