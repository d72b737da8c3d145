import type { RgbImage } from "#models/image.ts";
import { type FaceLandmarks, meshPoint } from "#models/networks/mesh.ts";
import { bilinear } from "./attacks-sample.ts";

/** Each eye's corners, and its lids' edges between them from the outer to the inner corner. */
const eyes = [
  { corners: [33, 133], upper: [246, 161, 160, 159, 158, 157, 173], lower: [7, 163, 144, 145, 153, 154, 155], brow: 105 },
  { corners: [263, 362], upper: [466, 388, 387, 386, 385, 384, 398], lower: [249, 390, 373, 374, 380, 381, 382], brow: 334 },
] as const; // biome-ignore format: a table

/** Lashes are this dark beside the skin, and this thick in eye widths. */
const lashShade = 0.45;
const lashWidth = 0.07;
/** The mesh runs inside of the lids' rims: by so many eye widths. */
const rim = 0.06;

/**
 * The same photograph with its eyes shut by `amount`, 0 to 1: the skin above each eye is drawn down over
 * it, down to a line of lashes, as a lid does.
 */
export function shutEyes(photograph: RgbImage, face: FaceLandmarks, amount: number): RgbImage {
  // Not `slice`: what a decoder returns may be a Buffer, whose slices share its memory.
  const data = new Uint8Array(photograph.data);
  const shut = { width: photograph.width, height: photograph.height, data };
  if (amount <= 0) return shut;
  for (const eye of eyes) {
    const [from, to] = [meshPoint(face, eye.corners[0]), meshPoint(face, eye.corners[1])];
    const width = Math.hypot(to.x - from.x, to.y - from.y);
    if (!(width > 2)) continue;
    // The eye's own axes: along it, and down across it.
    const along = { x: (to.x - from.x) / width, y: (to.y - from.y) / width };
    const turn = along.x < 0 ? -1 : 1;
    const down = { x: -along.y * turn, y: along.x * turn };
    const heights = (indices: readonly number[]) =>
      indices.map((index) => {
        const point = meshPoint(face, index);
        return (point.x - from.x) * down.x + (point.y - from.y) * down.y;
      });
    const [upper, lower] = [heights(eye.upper), heights(eye.lower)];
    const brow = heights([eye.brow])[0]!;
    const reach = Math.ceil(width * 1.5);
    for (let y = Math.floor(from.y - reach); y <= from.y + reach; y++) {
      for (let x = Math.floor(from.x - reach); x <= from.x + reach; x++) {
        if (x < 0 || y < 0 || x >= shut.width || y >= shut.height) continue;
        const u = ((x - from.x) * along.x + (y - from.y) * along.y) / width;
        const v = (x - from.x) * down.x + (y - from.y) * down.y;
        if (u <= -rim || u >= 1 + rim) continue;
        const top = between(upper, u) - rim * width;
        const bottom = between(lower, u) + rim * width;
        const lid = top + amount * Math.max(0, bottom - top);
        const skinTop = top + 0.55 * (brow - top);
        if (v < skinTop || v > lid) continue;
        // The strip of skin between brow and lid is stretched down to where the lid is now.
        const share = (v - skinTop) / Math.max(1e-3, lid - skinTop);
        const source = skinTop + share * (top - skinTop) - v;
        const isLash = lid - v < lashWidth * width;
        for (let c = 0; c < 3; c++) {
          const skin = bilinear(photograph, x + source * down.x, y + source * down.y, c);
          data[(y * shut.width + x) * 3 + c] = Math.round(isLash ? lashShade * skin : skin);
        }
      }
    }
  }
  return shut;
}

/** A lid's height at a place between the corners, 0 to 1, where it is 0. */
function between(heights: readonly number[], u: number): number {
  const all = [0, ...heights, 0];
  const at = Math.max(0, Math.min(all.length - 1.001, u * (all.length - 1)));
  const i = Math.floor(at);
  return all[i]! + (at - i) * (all[i + 1]! - all[i]!);
}
