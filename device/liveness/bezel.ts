import type { GreyCrop } from "./grey-crop.ts";

/** The crop shows so many face widths each way, the face in its middle. */
export const bezelReach = 4;
export const bezelSide = 96;

const unit = bezelSide / bezelReach;
/** Where an edge may run: this many face widths from the middle of the face. */
const [nearest, farthest] = [0.6, 1.9];
const slopes = [-0.35, -0.25, -0.17, -0.1, -0.05, 0, 0.05, 0.1, 0.17, 0.25, 0.35];
/** A step in brightness that counts as an edge, of 255. */
const stepMin = 9;
/** An edge covers so much of its side before it is a straight one. */
const coverMin = 0.85;
/** Half the length of an edge, in face widths. */
const halfLength = 1;
/** Paper and bezel have one shade along their edge: its mean deviation at most. */
const unevenMax = 9;
/** Shades closer than this are one border's. */
const shadeStep = 24;

const sides = ["left", "right", "above", "below"] as const;
type Side = (typeof sides)[number];

/**
 * How many sides of the face (0 to 4) run along a straight edge with a border of one shade: the most
 * that share it. A sheet's margin and a telephone's bezel do; a door frame behind somebody is one or
 * two such sides.
 */
export function straightSides(crop: GreyCrop): number {
  const shades = sides.map((side) => borderShades(crop, side));
  let most = 0;
  for (let shade = 0; shade * shadeStep < 256; shade++) {
    most = Math.max(most, shades.filter((found) => found.has(shade)).length);
  }
  return most;
}

/** Shades, in steps, of the even strips that lie along straight edges on one side of the face. */
function borderShades(crop: GreyCrop, side: Side): ReadonlySet<number> {
  const found = new Set<number>();
  for (let away = Math.round(nearest * unit); away < farthest * unit; away++) {
    for (const slope of slopes) {
      if (coverOf(crop, side, away, slope) < coverMin) continue;
      for (const offset of [-2, 2]) {
        const shade = evenShade(crop, side, away + offset, slope);
        if (shade === undefined) continue;
        // Light falls off along a sheet: the neighbouring step is the same border too.
        const step = shade / shadeStep;
        found.add(Math.floor(step));
        found.add(Math.round(step) === Math.floor(step) ? Math.floor(step) - 1 : Math.round(step));
      }
    }
  }
  return found;
}

/** The share of a line that is an edge of one direction, from dark to bright or the other way. */
function coverOf(crop: GreyCrop, side: Side, away: number, slope: number): number {
  const half = Math.round(halfLength * unit);
  let [up, down] = [0, 0];
  for (let along = -half; along <= half; along++) {
    const middle = away + slope * along;
    const step = at(crop, side, along, middle + 1.5) - at(crop, side, along, middle - 1.5);
    if (step >= stepMin) up += 1;
    else if (step <= -stepMin) down += 1;
  }
  return Math.max(up, down) / (2 * half + 1);
}

/** The brightness of a line that has the same one nearly everywhere. */
function evenShade(crop: GreyCrop, side: Side, away: number, slope: number): number | undefined {
  const half = Math.round(halfLength * unit);
  const values: number[] = [];
  for (let along = -half; along <= half; along++) {
    const value = at(crop, side, along, away + slope * along);
    if (!Number.isNaN(value)) values.push(value);
  }
  if (values.length <= half) return undefined;
  const median = values.sort((a, b) => a - b)[values.length >> 1]!;
  const uneven = values.reduce((sum, value) => sum + Math.abs(value - median), 0) / values.length;
  return uneven <= unevenMax ? median : undefined;
}

/** Brightness at a distance from the middle towards a side; NaN, which is no step, outside the picture. */
function at({ side, data }: GreyCrop, towards: Side, along: number, away: number): number {
  const middle = (side - 1) / 2;
  const sign = towards === "left" || towards === "above" ? -1 : 1;
  const sideways = towards === "left" || towards === "right";
  const column = Math.round(middle + (sideways ? sign * away : along));
  const row = Math.round(middle + (sideways ? along : sign * away));
  if (column < 0 || row < 0 || column >= side || row >= side) return Number.NaN;
  return data[row * side + column]!;
}
