/** Red, green and blue, 0 to 255, not yet rounded. */
export type Colour = readonly [number, number, number];

/** 0 before `from`, 1 after `to`, smooth between; `from` may be the larger one. */
export function step(from: number, to: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

export function mix(under: Colour, over: Colour, share: number): Colour {
  if (share === 0) return under;
  return [
    under[0] + (over[0] - under[0]) * share,
    under[1] + (over[1] - under[1]) * share,
    under[2] + (over[2] - under[2]) * share,
  ];
}

/** White noise of a place, 0 to 1. */
export function noise(x: number, y: number, seed: number): number {
  let h =
    Math.imul(x | 0, 374_761_393) ^
    Math.imul(y | 0, 668_265_263) ^
    Math.imul(seed | 0, 2_147_483_647);
  h = Math.imul(h ^ (h >>> 13), 1_274_126_177);
  return ((h ^ (h >>> 16)) >>> 0) / 4_294_967_296;
}
