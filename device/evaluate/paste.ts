import type { Point, RgbImage } from "#models/image.ts";
import { pseudoRandom } from "./pseudo-random.ts";

const frame = { width: 1_280, height: 720 } as const;

/** A frame of 1280×720 cut from a backdrop: another part, size and brightness for each `seed`. */
export function sceneFrom(backdrop: RgbImage, seed: number): RgbImage {
  const next = pseudoRandom(seed + 1);
  const fit = Math.min(backdrop.width / frame.width, backdrop.height / frame.height);
  const scale = fit * (0.5 + 0.5 * next());
  const left = next() * (backdrop.width - frame.width * scale);
  const top = next() * (backdrop.height - frame.height * scale);
  const gain = 0.6 + 0.7 * next();
  const isMirrored = next() < 0.5;
  const data = new Uint8Array(frame.width * frame.height * 3);
  for (let y = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++) {
      const column = Math.floor(left + (isMirrored ? frame.width - 1 - x : x) * scale);
      const row = Math.floor(top + y * scale);
      const from = (row * backdrop.width + column) * 3;
      const to = (y * frame.width + x) * 3;
      for (let c = 0; c < 3; c++) data[to + c] = clamp(backdrop.data[from + c]! * gain);
    }
  }
  return { ...frame, data };
}

/**
 * Shrinks a photograph until its eyes are `eyeDistancePx` apart, averaging the pixels as a lens
 * does, adds the noise of a sensor, and lays it into the scene. Returns the middle between the eyes.
 */
export function pasteFace(
  scene: RgbImage,
  photograph: RgbImage,
  [left, right]: readonly [Point, Point],
  eyeDistancePx: number,
  seed: number,
): Point {
  const next = pseudoRandom(seed + 77);
  const scale = Math.hypot(right.x - left.x, right.y - left.y) / eyeDistancePx;
  const [width, height] = [photograph.width / scale, photograph.height / scale];
  const x0 = Math.floor(next() * (scene.width - width - 1));
  const y0 = Math.floor(next() * (scene.height - height - 1));
  for (let y = 0; y < Math.floor(height); y++) {
    for (let x = 0; x < Math.floor(width); x++) {
      const to = ((y0 + y) * scene.width + x0 + x) * 3;
      const noise = (next() + next() + next() - 1.5) * 10;
      for (let c = 0; c < 3; c++) {
        scene.data[to + c] = clamp(areaMean(photograph, x, y, scale, c) + noise);
      }
    }
  }
  return {
    x: x0 + (left.x + right.x) / 2 / scale,
    y: y0 + (left.y + right.y) / 2 / scale,
  };
}

/** The mean over one and a half target pixels each way: a lens is a little softer than its sensor. */
function areaMean(image: RgbImage, x: number, y: number, scale: number, channel: number): number {
  const reach = 0.75 * scale;
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale];
  const fromX = Math.max(0, Math.floor(cx - reach));
  const toX = Math.min(image.width - 1, Math.ceil(cx + reach) - 1);
  const fromY = Math.max(0, Math.floor(cy - reach));
  const toY = Math.min(image.height - 1, Math.ceil(cy + reach) - 1);
  let [sum, count] = [0, 0];
  for (let row = fromY; row <= toY; row++) {
    for (let column = fromX; column <= toX; column++) {
      sum += image.data[(row * image.width + column) * 3 + channel]!;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}

const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
