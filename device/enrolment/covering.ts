import type { Point, RgbImage } from "#models/image.ts";
import { type FaceLandmarks, meshPoint } from "#models/networks/mesh.ts";

/** What seems to lie over a face: a mask over the mouth, dark glasses over the eyes. */
export type Covering = "mouth" | "eyes";

/** Places on the face by the mesh's own numbers (Kartynnik et al., 2019). */
const places = {
  /** Skin that neither a mask nor glasses lie over, or seldom: forehead and the root of the nose. */
  brow: [151, 108, 337, 9, 107, 336],
  /** Skin below glasses. */
  cheeks: [50, 280, 205, 425, 36, 266],
  /** Eyelids and what is just below the eyes: skin, unless a lens is before it. */
  lids: [23, 22, 24, 110, 27, 29, 253, 252, 254, 339, 257, 259],
  /** Skin between a mask and a cap: the bridge of the nose, and below the eyes. */
  bridge: [168, 6, 197, 122, 351, 196, 419],
  belowEyes: [118, 347, 119, 348, 120, 349, 230, 450],
  /** What a mask covers. */
  nose: [4, 1, 45, 275, 2, 98, 327],
  lips: [0, 17, 37, 267, 84, 314, 13, 14],
  chin: [164, 18, 200, 199, 43, 273, 106, 335, 204, 424],
  jaw: [207, 427, 214, 434, 192, 416, 57, 287],
} as const;

/** Lids this dark beside the skin are behind a lens. */
const lidsToSkinMax = 0.27;

/**
 * A logistic regression over 291 photographs of Labeled Faces in the Wild, bare and with painted masks in six
 * colours and dark glasses; colours in shares of red and green, light as a logarithm, both beside the skin that
 * a mask leaves bare. What it is worth on other people, `tebura evaluate coverings` prints.
 */
const maskWeights = {
  lipsRedder: -42.6,
  noseUneven: -2.55,
  lipsUneven: -1.52,
  chinLightApart: 5.47,
  noseGreener: 131.8,
  noseGreenApart: 121.2,
  jawGreener: -101.8,
  always: -11.07,
} as const;
/** The logarithm of the odds from which on a mask is named: 20 to 1, since most people wear none. */
const maskOddsMin = 3;

interface Tint {
  readonly luma: number;
  readonly red: number;
  readonly green: number;
  /** The spread of brightness among the places, as a share of it. */
  readonly uneven: number;
}

/**
 * Whether something lies over the mouth or the eyes. It is a reason for a friendly hint and never
 * for a refusal: it goes by colours alone, and takes deep shadows for glasses now and then.
 */
export function coveringOf(image: RgbImage, landmarks: FaceLandmarks): Covering | undefined {
  const tint = (indices: readonly number[]) => tintOf(image, landmarks, indices);
  const [brow, cheeks, lids] = [tint(places.brow), tint(places.cheeks), tint(places.lids)];
  if (lids.luma / Math.max(0.01, Math.max(brow.luma, cheeks.luma)) < lidsToSkinMax) return "eyes";
  const [bridge, belowEyes] = [tint(places.bridge), tint(places.belowEyes)];
  const skin = {
    light: (lightOf(bridge) + lightOf(belowEyes)) / 2,
    red: (bridge.red + belowEyes.red) / 2,
    green: (bridge.green + belowEyes.green) / 2,
  };
  const [nose, lips] = [tint(places.nose), tint(places.lips)];
  const [chin, jaw] = [tint(places.chin), tint(places.jaw)];
  const weights = maskWeights;
  const odds =
    weights.always +
    weights.lipsRedder * (lips.red - skin.red) +
    weights.noseUneven * Math.log(nose.uneven + 0.02) +
    weights.lipsUneven * Math.log(lips.uneven + 0.02) +
    weights.chinLightApart * Math.abs(lightOf(chin) - skin.light) +
    weights.noseGreener * (nose.green - skin.green) +
    weights.noseGreenApart * Math.abs(nose.green - skin.green) +
    weights.jawGreener * (jaw.green - skin.green);
  return odds > maskOddsMin ? "mouth" : undefined;
}

const lightOf = ({ luma }: Tint) => Math.log(Math.max(0.01, luma));

/** The median tint of some places of the mesh, and how uneven they are. */
function tintOf(image: RgbImage, landmarks: FaceLandmarks, indices: readonly number[]): Tint {
  const tints = indices.map((index) => pixelTint(image, meshPoint(landmarks, index)));
  const median = (pick: (tint: (typeof tints)[number]) => number) =>
    tints.map(pick).toSorted((a, b) => a - b)[tints.length >> 1] ?? 0;
  const mean = tints.reduce((sum, { luma }) => sum + luma / tints.length, 0);
  const squares = tints.reduce((sum, { luma }) => sum + (luma - mean) ** 2 / tints.length, 0);
  const luma = median((tint) => tint.luma);
  return {
    luma,
    red: median(({ red }) => red),
    green: median(({ green }) => green),
    uneven: Math.sqrt(squares) / Math.max(luma, 0.05),
  };
}

/** Rec. 601 luma, 0 to 1, and the shares of red and green, which do not change with the light's strength. */
function pixelTint({ width, height, data }: RgbImage, { x, y }: Point): Omit<Tint, "uneven"> {
  const column = Math.min(width - 1, Math.max(0, Math.round(x)));
  const row = Math.min(height - 1, Math.max(0, Math.round(y)));
  const i = (row * width + column) * 3;
  const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
  const sum = Math.max(1, red + green + blue);
  return {
    luma: (0.299 * red + 0.587 * green + 0.114 * blue) / 255,
    red: red / sum,
    green: green / sum,
  };
}
