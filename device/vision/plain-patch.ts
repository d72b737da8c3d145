import type { Box, RgbImage } from "#models/image.ts";

const parts = 8;
/** The middle of a box: its corners show what is behind, whatever it holds. */
const middleShare = 0.8;
/** Drawn ellipses spread by 0.09 at most; faces in a mask and behind dark glasses by 0.12 at least, most by 0.2. */
const spreadMin = 0.1;

/**
 * Whether a box holds no more than a patch of one colour in even light: a wall, a ball, a cushion. A face has
 * eyes or glasses, the edge of a mask, hair. What counts is the brightness of eight by eight parts, which
 * the noise of a sensor hardly moves, beside the plane that fits them best: light falls off across a patch too.
 */
export function isPlainPatch(image: RgbImage, box: Box): boolean {
  return spreadOf(partsOf(image, box)) < spreadMin;
}

interface Part {
  /** Where it is, -1 to 1 from the middle. */
  readonly u: number;
  readonly v: number;
  readonly luma: number;
}

/** The mean brightness of each part, as far as it lies in the picture. */
function partsOf(image: RgbImage, box: Box): readonly Part[] {
  const [width, height] = [box.width * middleShare, box.height * middleShare];
  const [left, top] = [box.x + (box.width - width) / 2, box.y + (box.height - height) / 2];
  const found: Part[] = [];
  for (let row = 0; row < parts; row++) {
    for (let column = 0; column < parts; column++) {
      const [x, y] = [left + (column * width) / parts, top + (row * height) / parts];
      const luma = meanLuma(image, { x, y, width: width / parts, height: height / parts });
      if (luma === undefined) continue;
      found.push({ u: (2 * column + 1) / parts - 1, v: (2 * row + 1) / parts - 1, luma });
    }
  }
  return found;
}

/** The root mean square of what the best plane leaves over, as a share of the mean. */
function spreadOf(found: readonly Part[]): number {
  const mean = (of: (part: Part) => number) =>
    found.reduce((sum, part) => sum + of(part), 0) / Math.max(1, found.length);
  const middle = { u: mean(({ u }) => u), v: mean(({ v }) => v), luma: mean(({ luma }) => luma) };
  const product = (a: keyof Part, b: keyof Part) =>
    mean((part) => (part[a] - middle[a]) * (part[b] - middle[b]));
  const [uu, uv, vv] = [product("u", "u"), product("u", "v"), product("v", "v")];
  const [ul, vl] = [product("u", "luma"), product("v", "luma")];
  const area = uu * vv - uv * uv || 1;
  const [across, down] = [(ul * vv - vl * uv) / area, (vl * uu - ul * uv) / area];
  const left = product("luma", "luma") - across * ul - down * vl;
  return Math.sqrt(Math.max(0, left)) / Math.max(1, middle.luma);
}

/** Rec. 601 luma of the pixels of a box, 0 to 255; undefined where none lies in the picture. */
function meanLuma({ width, height, data }: RgbImage, box: Box): number | undefined {
  const [right, bottom] = [
    Math.min(width, box.x + box.width),
    Math.min(height, box.y + box.height),
  ];
  let [sum, count] = [0, 0];
  for (let y = Math.max(0, Math.floor(box.y)); y < bottom; y++) {
    for (let x = Math.max(0, Math.floor(box.x)); x < right; x++) {
      const i = (y * width + x) * 3;
      sum += 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
      count += 1;
    }
  }
  return count === 0 ? undefined : sum / count;
}
