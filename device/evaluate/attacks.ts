import type { Point, RgbImage } from "#models/image.ts";
import { pseudoRandom } from "./pseudo-random.ts";

/** Presentation attack instruments that can be made from a photograph alone. */
export const attackTypes = ["print", "screen"] as const;
export type AttackType = (typeof attackTypes)[number];

/**
 * A photograph of a photograph: held a little askew in front of the camera, with a visible edge.
 * "print" has paper's narrow range of tones, its grain and a soft second exposure; "screen" has the
 * light and dark stripes of two pixel grids, a bezel and a reflection.
 */
export function makeAttack(photograph: RgbImage, type: AttackType, seed: number): RgbImage {
  const next = pseudoRandom(seed + (type === "print" ? 11 : 29));
  const { width, height } = photograph;
  const data = new Uint8Array(width * height * 3);
  const inset = 0.05 + 0.08 * next();
  const [tilt, keystone] = [(next() - 0.5) * 0.15, (next() - 0.5) * 0.2];
  const backdrop = 40 + 120 * next();
  const [period, angle] = [2.2 + 2 * next(), next() * Math.PI];
  const glare = { x: next(), y: next() };
  const blur = type === "print" ? 1 : 0.6;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = sheetPlace(x / width, y / height, inset, tilt, keystone);
      const at = (y * width + x) * 3;
      const border = Math.max(-place.x, place.x - 1, -place.y, place.y - 1);
      for (let c = 0; c < 3; c++) {
        let value = backdrop;
        if (border <= 0) {
          const source = softSample(photograph, place.x * width, place.y * height, blur, c);
          value =
            type === "print"
              ? 32 + 0.72 * source + (next() - 0.5) * 9
              : source * (1 + 0.12 * stripes(x, y, period, angle, c)) + glareAt(place, glare);
        } else if (border < 0.04) value = type === "print" ? 225 : 14;
        data[at + c] = Math.max(0, Math.min(255, Math.round(value + (next() - 0.5) * 5)));
      }
    }
  }
  return { width, height, data };
}

/** Where a point of the frame lies on the sheet, 0 to 1 each way. */
function sheetPlace(u: number, v: number, inset: number, tilt: number, keystone: number): Point {
  const [x, y] = [(u - 0.5) / (1 - 2 * inset), (v - 0.5) / (1 - 2 * inset)];
  const depth = 1 + keystone * x;
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  return { x: (cos * x - sin * y) * depth + 0.5, y: (sin * x + cos * y) * depth + 0.5 };
}

/** The mean of four points around a place: a lens that photographs a picture softens it once more. */
function softSample(image: RgbImage, x: number, y: number, reach: number, channel: number): number {
  let sum = 0;
  for (const [dx, dy] of [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ] as const) {
    const column = Math.max(0, Math.min(image.width - 1, Math.round(x + dx * reach * 0.7)));
    const row = Math.max(0, Math.min(image.height - 1, Math.round(y + dy * reach * 0.7)));
    sum += image.data[(row * image.width + column) * 3 + channel]!;
  }
  return sum / 4;
}

/** Moiré: the beat of the screen's grid against the sensor's, shifted between the colours. */
function stripes(x: number, y: number, period: number, angle: number, channel: number): number {
  const along = x * Math.cos(angle) + y * Math.sin(angle);
  return Math.sin((2 * Math.PI * along) / period + channel) * Math.sin(along / 17 + channel);
}

function glareAt({ x, y }: Point, glare: Point): number {
  return 90 * Math.exp(-((x - glare.x) ** 2 + (y - glare.y) ** 2) / 0.02);
}
