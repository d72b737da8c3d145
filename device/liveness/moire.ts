import { powerSpectrum } from "./fourier.ts";
import type { GreyCrop } from "./grey-crop.ts";

/** Side of the square that is looked at, in pixels of the camera. */
export const moireSide = 64;

/** Stripes wider than this are features of the face, in cycles per pixel. */
const frequencyMin = 0.09;
/** A peak is compared with the ring of frequencies around it, so far away at most. */
const ringReach = 4;
/** Nearer ones belong to the peak itself: the window smears it over two bins. */
const peakReach = 2;
/** A picture of one colour has no noise to stand out of. */
const powerMin = 1e-3;
/** Steps that leave the peak and stay in the ring, one for each line through it. */
const directions = [
  [3, 0], [3, 1], [3, 2], [3, 3], [2, 3], [1, 3], [0, 3], [-1, 3], [-2, 3], [-3, 3], [-3, 2], [-3, 1],
] as const; // biome-ignore format: a table
/** Block codecs (JPEG, H.264) leave lines every 8 pixels: their frequencies prove nothing. */
const blockBins = moireSide / 8;

/**
 * Decibels by which the sharpest periodic peak of a face's spectrum stands above its surroundings. Chance
 * alone makes 5 to 7 of them in one frame, a screen's pixels beating against the camera's 10 to 30. Judge
 * a track by the median of its frames: stripes change with every movement, so their spectra do not add up.
 */
export function moireDecibels(crop: GreyCrop): number {
  const power = powerSpectrum(crop.data, crop.side);
  let highest = 1;
  for (let v = -moireSide / 2; v < moireSide / 2; v++) {
    for (let u = 1; u < moireSide / 2 - 1; u++) {
      if (Math.hypot(u, v) / moireSide < frequencyMin || isOfBlocks(u, v)) continue;
      const own = powerAt(power, u, v);
      // Sorting what is around takes its time, and hardly any frequency is a peak at all.
      if (own <= highest * rayThrough(power, u, v)) continue;
      highest = Math.max(highest, own / Math.max(around(power, u, v), rayThrough(power, u, v)));
    }
  }
  return 10 * Math.log10(highest);
}

function powerAt(power: Float32Array, u: number, v: number): number {
  const [column, row] = [(u + moireSide) % moireSide, (v + moireSide) % moireSide];
  return power[row * moireSide + column]!;
}

/** A ray that an edge of the face sends through the spectrum is as strong on both sides of a place. */
function rayThrough(power: Float32Array, u: number, v: number): number {
  let most = powerMin;
  for (const [du, dv] of directions) {
    const both = powerAt(power, u + du, v + dv) + powerAt(power, u - du, v - dv);
    most = Math.max(most, both / 2);
  }
  return most;
}

/** Third quartile of the power in the ring around a place. */
function around(power: Float32Array, u: number, v: number): number {
  const ring: number[] = [];
  for (let dv = -ringReach; dv <= ringReach; dv++) {
    for (let du = -ringReach; du <= ringReach; du++) {
      const far = Math.max(Math.abs(du), Math.abs(dv));
      if (far > peakReach) ring.push(powerAt(power, u + du, v + dv));
    }
  }
  ring.sort((a, b) => a - b);
  return ring[Math.floor(0.75 * ring.length)]!;
}

/** Whether both ways lie within a bin of a multiple of 1/8 cycle per pixel, 0 among them. */
function isOfBlocks(u: number, v: number): boolean {
  const away = (value: number) => {
    const rest = Math.abs(value) % blockBins;
    return Math.min(rest, blockBins - rest);
  };
  return away(u) <= 1 && away(v) <= 1;
}
