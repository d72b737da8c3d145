import type { Point, RgbImage } from "#models/image.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import type { Vision } from "../vision/vision.ts";
import { emptyScene } from "./empty-scene.ts";
import { middleFace } from "./face-set.ts";
import { pasteFace, sceneFrom } from "./paste.ts";
import { type Rate, rateOf } from "./rates.ts";

export interface DetectionPorts {
  readonly vision: Pick<Vision, "detect">;
  readImage(path: string): Promise<RgbImage>;
  monotonic(): number;
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

export interface DetectionReport {
  readonly faces: number;
  readonly notFoundLarge: number;
  /** Found faces by the distance between the eyes in 1280×720 frames. */
  readonly recallByEyeDistancePx: Readonly<Record<string, Rate>>;
  readonly emptyFrames: number;
  readonly falseDetectionsPerEmptyFrame: number;
  /** The share of empty frames in which anything was taken for a face. */
  readonly emptyFramesWithFace: Rate;
  readonly secondsPerFrame: number;
}

const eyeDistancesPx = [8, 11, 15, 20, 30] as const;

/**
 * Pastes faces, small, blurred and noisy, into scenes without one, and counts which are found. Of the
 * `emptyFrames` every second one is cut from the scenes, the others are made.
 */
export async function evaluateDetection(
  photographs: readonly string[],
  scenes: readonly string[],
  emptyFrames: number,
  ports: DetectionPorts,
): Promise<DetectionReport> {
  const backdrops = await Promise.all(scenes.map(ports.readImage));
  const found = new Map<number, number>(eyeDistancesPx.map((distance) => [distance, 0]));
  let [faces, notFoundLarge, frames, spentMs] = [0, 0, 0, 0];
  const detect = async (image: RgbImage) => {
    const start = ports.monotonic();
    const { faces: seen } = await ports.vision.detect(image);
    spentMs += ports.monotonic() - start;
    frames += 1;
    return seen;
  };
  for (const [index, path] of photographs.entries()) {
    ports.signal.throwIfAborted();
    const photograph = await ports.readImage(path);
    const face = middleFace((await ports.vision.detect(photograph)).faces, photograph);
    if (!face) {
      notFoundLarge += 1;
      continue;
    }
    faces += 1;
    const eyes = eyeCentres(face.landmarks);
    for (const distance of eyeDistancesPx) {
      const scene = sceneFrom(backdrops[index % backdrops.length]!, index);
      const centre = pasteFace(scene, photograph, eyes, distance, index);
      const seen = await detect(scene);
      const hit = seen.some(({ landmarks }) => near(eyeCentres(landmarks), centre, distance));
      if (hit) found.set(distance, found.get(distance)! + 1);
    }
    ports.onProgress(index + 1, photographs.length);
  }
  let [falseOnes, withFace] = [0, 0];
  for (let i = 0; i < emptyFrames; i++) {
    ports.signal.throwIfAborted();
    const backdrop = backdrops[(i >> 1) % backdrops.length]!;
    const count = (await detect(i % 2 === 0 ? sceneFrom(backdrop, i) : emptyScene(i))).length;
    falseOnes += count;
    if (count > 0) withFace += 1;
    ports.onProgress(i + 1, emptyFrames);
  }
  return {
    faces,
    notFoundLarge,
    recallByEyeDistancePx: Object.fromEntries(
      [...found].map(([distance, hits]) => [String(distance), rateOf(hits, faces)]),
    ),
    emptyFrames,
    falseDetectionsPerEmptyFrame: emptyFrames > 0 ? falseOnes / emptyFrames : 0,
    emptyFramesWithFace: rateOf(withFace, emptyFrames),
    secondsPerFrame: spentMs / 1_000 / Math.max(1, frames),
  };
}

/** Right when the middle between the eyes is off by less than the distance between them. */
function near(eyes: readonly [Point, Point], centre: Point, distance: number): boolean {
  const x = (eyes[0].x + eyes[1].x) / 2 - centre.x;
  const y = (eyes[0].y + eyes[1].y) / 2 - centre.y;
  return Math.hypot(x, y) < distance;
}
