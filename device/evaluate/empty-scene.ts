import type { RgbImage } from "#models/image.ts";
import { pseudoRandom } from "./pseudo-random.ts";

/**
 * A made frame of 1280×720 with nobody in it: a gradient, and before it boards, blobs and stripes in
 * any colours, and the noise of a sensor. Many blobs have the colours of skin on purpose; none has
 * anything like eyes, since a drawn face is one. Another frame for each `seed`.
 */
export function emptyScene(seed: number): RgbImage {
  const next = pseudoRandom(seed * 7 + 3);
  const [width, height] = [1_280, 720];
  const data = new Uint8Array(width * height * 3);
  const frame = { width, height, data };
  const [top, bottom] = [colour(next), colour(next)];
  for (let y = 0; y < height; y++) {
    const share = y / height;
    const row = top.map((value, c) => value * (1 - share) + bottom[c]! * share);
    for (let x = 0; x < width; x++) data.set(row, (y * width + x) * 3);
  }
  const shapes = 12 + Math.floor(next() * 40);
  for (let i = 0; i < shapes; i++) drawShape(frame, next);
  for (let i = 0; i < data.length; i += 3) {
    const noise = (next() - 0.5) * 16;
    for (let c = 0; c < 3; c++) data[i + c] = Math.max(0, Math.min(255, data[i + c]! + noise));
  }
  return frame;
}

type Colour = readonly [red: number, green: number, blue: number];

function colour(next: () => number): Colour {
  return [next() * 255, next() * 255, next() * 255];
}

/** Light and dark skin have much the same hue. */
function skin(next: () => number): Colour {
  const light = 0.35 + 0.65 * next();
  return [232 * light, (170 + 25 * next()) * light, (130 + 30 * next()) * light];
}

function drawShape(frame: RgbImage, next: () => number): void {
  const size = 12 + next() ** 2 * 300;
  const [x, y] = [next() * frame.width, next() * frame.height];
  const ratio = 0.5 + next();
  const kind = next();
  if (kind < 0.25) fill(frame, x, y, size, size * ratio, colour(next), 1, isBoard);
  else if (kind < 0.5)
    fill(frame, x, y, size, size * ratio, colour(next), 0.4 + 0.6 * next(), isBlob);
  else if (kind < 0.65) {
    for (let i = 0; i < 8; i++) {
      fill(frame, x + (i * size) / 4, y, size / 12, size * ratio, colour(next), 1, isBoard);
    }
  } else {
    fill(frame, x, y, size, size * (1 + 0.4 * next()), skin(next), 1, isBlob);
  }
}

const isBoard = () => true;
const isBlob = (u: number, v: number) => u * u + v * v <= 1;

/** Lays a shape `width` by `height` around a place; darker towards its lower right. */
function fill(
  { width: columns, height: rows, data }: RgbImage,
  x: number,
  y: number,
  width: number,
  height: number,
  [red, green, blue]: Colour,
  cover: number,
  holds: (u: number, v: number) => boolean,
): void {
  const [left, right] = [Math.max(0, x - width / 2), Math.min(columns, x + width / 2)];
  const [top, bottom] = [Math.max(0, y - height / 2), Math.min(rows, y + height / 2)];
  for (let row = Math.floor(top); row < bottom; row++) {
    const v = ((row - y) * 2) / height;
    for (let column = Math.floor(left); column < right; column++) {
      const u = ((column - x) * 2) / width;
      if (!holds(u, v)) continue;
      const shade = 0.9 - 0.12 * (u + v);
      const at = (row * columns + column) * 3;
      data[at] = mix(data[at]!, red * shade, cover);
      data[at + 1] = mix(data[at + 1]!, green * shade, cover);
      data[at + 2] = mix(data[at + 2]!, blue * shade, cover);
    }
  }
}

function mix(under: number, over: number, cover: number): number {
  return Math.max(0, Math.min(255, under * (1 - cover) + over * cover));
}
