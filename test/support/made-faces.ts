import type { RgbImage } from "#models/image.ts";
import { type Colour, mix, noise, step } from "./made-face-colour.ts";
import { paintFace } from "./made-face-paint.ts";
import { type FaceShape, shapeOf } from "./made-face-shape.ts";

export interface FaceView {
  /** Side of the square picture in pixels. */
  readonly side?: number;
  /** Half of the head's width, as a share of the side. */
  readonly size?: number;
  /** Centre of the head, as shares of the side. */
  readonly x?: number;
  readonly y?: number;
  readonly yawDegrees?: number;
  readonly rollDegrees?: number;
  /** Where the light comes from, -1 left to 1 right. */
  readonly light?: number;
  readonly brightness?: number;
  /** Seeds the camera's noise: two pictures of one camera are never the same. */
  readonly grain?: number;
}

const usual = {
  side: 480,
  size: 0.24,
  x: 0.5,
  y: 0.5,
  yawDegrees: 0,
  rollDegrees: 0,
  light: -0.35,
};

/**
 * Draws a face that no person has: the same `seed` is the same person in every view. It is shaded
 * from a height field with skin, eyes, brows, nose, mouth, ears, hair, neck and clothes, well enough for a
 * face detector and a descriptor that were trained on photographs.
 */
export function makeFace(seed: number, view: FaceView = {}): RgbImage {
  const { side, size, x, y, yawDegrees, rollDegrees, light } = { ...usual, ...view };
  const shape = shapeOf(seed);
  const data = new Uint8Array(side * side * 3);
  const unit = size * side;
  const roll = (rollDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const yaw = Math.tan((yawDegrees * Math.PI) / 180);
  const scene = { shape, yaw, light };
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const dx = (column - x * side) / unit;
      const dy = (row - y * side) / unit;
      const colour = pixel(dx * cos + dy * sin, dy * cos - dx * sin, scene);
      const grain = 5 * (noise(column, row, (view.grain ?? 0) + 77) - 0.5);
      const at = (row * side + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        data[at + channel] = clampByte(colour[channel]! * (view.brightness ?? 1) + grain);
      }
    }
  }
  return { width: side, height: side, data };
}

interface Scene {
  readonly shape: FaceShape;
  readonly yaw: number;
  readonly light: number;
}

/** The colour at a place; 1 is half of the head's width, v grows downwards, the eyes are near 0. */
function pixel(u: number, v: number, { shape, yaw, light }: Scene): Colour {
  let colour = background(u, v, shape);
  colour = body(u, v, colour, shape, light);
  colour = hairBehind(u, v, colour, shape);
  return paintFace(u, v, colour, { shape, yaw, light });
}

function background(u: number, v: number, { backdrop }: FaceShape): Colour {
  const shade =
    1 - 0.12 * v - 0.05 * u + 0.05 * (noise(Math.floor(u * 3), Math.floor(v * 3), 5) - 0.5);
  return backdrop.map((channel) => channel * shade) as unknown as Colour;
}

function body(u: number, v: number, under: Colour, shape: FaceShape, light: number): Colour {
  const neckWidth = 0.55 * shape.jaw + 0.05;
  const neck = step(neckWidth + 0.02, neckWidth - 0.02, Math.abs(u)) * step(0.6, 0.7, v);
  if (neck === 0 && v < 1.5) return under; // Above the shoulders, beside the neck.
  const round = Math.sqrt(Math.max(0.05, 1 - (u / neckWidth) ** 2));
  const shadow = 0.45 + 0.35 * step(1.1, 1.7, v);
  const skin = shape.skin.map(
    (c) => c * shadow * (0.6 + 0.4 * round + 0.15 * light * u),
  ) as unknown as Colour;
  const shoulders =
    1.62 + 0.42 * Math.max(0, Math.abs(u) - 0.45) ** 1.3 - 0.25 * step(0.5, 0.2, Math.abs(u)) * -1;
  const cloth = step(shoulders - 0.02, shoulders + 0.02, v);
  const folds = 0.85 + 0.1 * Math.sin(u * 5 + shape.phase) - 0.08 * Math.abs(u);
  const fabric = shape.cloth.map((c) => c * folds) as unknown as Colour;
  return mix(mix(under, skin, neck), fabric, cloth);
}

function hairBehind(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const { hairLength, hairVolume, hair, phase } = shape;
  const top = ((u / (1.06 + hairVolume)) ** 2 + ((v + 0.28) / (1.24 + hairVolume)) ** 2) ** 0.5;
  const cap = step(1.02, 0.99, top) * step(0.5, 0.3, v);
  const sides =
    step(1.1 + hairVolume, 1.05 + hairVolume, Math.abs(u)) *
    step(hairLength + 0.1, hairLength, v) *
    step(-0.4, -0.3, v);
  const share = Math.max(cap, sides);
  if (share === 0) return under;
  const strand =
    0.75 + 0.3 * noise(Math.floor(u * 60 + 6 * Math.sin(v * 2 + phase)), Math.floor(v * 4), 9);
  const sheen = 1 + 0.5 * Math.exp(-(((v + 1.05) / 0.18) ** 2));
  const colour = hair.map((c) => c * strand * sheen) as unknown as Colour;
  return mix(under, colour, share);
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
