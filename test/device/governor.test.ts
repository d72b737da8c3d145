import { expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { Governor } from "#device/governor/governor.ts";
import { hostProbe } from "#device/governor/host-probe.ts";
import { directionOf, paces, type Strain } from "#device/governor/pace.ts";
import type { Frame, FrameSource } from "#device/source/frame-source.ts";
import { Tracker } from "#device/tracks/tracker.ts";
import type { Observation, Vision } from "#device/vision/vision.ts";
import { emptyCounts, type WatchGovernor, watchSource } from "#device/watch.ts";
import { plainImage } from "#test/support/made-images.ts";

const calm: Strain = { temperature: 45, load: 0.2, busy: 0.2, missed: 0 };

test.each([
  { name: "a cool and idle box", strain: {}, expected: "more" },
  {
    name: "one without a sensor",
    strain: { temperature: undefined, load: undefined },
    expected: "more",
  },
  { name: "a warm one", strain: { temperature: 74 }, expected: "same" },
  { name: "a hot one, however idle", strain: { temperature: 78 }, expected: "less" },
  { name: "one that is about to throttle", strain: { temperature: 84 }, expected: "much-less" },
  { name: "one that meets frames too late", strain: { busy: 0.95, missed: 0.3 }, expected: "less" },
  { name: "one that just keeps up", strain: { busy: 0.95, missed: 0 }, expected: "same" },
  {
    name: "one that others slow down",
    strain: { busy: 0.7, load: 1, missed: 0.3 },
    expected: "less",
  },
  { name: "one that misses frames because it rests", strain: { missed: 0.6 }, expected: "more" },
])("$name: $expected", ({ strain, expected }) => {
  expect(directionOf({ ...calm, ...strain })).toBe(expected);
});

/** A governor whose five seconds pass when the test says so. */
function made() {
  const box = { temperature: 45 as number | undefined, load: 0.2, dropped: 0, now: 0 };
  const moves: unknown[] = [];
  let [wake, measured] = [() => {}, () => {}];
  const governor = new Governor({
    clock: {
      monotonic: () => box.now as MonotonicMs,
      sleep: (durationMs, signal) => {
        measured();
        return new Promise((resolve, reject) => {
          const stop = () => reject(signal.reason as Error);
          wake = () => {
            signal.removeEventListener("abort", stop);
            box.now += durationMs;
            resolve();
          };
          signal.addEventListener("abort", stop);
        });
      },
    },
    probe: { sample: async () => ({ temperature: box.temperature, load: box.load }) },
    log: (event, fields) => moves.push([event, fields?.["level"]]),
    droppedCount: () => box.dropped,
  });
  governor.start();
  const pass = async (times: number, busyMs = 0, dropped = 0) => {
    for (let i = 0; i < times; i++) {
      for (let frame = 0; frame < 10; frame++) governor.frameDone(busyMs / 10);
      box.dropped += dropped;
      const done = new Promise<void>((resolve) => {
        measured = resolve;
      });
      wake();
      await done;
    }
  };
  return { governor, box, moves, pass };
}

test("heat slows a box down step by step, and it comes back only when it has cooled", async () => {
  const { governor, box, moves, pass } = made();
  box.temperature = 79;
  await pass(1);
  expect(governor.pace).toEqual(paces[0]); // Once may be chance.
  await pass(3);
  expect(governor.health()).toEqual({ paceLevel: 2, temperature: 79 });
  box.temperature = 74;
  await pass(10);
  expect(governor.health().paceLevel).toBe(2);
  box.temperature = 60;
  await pass(8);
  expect(governor.pace).toEqual(paces[0]);
  expect(moves).toEqual([1, 2, 1, 0].map((level) => ["governor.pace", level]));
  await governor[Symbol.asyncDispose]();
});

test("a box that is about to throttle goes to the slowest pace at once", async () => {
  const { governor, box, pass } = made();
  box.temperature = 90;
  await pass(1);
  expect(governor.pace).toEqual(paces.at(-1));
  await governor[Symbol.asyncDispose]();
});

test("a box that is too slow for its camera looks less often, and does not swing to and fro", async () => {
  const { governor, box, moves, pass } = made();
  box.temperature = undefined;
  // At full pace it is late; at the next it has time to spare.
  const seconds = 400;
  for (let i = 0; i < seconds / 5; i++) {
    if (governor.health().paceLevel === 0) await pass(1, 5_000, 20);
    else await pass(1, 2_000, 0);
  }
  expect(governor.health()).toEqual({ paceLevel: expect.any(Number) });
  // 4, 8, 16, 32 calm measurements and two strained ones each: eight moves, not eighty.
  expect(moves.length).toBeLessThanOrEqual(9);
  expect(moves.length).toBeGreaterThan(2);
  await governor[Symbol.asyncDispose]();
});

test("the machine's own sensors say something plausible, or nothing", async () => {
  const { temperature, load } = await hostProbe().sample();
  expect(temperature ?? 50).toBeGreaterThan(0);
  expect(temperature ?? 50).toBeLessThan(150);
  expect(load ?? 0.5).toBeGreaterThanOrEqual(0);
  expect(load ?? 0.5).toBeLessThanOrEqual(1);
});

const quality = {
  ...{ eyeDistancePx: 60, sharpness: 0.5, exposure: 0.5, overall: 0.8 },
  ...{ yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0, reasons: [] },
};
const landmarks = { points: new Float32Array(468 * 3), presence: 1 };
const box = { x: 0, y: 0, width: 50, height: 50 };
const face: Observation = { box, score: 0.9, landmarks, quality };

/** Plays ten frames, and tells for each whether it was searched or followed. */
async function looks(live: boolean, governor: WatchGovernor, sceneOf = (_: number) => 0) {
  const calls: string[] = [];
  const seen = { faces: [face], detectMs: 0, landmarksMs: 0 };
  const vision = {
    detect: async () => {
      calls.push("detect");
      return seen;
    },
    follow: async (_: unknown, before: readonly Observation[]) => {
      calls.push(`follow ${before.length}`);
      return seen;
    },
    describe: async () => new Float32Array(4).fill(0.5),
  } as unknown as Vision;
  const source: FrameSource = {
    ...{ kind: "camera", live, state: "streaming", droppedCount: 0, onState: () => () => {} },
    async *frames(): AsyncIterable<Frame> {
      for (let index = 0; index < 10; index++) {
        const capturedAt = (index * 66) as MonotonicMs;
        const image = plainImage(8, 8, 0);
        yield { image, index, capturedAt, decodeMs: 0, scene: sceneOf(index) };
      }
    },
    async [Symbol.asyncDispose]() {},
  };
  const ports = {
    ...{ source, vision, governor, tracker: new Tracker(), monotonic: () => 0 },
    follow: async () => ({ outcome: "refuse", reason: "face-unknown" }) as const,
    onFrame: async () => {},
  };
  await watchSource(ports, emptyCounts(), new AbortController().signal);
  return calls;
}

const atPace = (level: number) => {
  const rests: number[] = [];
  let frames = 0;
  const governor: WatchGovernor & { readonly rests: number[]; readonly frames: number } = {
    pace: paces[level]!,
    frameDone: () => {
      frames += 1;
    },
    rest: async (spentMs) => {
      rests.push(spentMs);
    },
    rests,
    get frames() {
      return frames;
    },
  };
  return governor;
};

test("between two searches known faces are followed, and the governor hears of every frame", async () => {
  const governor = atPace(2);
  const three = ["follow 1", "follow 1", "follow 1"];
  expect(await looks(true, governor)).toEqual([
    ...["detect", ...three, "detect", ...three],
    ...["detect", "follow 1"],
  ]);
  expect(governor.frames).toBe(10);
  expect(governor.rests).toHaveLength(10);
});

test("a file is searched frame by frame, and so is every new scene", async () => {
  expect(new Set(await looks(false, atPace(2)))).toEqual(new Set(["detect"]));
  const calls = await looks(true, atPace(2), (index) => Math.floor(index / 2));
  expect(calls.filter((call) => call === "detect")).toHaveLength(5);
});
