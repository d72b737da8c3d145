import type { MonotonicMs } from "#contract/ids.ts";
import type { Frame, FrameSource } from "#device/source/frame-source.ts";
import { defaultTrackerOptions, Tracker } from "#device/tracks/tracker.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { emptyCounts, median, watchSource } from "#device/watch.ts";
import type { RgbImage } from "#models/image.ts";
import { systemClock } from "#runtime/clock.ts";
import { framesWith } from "./vision/frames.ts";
import { openHuman } from "./vision/human.ts";
import { type FrameRuns, recordRuns } from "./vision/networks.ts";

const framesCount = 24;
const rounds = 3;

/**
 * The path of a frame as the appliance runs it (detection, mesh, quality, tracks, description of
 * every frame), on 1280×720 with one face, beside `@vladmandic/human` on the same frames.
 */
export async function run({ json }: { json: boolean }): Promise<void> {
  const monotonic = () => systemClock.monotonic();
  await using vision = await createVision(monotonic);
  const frames = await framesWith(1, framesCount, vision);
  if (!frames) throw new Error("needs ../shared/faces");
  const human = await openHuman(16);
  const runs: FrameRuns[] = [];
  for (const frame of frames) runs.push(await recordRuns(1, () => see(vision, frame)));
  const counts = emptyCounts();
  const humanMs: number[] = [];
  const networksMs: number[] = [];
  await human.see(frames[0]!);
  let watchMs = 0;
  for (let round = 0; round < rounds; round++) {
    const start = monotonic();
    await using source = madeSource(frames);
    const follow = () => Promise.resolve({ outcome: "refuse", reason: "face-unknown" } as const);
    // Every frame is described, as human does it: no track is ever full.
    const tracker = new Tracker({ ...defaultTrackerOptions, describedFramesMin: framesCount * 2 });
    const ports = {
      source,
      vision,
      tracker,
      monotonic,
      follow,
      onFaces: () => {},
      onFrame: () => Promise.resolve(),
    };
    await watchSource(ports, counts, new AbortController().signal);
    watchMs += monotonic() - start;
    for (const frame of frames) humanMs.push(await timed(monotonic, () => human.see(frame)));
    for (const frameRuns of runs) networksMs.push((await frameRuns.again()).all.ms);
  }
  const stages = Object.entries(counts.stageMs).map(([name, times]) => [name, median(times)]);
  const frameMs = median(counts.stageMs.total);
  const result = {
    ratio: median(humanMs) / frameMs,
    stageMs: Object.fromEntries(stages),
    framesPerSecond: (rounds * framesCount * 1_000) / watchMs,
    humanMs: median(humanMs),
    networksMs: median(networksMs),
    shareOfLimit: median(networksMs) / frameMs,
    frames: counts.frames,
    faces: counts.faces,
    humanBackend: human.backend(),
  };
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}

async function see(vision: Vision, frame: RgbImage): Promise<void> {
  const [face] = (await vision.detect(frame)).faces;
  if (face) await vision.describe(frame, face, 0);
}

async function timed(monotonic: () => number, task: () => Promise<unknown>): Promise<number> {
  const start = monotonic();
  await task();
  return monotonic() - start;
}

/** Frames from memory, 33 ms apart; each is another person, so each begins a scene of its own. */
function madeSource(images: readonly RgbImage[]): FrameSource {
  return {
    kind: "video",
    live: false,
    state: "streaming",
    droppedCount: 0,
    onState: () => () => {},
    async *frames(): AsyncIterable<Frame> {
      for (const [index, image] of images.entries()) {
        yield { image, index, capturedAt: (index * 33) as MonotonicMs, decodeMs: 0, scene: index };
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}
