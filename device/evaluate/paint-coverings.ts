import type { Point, RgbImage } from "#models/image.ts";
import { type FaceLandmarks, meshBounds, meshPoint } from "#models/networks/mesh.ts";
import { pseudoRandom } from "./pseudo-random.ts";

/** Outlines on the face by the mesh's own numbers (Kartynnik et al., 2019). */
const maskOutline = [
  ...[93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377],
  ...[400, 378, 379, 365, 397, 288, 361, 323, 330, 5, 101],
];
const lensOutlines = [
  [46, 53, 52, 65, 55, 122, 231, 230, 229, 228, 31, 226],
  [276, 283, 282, 295, 285, 351, 451, 450, 449, 448, 261, 446],
];

type Colour = readonly [red: number, green: number, blue: number];

/** Masks as they are sold: two that are like skin in brightness, one that is like it in hue. */
export const cloths = {
  white: [225, 228, 230],
  blue: [140, 180, 215],
  black: [28, 28, 31],
  grey: [128, 130, 134],
  pink: [226, 178, 182],
  beige: [205, 175, 150],
} as const satisfies Readonly<Record<string, Colour>>;
export type Cloth = keyof typeof cloths;

export const lenses = { black: [20, 18, 20], brown: [58, 40, 32] } as const satisfies Readonly<
  Record<string, Colour>
>;
export type Lens = keyof typeof lenses;

/** The face with a pleated mask, lit as the face is lit. `seed` decides the noise. */
export function withMask(
  image: RgbImage,
  landmarks: FaceLandmarks,
  cloth: Cloth,
  seed: number,
): RgbImage {
  const { size } = meshBounds(landmarks);
  const [top, chin] = [meshPoint(landmarks, 5), meshPoint(landmarks, 152)];
  const down = { x: chin.x - top.x, y: chin.y - top.y };
  const length = Math.hypot(down.x, down.y) ** 2 || 1;
  const light = lightOf(image, size / 6);
  return painted(image, landmarks, [maskOutline], seed, (x, y) => {
    const share = ((x - top.x) * down.x + (y - top.y) * down.y) / length;
    const isPleat = [0.35, 0.55, 0.75].some((pleat) => Math.abs(share - pleat) < 0.015);
    const shade = light(x, y) * (isPleat ? 0.8 : 1);
    return cloths[cloth].map((value) => value * shade) as unknown as Colour;
  });
}

/** The face behind dark glasses, which mirror a little light in their upper half. */
export function withGlasses(
  image: RgbImage,
  landmarks: FaceLandmarks,
  lens: Lens,
  seed: number,
): RgbImage {
  const { size } = meshBounds(landmarks);
  const eyes = meshPoint(landmarks, 33, 133, 362, 263);
  return painted(image, landmarks, lensOutlines, seed, (_, y) => {
    const sheen = Math.max(0, Math.min(1, (eyes.y - y) / (size / 10))) * 18;
    return lenses[lens].map((value) => value + sheen) as unknown as Colour;
  });
}

/** How bright a place is beside the whole face's surroundings, 0.5 to 1.3: the mean of what lies near it. */
function lightOf({ width, height, data }: RgbImage, reach: number) {
  const near = (cx: number, cy: number, radius: number): number => {
    const step = Math.max(1, Math.round(radius / 3));
    let [sum, count] = [0, 0];
    for (let y = cy - radius; y <= cy + radius; y += step) {
      for (let x = cx - radius; x <= cx + radius; x += step) {
        const [column, row] = [Math.round(x), Math.round(y)];
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        sum += data[(row * width + column) * 3 + 1]!;
        count += 1;
      }
    }
    return count === 0 ? 0 : sum / count;
  };
  return (x: number, y: number) =>
    Math.max(0.5, Math.min(1.3, near(x, y, reach) / Math.max(1, near(x, y, 3 * reach))));
}

function painted(
  image: RgbImage,
  landmarks: FaceLandmarks,
  outlines: readonly (readonly number[])[],
  seed: number,
  colourAt: (x: number, y: number) => Colour,
): RgbImage {
  const next = pseudoRandom(seed + 31);
  const data = Uint8Array.from(image.data);
  for (const outline of outlines) {
    const polygon = outline.map((index) => meshPoint(landmarks, index));
    const [left, right] = reachOf(
      polygon.map(({ x }) => x),
      image.width,
    );
    const [top, bottom] = reachOf(
      polygon.map(({ y }) => y),
      image.height,
    );
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        if (!holds(polygon, x, y)) continue;
        const noise = (next() - 0.5) * 10;
        const at = (y * image.width + x) * 3;
        for (const [c, value] of colourAt(x, y).entries()) {
          data[at + c] = Math.max(0, Math.min(255, value + noise));
        }
      }
    }
  }
  return { ...image, data };
}

function reachOf(places: readonly number[], end: number): readonly [from: number, to: number] {
  return [
    Math.max(0, Math.floor(Math.min(...places))),
    Math.min(end, Math.ceil(Math.max(...places)) + 1),
  ];
}

/** Even and odd crossings of a ray to the right. */
function holds(polygon: readonly Point[], x: number, y: number): boolean {
  let isInside = false;
  for (const [i, a] of polygon.entries()) {
    const b = polygon.at(i - 1)!;
    const crosses = a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x;
    if (crosses) isInside = !isInside;
  }
  return isInside;
}
