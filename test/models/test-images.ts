import type { ModelEntry } from "#models/manifest.ts";
import type { ReferenceImage } from "./tfjs-reference.ts";

export interface TestImage extends ReferenceImage {
  /** Channels first, as our networks take it. */
  readonly planar: Float32Array;
}

export type Picture = "noise" | "gradient" | "stripes" | "drawn face" | "black" | "white";

export const pictures: readonly Picture[] = [
  "noise",
  "gradient",
  "stripes",
  "drawn face",
  "black",
  "white",
];

/** A picture in the size and the preprocessing of a network; the same on every call. */
export function testImage(entry: ModelEntry, picture: Picture): TestImage {
  const [, , height, width] = entry.input.dims;
  const pixels = new Uint8Array(height * width * 3);
  const random = sequence(7);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = paint(picture, x / width, y / height, random);
      pixels.set(colour, (y * width + x) * 3);
    }
  }
  return imageFromPixels(entry, pixels);
}

/** Pixels in the size of a network, in its preprocessing. */
export function imageFromPixels(entry: ModelEntry, pixels: Uint8Array): TestImage {
  const [, , height, width] = entry.input.dims;
  const { mean, scale } = entry.preprocessing;
  const tensor = Float32Array.from(pixels, (value, i) => (value - mean[i % 3]!) * scale);
  const planar = new Float32Array(tensor.length);
  const plane = height * width;
  tensor.forEach((value, i) => {
    planar[(i % 3) * plane + Math.floor(i / 3)] = value;
  });
  return { pixels, tensor, planar };
}

function paint(picture: Picture, x: number, y: number, random: () => number): number[] {
  switch (picture) {
    case "noise":
      return [random() * 255, random() * 255, random() * 255];
    case "gradient":
      return [x * 255, y * 255, (1 - x) * 255];
    case "stripes":
      return Math.floor(x * 16) % 2 === 0 ? [230, 40, 90] : [10, 200, 160];
    case "drawn face":
      return face(x, y);
    case "black":
      return [0, 0, 0];
    case "white":
      return [255, 255, 255];
    default:
      throw new Error(`picture ${picture satisfies never}`);
  }
}

function face(x: number, y: number): number[] {
  const within = (cx: number, cy: number, rx: number, ry: number) =>
    ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1;
  if (within(0.36, 0.42, 0.05, 0.03) || within(0.64, 0.42, 0.05, 0.03)) return [40, 25, 20];
  if (within(0.5, 0.72, 0.12, 0.03)) return [150, 60, 60];
  if (within(0.5, 0.57, 0.03, 0.08)) return [190, 145, 120];
  if (within(0.5, 0.52, 0.3, 0.4)) return [225, 180, 150];
  return [70, 90, 110];
}

/** Numbers from 0 to 1 that look random and are the same every time (Park and Miller). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
