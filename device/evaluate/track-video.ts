import type { Point, RgbImage } from "#models/image.ts";
import { pseudoRandom } from "./pseudo-random.ts";
import type { Placed, TrackScript } from "./track-scripts.ts";

/** A photograph of somebody, and where its eyes are. */
export interface Portrait {
  readonly image: RgbImage;
  readonly eyes: readonly [left: Point, right: Point];
}

export interface TrackFrame {
  readonly image: RgbImage;
  readonly atMs: number;
  /** Who is really where; a face that others cover for the most part is left out. */
  readonly truth: readonly (Placed & { readonly middle: Point })[];
}

const framesPerSecond = 15;
/** What is cut out around the eyes, in distances between them. */
const cutOut = { halfWidth: 1.3, up: 1.2, down: 2 } as const;

/**
 * Plays a script with photographs of people before a backdrop. Every frame has noise and light of its
 * own, and people bob a little as they walk. `portraits` holds one photograph of each person, or one for
 * each of their entrances. The same seed makes the same video.
 */
export function* makeTrackVideo(
  script: TrackScript,
  portraits: readonly (readonly Portrait[])[],
  backdrop: RgbImage,
  seed: number,
): Generator<TrackFrame> {
  const next = pseudoRandom(seed + 5);
  const phases = Array.from({ length: script.people }, () => 2 * Math.PI * next());
  const { width, height } = backdrop;
  for (let index = 0; index < script.seconds * framesPerSecond; index++) {
    const seconds = index / framesPerSecond;
    const image = { width, height, data: new Uint8Array(backdrop.data) };
    const gain = 0.95 + 0.1 * next();
    const truth: (Placed & { middle: Point })[] = [];
    for (const place of script.at(seconds)) {
      const bob = 0.06 * Math.sin(2 * Math.PI * 1.8 * seconds + phases[place.person]!);
      const middle = { x: place.x * width, y: place.y * height + bob * place.eyesPx };
      const own = portraits[place.person]!;
      paste(image, own[place.entrance % own.length]!, middle, place.eyesPx, gain, next);
      const isInside =
        middle.x > place.eyesPx && middle.x < width - place.eyesPx && middle.y > place.eyesPx;
      for (let i = truth.length - 1; i >= 0; i--) {
        if (isCovered(truth[i]!, { ...place, middle })) truth.splice(i, 1);
      }
      if (isInside) truth.push({ ...place, middle });
    }
    yield { image, atMs: Math.round(seconds * 1_000), truth };
  }
}

/** Whether the eyes of one lie behind the face of a nearer one. */
function isCovered(
  far: Placed & { readonly middle: Point },
  near: Placed & { readonly middle: Point },
): boolean {
  const x = Math.abs(far.middle.x - near.middle.x) / near.eyesPx;
  const y = Math.abs(far.middle.y - near.middle.y) / near.eyesPx;
  return x < cutOut.halfWidth + 0.5 && y < cutOut.down;
}

function paste(
  scene: RgbImage,
  { image, eyes: [left, right] }: Portrait,
  middle: Point,
  eyesPx: number,
  gain: number,
  next: () => number,
): void {
  const apart = Math.hypot(right.x - left.x, right.y - left.y);
  const scale = apart / eyesPx;
  const from = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const { halfWidth, up, down } = cutOut;
  const top = Math.max(0, Math.ceil(middle.y - up * eyesPx));
  const bottom = Math.min(scene.height - 1, middle.y + down * eyesPx);
  const first = Math.max(0, Math.ceil(middle.x - halfWidth * eyesPx));
  const last = Math.min(scene.width - 1, middle.x + halfWidth * eyesPx);
  for (let y = top; y <= bottom; y++) {
    for (let x = first; x <= last; x++) {
      const [u, v] = [(x - middle.x) / eyesPx, (y - middle.y) / eyesPx];
      const alpha = softEdge(u / halfWidth, v < 0 ? v / up : v / down);
      if (alpha <= 0) continue;
      const noise = (next() + next() - 1) * 8;
      const column = clamp(from.x + (x - middle.x) * scale, image.width - 1);
      const row = clamp(from.y + (y - middle.y) * scale, image.height - 1);
      const at = (y * scene.width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const value = sample(image, column, row, c) * gain + noise;
        scene.data[at + c] = clamp(scene.data[at + c]! * (1 - alpha) + value * alpha, 255);
      }
    }
  }
}

/** 1 inside of an ellipse that fills -1 to 1, falling to 0 at its border. */
function softEdge(u: number, v: number): number {
  return Math.min(1, (1 - Math.hypot(u, v)) / 0.12);
}

function sample({ width, data }: RgbImage, x: number, y: number, channel: number): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const at = (y0 * width + x0) * 3 + channel;
  const right = data[at + 3] ?? data[at]!;
  const [fx, fy] = [x - x0, y - y0];
  const upper = data[at]! * (1 - fx) + right * fx;
  const below = data[at + width * 3] ?? data[at]!;
  const lower = below * (1 - fx) + (data[at + width * 3 + 3] ?? below) * fx;
  return upper * (1 - fy) + lower * fy;
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
