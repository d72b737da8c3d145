import { createVision, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { systemClock } from "#runtime/clock.ts";
import { framesWith } from "./vision/frames.ts";
import { openHuman } from "./vision/human.ts";
import { openNetworks } from "./vision/networks.ts";

const framesEach = 8;
const rounds = 4;

interface Row {
  readonly faces: number;
  readonly frameMs: number;
  readonly networksMs: number;
  readonly overheadOverNetworks: number;
  readonly humanMs: number;
  readonly ratioToHuman: number;
}

/** Our whole time for a frame, the bare networks, and `@vladmandic/human`, in turns in one run. */
export async function run({ json }: { json: boolean }): Promise<void> {
  await using vision = await createVision(() => systemClock.monotonic());
  await using threaded = await createVision(() => systemClock.monotonic(), { threads: 4 });
  const human = await openHuman(16);
  await using networks = await openNetworks();
  const rows: Row[] = [];
  let fps = { oneThread: 0, fourThreads: 0 };
  for (const faces of [0, 1, 5]) {
    const frames = await framesWith(faces, framesEach, vision);
    if (!frames) throw new Error("needs ../shared/faces");
    const [frameMs, threadedMs, networksMs, humanMs] = await inTurns(frames, [
      (frame) => see(vision, frame),
      (frame) => see(threaded, frame),
      () => networks.run(faces),
      (frame) => human.see(frame),
    ]);
    if (faces === 1) fps = { oneThread: 1_000 / frameMs!, fourThreads: 1_000 / threadedMs! };
    rows.push({
      faces,
      frameMs: frameMs!,
      networksMs: networksMs!,
      overheadOverNetworks: frameMs! / networksMs! - 1,
      humanMs: humanMs!,
      ratioToHuman: humanMs! / frameMs!,
    });
  }
  const one = rows.find(({ faces }) => faces === 1)!;
  report(json, {
    ratioToHuman: one.ratioToHuman,
    overheadOverNetworks: one.overheadOverNetworks,
    framesPerSecond: fps,
    rows,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1_024),
    humanBackend: human.backend(),
  });
}

/** A frame of a video: every face found, meshed and described once, as a track does it. */
async function see(vision: Vision, frame: RgbImage): Promise<void> {
  const { faces } = await vision.detect(frame);
  for (const [turn, face] of faces.entries()) await vision.describe(frame, face, turn);
}

/** The median time of each task over all frames. */
async function inTurns(
  frames: readonly RgbImage[],
  tasks: readonly ((frame: RgbImage) => Promise<unknown>)[],
): Promise<readonly number[]> {
  const times = tasks.map((): number[] => []);
  for (const task of tasks) for (const frame of frames.slice(0, 3)) await task(frame);
  for (let round = 0; round < rounds; round++) {
    for (const [index, task] of tasks.entries()) {
      for (const frame of frames) {
        const start = systemClock.monotonic();
        await task(frame);
        times[index]!.push(systemClock.monotonic() - start);
      }
    }
  }
  return times.map((list) => list.toSorted((x, y) => x - y)[list.length >> 1] ?? Number.NaN);
}

function report(json: boolean, result: object): void {
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}
