import type { Box } from "./image.ts";

/**
 * Squares of a picture in which a detector with a small input still sees small faces: the whole
 * picture, and, where it is larger than `tilePx`, tiles that overlap by `overlapPx` at least, so
 * that a face on a border is whole in one of them.
 */
export function tilesOf(width: number, height: number, tilePx: number, overlapPx: number): Box[] {
  const side = Math.max(width, height);
  const whole = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
  if (side <= tilePx) return [whole];
  const tiles: Box[] = [whole];
  for (const y of startsOf(height, tilePx, overlapPx)) {
    for (const x of startsOf(width, tilePx, overlapPx)) {
      tiles.push({ x, y, width: tilePx, height: tilePx });
    }
  }
  return tiles;
}

function startsOf(length: number, tilePx: number, overlapPx: number): number[] {
  if (length <= tilePx) return [(length - tilePx) / 2];
  const count = Math.ceil((length - overlapPx) / Math.max(1, tilePx - overlapPx));
  return Array.from({ length: count }, (_, i) => (i * (length - tilePx)) / (count - 1));
}
