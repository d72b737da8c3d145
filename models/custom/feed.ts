import type { RgbImage } from "../image.ts";
import type { NetworkInput } from "../kernel/network-input.ts";
import type { Affine } from "../warp.ts";
import type { CustomEntry } from "./entry.ts";

export type Pixels = Pick<CustomEntry, "channels" | "mean" | "scale">;

const raw = { mean: [0, 0, 0], scale: 1 } as const;

/** Samples a square crop into a planar tensor in the network's order and scale of the channels. */
export function feed(
  image: RgbImage,
  affine: Affine,
  side: number,
  { channels, mean, scale }: Pixels,
  input: NetworkInput,
): void {
  input.warp(image, affine, side, raw);
  const out = input.values;
  const plane = side * side;
  const scales = typeof scale === "number" ? [scale, scale, scale] : scale;
  for (let channel = 0; channel < 3; channel++) {
    const [factor, shift] = [scales[channel]!, mean[channel]!];
    for (let i = channel * plane; i < (channel + 1) * plane; i++) {
      out[i] = (out[i]! - shift) * factor;
    }
  }
  if (channels === "RGB") return;
  const red = out.slice(0, plane);
  out.copyWithin(0, 2 * plane, 3 * plane);
  out.set(red, 2 * plane);
}
