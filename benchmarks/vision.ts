import { createVision, type Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import type { ModelName } from "#models/manifest.ts";
import { openSession } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";
import { systemClock } from "#runtime/clock.ts";
import { framesWith } from "./vision/frames.ts";
import { openHuman } from "./vision/human.ts";

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

/** The same network runs as for a frame with `faces` faces, and nothing else. */
async function openNetworks() {
  const names: readonly ModelName[] = ["blazeface", "facemesh", "dlib-resnet"];
  const prepared = await prepareModels({ names });
  const sessions = await Promise.all(names.map((name) => openSession(prepared.get(name)!)));
  const [detector, mesh, descriptor] = sessions;
  const input = (side: number) => new Float32Array(3 * side * side).fill(0.1);
  const [a, b, c] = [input(256), input(192), input(150)];
  return {
    async run(faces: number): Promise<void> {
      await detector!.run(a, [1, 3, 256, 256]);
      for (let i = 0; i < faces; i++) {
        await mesh!.run(b, [1, 3, 192, 192]);
        await mesh!.run(b, [1, 3, 192, 192]);
        await descriptor!.run(c, [1, 3, 150, 150]);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) await session[Symbol.asyncDispose]();
    },
  };
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
