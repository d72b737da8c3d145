import type { RgbImage } from "#models/image.ts";
import { type FaceLandmarks, meshPoint } from "#models/networks/mesh.ts";

/** What seems to lie over a face: a mask over the mouth, dark glasses over the eyes. */
type Covering = "mouth" | "eyes";

/** Places on the face by the mesh's own numbers (Kartynnik et al., 2019). */
const places = {
  /** Skin that neither a mask nor glasses lie over, or seldom: forehead and the root of the nose. */
  brow: [151, 108, 337, 9, 107, 336],
  /** Skin below glasses. */
  cheeks: [50, 280, 205, 425, 36, 266],
  /** Eyelids and what is just below the eyes: skin, unless a lens is before it. */
  lids: [23, 22, 24, 110, 27, 29, 253, 252, 254, 339, 257, 259],
  /** Around the mouth and on the chin. */
  chin: [164, 18, 200, 199, 43, 273, 106, 335, 204, 424],
  lips: [0, 17, 37, 267, 84, 314, 13, 14],
} as const;

/**
 * Set on 359 photographs of Labeled Faces in the Wild and the same with masks (white, blue, black) and
 * dark glasses painted on: 9 of the plain ones seem covered, as do 97 % with glasses and, of the faces
 * that are found at all, 84 to 92 % with masks.
 */
const coveringLimits = {
  /** Lids this dark beside the skin are behind a lens. */
  lidsToSkinMax: 0.27,
  /** Round the mouth it is of another colour than the brow, in shares of red and green; */
  colourApartMin: 0.06,
  /** or far lighter or darker, */
  lighterMin: 1.5,
  darkerMax: 0.3,
  /** and the lips are as red as what is around them. */
  redderMax: 0.006,
} as const;

interface CoveringMeasures {
  readonly lidsToSkin: number;
  readonly colourApart: number;
  readonly chinToSkin: number;
  readonly redder: number;
}

interface Tint {
  readonly luma: number;
  readonly red: number;
  readonly green: number;
}

function measureCovering(image: RgbImage, landmarks: FaceLandmarks): CoveringMeasures {
  const tint = (indices: readonly number[]) => tintOf(image, landmarks, indices);
  const [brow, cheeks, lids] = [tint(places.brow), tint(places.cheeks), tint(places.lids)];
  const [chin, lips] = [tint(places.chin), tint(places.lips)];
  return {
    lidsToSkin: lids.luma / Math.max(0.01, Math.max(brow.luma, cheeks.luma)),
    colourApart: Math.hypot(chin.red - brow.red, chin.green - brow.green),
    chinToSkin: chin.luma / Math.max(0.01, brow.luma),
    redder: lips.red - chin.red,
  };
}

/**
 * Whether something lies over the mouth or the eyes. It is a reason for a friendly hint and never
 * for a refusal: it goes by colours alone, and takes a thick beard in bad light for a mask now and then.
 */
export function coveringOf(image: RgbImage, landmarks: FaceLandmarks): Covering | undefined {
  const { lidsToSkin, colourApart, chinToSkin, redder } = measureCovering(image, landmarks);
  const limits = coveringLimits;
  if (lidsToSkin < limits.lidsToSkinMax) return "eyes";
  const isOther =
    colourApart > limits.colourApartMin ||
    chinToSkin > limits.lighterMin ||
    chinToSkin < limits.darkerMax;
  return isOther && Math.abs(redder) < limits.redderMax ? "mouth" : undefined;
}

/** The median tint of some places of the mesh. */
function tintOf(image: RgbImage, landmarks: FaceLandmarks, indices: readonly number[]): Tint {
  const tints = indices.map((index) => pixelTint(image, meshPoint(landmarks, index)));
  const median = (pick: (tint: Tint) => number) =>
    tints.map(pick).toSorted((a, b) => a - b)[tints.length >> 1] ?? 0;
  return {
    luma: median(({ luma }) => luma),
    red: median(({ red }) => red),
    green: median(({ green }) => green),
  };
}

/** Rec. 601 luma, 0 to 1, and the shares of red and green, which do not change with the light's strength. */
function pixelTint({ width, height, data }: RgbImage, { x, y }: { x: number; y: number }): Tint {
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
