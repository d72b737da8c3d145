import { createVision, type Vision } from "#device/vision/vision.ts";
import { median } from "#device/watch.ts";
import type { RgbImage } from "#models/image.ts";
import { systemClock } from "#runtime/clock.ts";
import { framesWith } from "./vision/frames.ts";
import { openHuman } from "./vision/human.ts";
import { type FrameRuns, recordRuns } from "./vision/networks.ts";
import { measured, type Span } from "./vision/span.ts";

const framesEach = 8;
const rounds = 6;
const settleMs = 100;

interface Row extends Figures {
  readonly faces: number;
  /** Network runs of a frame, the mean of all frames. */
  readonly runs: number;
  /** The same of processor time, which other programs on the machine hardly disturb. */
  readonly cpu: Figures;
}

interface Figures {
  readonly frameMs: number;
  /** The same runs of the same networks with the same inputs, and nothing else. */
  readonly networksMs: number;
  readonly overheadOverNetworks: number;
  /** One run of the detector, and of mesh and embedder for each face: what no frame can do without. */
  readonly fewestRunsMs: number;
  readonly overheadOverFewestRuns: number;
  readonly humanMs: number;
  readonly ratioToHuman: number;
}

/** Medians of our whole time for a frame, of its network runs, of the fewest, and of `human`. */
function figuresOf(of: (span: Span) => number, medians: Medians): Figures {
  const [frameMs, networksMs] = [of(medians.ours), of(medians.all)];
  const [fewestRunsMs, humanMs] = [of(medians.fewest), of(medians.human)];
  return {
    ...{ frameMs, networksMs, overheadOverNetworks: frameMs / networksMs - 1 },
    ...{ fewestRunsMs, overheadOverFewestRuns: frameMs / fewestRunsMs - 1 },
    ...{ humanMs, ratioToHuman: humanMs / frameMs },
  };
}

/** Our whole time for a frame, its network runs alone, and `@vladmandic/human`, in turns in one run. */
export async function run({ json }: { json: boolean }): Promise<void> {
  await using vision = await createVision(() => systemClock.monotonic());
  await using threaded = await createVision(() => systemClock.monotonic(), { threads: 4 });
  const human = await openHuman(16);
  const rows: Row[] = [];
  let fps = { oneThread: 0, fourThreads: 0 };
  for (const faces of [0, 1, 5]) {
    const frames = await framesWith(faces, framesEach, vision);
    if (!frames) throw new Error("needs ../shared/faces");
    const runs = new Map<RgbImage, FrameRuns>();
    for (const frame of frames) runs.set(frame, await recordRuns(faces, () => see(vision, frame)));
    const medians = await inTurns(frames, {
      ours: async (frame) => ({ ours: await measured(() => see(vision, frame)) }),
      ofFour: async (frame) => ({ ofFour: await measured(() => see(threaded, frame)) }),
      networks: async (frame) => await runs.get(frame)!.again(),
      human: async (frame) => ({ human: await measured(() => human.see(frame)) }),
    });
    if (faces === 1) {
      fps = { oneThread: 1_000 / medians.ours.ms, fourThreads: 1_000 / medians.ofFour.ms };
    }
    const count = [...runs.values()].reduce((sum, { count }) => sum + count, 0);
    const cpu = figuresOf(({ cpuMs }) => cpuMs, medians);
    rows.push({ faces, runs: count / runs.size, ...figuresOf(({ ms }) => ms, medians), cpu });
  }
  const one = rows.find(({ faces }) => faces === 1)!;
  report(json, {
    ratioToHuman: one.ratioToHuman,
    overheadOverNetworks: one.overheadOverNetworks,
    overheadOverFewestRuns: one.overheadOverFewestRuns,
    ofProcessorTime: {
      ratioToHuman: one.cpu.ratioToHuman,
      overheadOverNetworks: one.cpu.overheadOverNetworks,
      overheadOverFewestRuns: one.cpu.overheadOverFewestRuns,
    },
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

type Medians = Readonly<Record<"ours" | "ofFour" | "all" | "fewest" | "human", Span>>;
type Task = (frame: RgbImage) => Promise<Readonly<Partial<Medians>>>;

/** The tasks after one another, again and again, each over all frames; of each span the median. */
async function inTurns(
  frames: readonly RgbImage[],
  tasks: Readonly<Record<string, Task>>,
): Promise<Medians> {
  const spans: Record<keyof Medians, Span[]> = {
    ...{ ours: [], ofFour: [], all: [], fewest: [], human: [] },
  };
  for (const task of Object.values(tasks))
    for (const frame of frames.slice(0, 3)) await task(frame);
  for (let round = 0; round < rounds; round++) {
    for (const task of Object.values(tasks)) {
      await settle(() => task(frames[0]!));
      for (const frame of frames) {
        for (const [name, span] of Object.entries(await task(frame))) {
          spans[name as keyof Medians].push(span);
        }
      }
    }
  }
  const middle = (name: keyof Medians): Span => ({
    ms: median(spans[name].map(({ ms }) => ms)),
    cpuMs: median(spans[name].map(({ cpuMs }) => cpuMs)),
  });
  return {
    ...{ ours: middle("ours"), ofFour: middle("ofFour"), human: middle("human") },
    ...{ all: middle("all"), fewest: middle("fewest") },
  };
}

/** What the task before has left behind (garbage, cold caches) is not this one's time. */
async function settle(task: () => Promise<unknown>): Promise<void> {
  await systemClock.sleep(settleMs, new AbortController().signal);
  for (let i = 0; i < 2; i++) await task();
}

function report(json: boolean, result: object): void {
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}
