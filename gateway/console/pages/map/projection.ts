import type { Point } from "#firmware-config/city-map.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Puts points of the city on a sheet of so many CSS pixels, north up, equal lengths in both directions. */
export function projection(
  points: readonly Point[],
  { width, height, margin }: { width: number; height: number; margin: number },
): (point: Point) => Spot {
  const [south, north] = rangeOf(points.map(({ latitude }) => latitude));
  const [west, east] = rangeOf(points.map(({ longitude }) => longitude));
  // A degree of longitude is as long as a degree of latitude at the equator alone.
  const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const across = Math.max(1e-4, (east - west) * squeeze);
  const up = Math.max(1e-4, north - south);
  const scale = Math.min((width - 2 * margin) / across, (height - 2 * margin) / up);
  const left = (width - across * scale) / 2;
  const top = (height - up * scale) / 2;
  return ({ latitude, longitude }) => ({
    x: left + (longitude - west) * squeeze * scale,
    y: top + (north - latitude) * scale,
  });
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** What lies so close together that a finger could not tell it apart is one thing. */
export function clustersOf<One extends Spot>(
  spots: readonly One[],
  apartPx: number,
): readonly (Spot & { readonly all: readonly One[] })[] {
  const clusters: { x: number; y: number; all: One[] }[] = [];
  for (const spot of spots) {
    const near = clusters.find(({ x, y }) => Math.hypot(x - spot.x, y - spot.y) < apartPx);
    if (near) near.all.push(spot);
    else clusters.push({ x: spot.x, y: spot.y, all: [spot] });
  }
  return clusters;
}

interface Named extends Spot {
  readonly name: string;
}

const letterPx = { wide: 13, narrow: 7.5 };
const linePx = 16;
/** A name stands below what it belongs to, or above it, or at its side. */
const placesOf = (across: number): readonly Spot[] => {
  const aside = across / 2 + 26;
  return [
    { x: 0, y: 30 },
    { x: 0, y: -20 },
    { x: aside, y: 5 },
    { x: -aside, y: 5 },
  ];
};

/** The names that can be read on the sheet: each where it covers no mark and no other name, or left out. */
export function readableNames<One extends Named>(
  spots: readonly One[],
  marks: readonly Spot[],
  namesMax: number,
): readonly (One & { readonly at: Spot })[] {
  const taken = marks.map(({ x, y }) => ({ x, y, across: 44, up: 34 }));
  const placed: (One & { at: Spot })[] = [];
  for (const spot of spots) {
    if (placed.length >= namesMax) break;
    const across = widthOf(spot.name);
    for (const offset of placesOf(across)) {
      const at = { x: spot.x + offset.x, y: spot.y + offset.y };
      const box = { x: at.x, y: at.y - linePx / 4, across, up: linePx };
      const isFree = taken.every(
        (one) =>
          Math.abs(one.x - box.x) > (one.across + box.across) / 2 ||
          Math.abs(one.y - box.y) > (one.up + box.up) / 2,
      );
      if (!isFree) continue;
      taken.push(box);
      placed.push({ ...spot, at });
      break;
    }
  }
  return placed;
}

const widthOf = (name: string): number =>
  [...name].reduce((sum, one) => sum + (one > "\u2e80" ? letterPx.wide : letterPx.narrow), 0);
