import { digestOf } from "./digest.ts";

/** How a deployment's secret rotation of templates is called in the open: nothing of its seed. */
export function rotationName(seed: Uint8Array): string {
  return digestOf("tebura-rotation-name\0", seed).slice(0, 8);
}
