import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import sharp from "sharp";
import type { RgbImage } from "#models/image.ts";
import { type FaceView, makeFace } from "./made-faces.ts";

/**
 * Seeds of made people whom the descriptor tells apart: no two of them reach a cosine of 0.92, at
 * which no policy that ships admits anybody, where two views of one of them reach 0.98. Found by
 * trying 240 seeds.
 */
export const madePeople = [70, 22, 159, 122, 0, 167, 84, 95, 197] as const;

/** Pictures of one made person, each a little different, as somebody moves before a camera. */
export function movingViews(count: number, base: FaceView = {}): readonly FaceView[] {
  return Array.from({ length: count }, (_, i) => {
    const phase = (2 * Math.PI * i) / Math.max(count, 2);
    return {
      ...base,
      yawDegrees: (base.yawDegrees ?? 0) + 5 * Math.sin(phase),
      rollDegrees: (base.rollDegrees ?? 0) + 2 * Math.cos(phase),
      x: (base.x ?? 0.5) + 0.012 * Math.sin(phase),
      grain: i + 1,
    };
  });
}

/** A made face as JPEG bytes. */
export async function faceJpeg(seed: number, view: FaceView = {}): Promise<Buffer> {
  return await asSharp(drawn(seed, view)).jpeg({ quality: 92 }).toBuffer();
}

/** Each picture is drawn once: drawing one takes longer than finding the face in it. */
function drawn(seed: number, view: FaceView): RgbImage {
  const key = `${seed} ${JSON.stringify(view)}`;
  const image = drawings.get(key) ?? makeFace(seed, view);
  drawings.set(key, image);
  return image;
}

const drawings = new Map<string, RgbImage>();

/** Writes a made face to an image file; the name's ending says the format. Makes its folder. */
export async function writeFace(path: string, seed: number, view: FaceView = {}): Promise<void> {
  await writeImage(path, drawn(seed, view));
}

export async function writeImage(path: string, image: RgbImage): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await asSharp(image).toFile(path);
}

/** An image of one grey, for frames that show nobody. */
export function plainImage(width: number, height: number, level: number): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3).fill(level) };
}

/** Joins pictures of one height beside each other, for example two people in one photograph. */
export function sideBySide(images: readonly RgbImage[]): RgbImage {
  const height = images[0]?.height ?? 0;
  const width = images.reduce((sum, image) => sum + image.width, 0);
  const data = new Uint8Array(width * height * 3);
  let left = 0;
  for (const image of images) {
    for (let row = 0; row < height; row++) {
      const from = row * image.width * 3;
      data.set(image.data.subarray(from, from + image.width * 3), (row * width + left) * 3);
    }
    left += image.width;
  }
  return { width, height, data };
}

/** Writes frames of one size as a video; `encoder` are ffmpeg's words for codec and container. */
export async function writeVideo(
  path: string,
  frames: Iterable<RgbImage>,
  { framesPerSecond = 10, encoder = ["-c:v", "mpeg4", "-q:v", "3"] as readonly string[] } = {},
): Promise<void> {
  const [first, ...rest] = frames;
  if (!first) throw new Error("a video has at least one frame");
  const size = `${first.width}x${first.height}`;
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", `${framesPerSecond}`];
  const child = spawn(
    "ffmpeg",
    ["-v", "error", "-y", ...input, "-i", "pipe:0", "-pix_fmt", "yuv420p", ...encoder, path],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  const closed = once(child, "close");
  for (const frame of [first, ...rest]) {
    if (!child.stdin.write(frame.data)) await once(child.stdin, "drain");
  }
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

/** A camera for pages that are only looked at: five pictures a second, which leave a browser time for the rest. */
export async function writeCalmCameraFile(path: string, seed: number): Promise<void> {
  const margin = plainImage(80, 480, 128);
  const frames = movingViews(2).map((view) =>
    sideBySide([margin, makeFace(seed, { side: 480, ...view }), margin]),
  );
  await writeVideo(path, frames, { framesPerSecond: 5, encoder: ["-f", "yuv4mpegpipe"] });
}

/** What a browser's fake camera plays: 640 × 480 motion JPEG, the face in the middle, each view `hold` times. */
export async function writeCameraFile(
  path: string,
  seed: number,
  views: readonly FaceView[] = movingViews(20),
  hold = 1,
): Promise<void> {
  const frames = views.flatMap((view) => {
    const face = makeFace(seed, { side: 480, ...view });
    const margin = { ...plainImage(80, 480, 128) };
    return Array.from({ length: hold }, () => sideBySide([margin, face, margin]));
  });
  await writeVideo(path, frames, {
    encoder: ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "mjpeg"],
  });
}

function asSharp({ width, height, data }: RgbImage) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
