import { afterAll, beforeAll, expect, test } from "vitest";
import type { SourceState } from "#device/source/frame-source.ts";
import { openSource } from "#device/source/open-source.ts";
import { systemClock } from "#runtime/clock.ts";
import { faceJpeg, movingViews } from "#test/support/made-images.ts";
import { hasFfmpeg, livingFfmpegs, MjpegCamera, needsFfmpeg } from "#test/support/media-servers.ts";

/** Waits in the tests are for events; the clock's waits between retries are made short. */
const clock = {
  ...systemClock,
  sleep: (durationMs: number, signal: AbortSignal) =>
    systemClock.sleep(Math.min(durationMs, 50), signal),
};

let pictures: Buffer[];
beforeAll(async () => {
  const views = movingViews(6, { side: 160 });
  pictures = await Promise.all(views.map((view) => faceJpeg(0, view)));
});
afterAll(() => expect(livingFfmpegs(process.pid)).toEqual([]));

function watch(spec: string) {
  const events: Record<string, unknown>[] = [];
  const log = (event: string, fields = {}) => events.push({ event, ...fields });
  const source = openSource(spec, { clock, log, random: () => 0.5 });
  const states: SourceState[] = [];
  const waiting: { state: SourceState; done: () => void }[] = [];
  source.onState((state) => {
    states.push(state);
    for (const wait of waiting) if (wait.state === state) wait.done();
  });
  const reached = async (state: SourceState) => {
    if (source.state === state) return;
    await new Promise<void>((done) => waiting.push({ state, done }));
  };
  return { source, states, events, reached };
}

test.skipIf(!hasFfmpeg())(
  needsFfmpeg("a camera that goes away is lost, is tried again, and streams again"),
  async () => {
    await using camera = new MjpegCamera(pictures);
    await camera.start();
    const { source, states, events, reached } = watch(`tcp://127.0.0.1:${camera.port}`);
    const stop = new AbortController();
    let frames = 0;
    let gotFrame = () => {};
    const running = (async () => {
      for await (const { image } of source.frames(stop.signal)) {
        expect(image).toMatchObject({ width: 160, height: 160 });
        frames += 1;
        gotFrame();
      }
    })();
    const oneFrame = () =>
      new Promise<void>((resolve) => {
        gotFrame = resolve;
      });
    await oneFrame();
    await camera.cut();
    await reached("lost");
    const before = frames;
    await camera.start();
    await reached("streaming");
    await oneFrame();
    expect(frames).toBeGreaterThan(before);
    stop.abort();
    await source[Symbol.asyncDispose]();
    await running;
    expect(states).toEqual(["lost", "streaming"]);
    expect(events.some(({ event }) => event === "source.retry")).toBe(true);
    expect(livingFfmpegs(process.pid)).toEqual([]);
  },
);

test.skipIf(!hasFfmpeg())(
  "a reader that is slow gets the newest frame, and the others are counted",
  async () => {
    await using camera = new MjpegCamera(pictures);
    await camera.start();
    const { source } = watch(`tcp://127.0.0.1:${camera.port}`);
    const stop = new AbortController();
    const indexes: number[] = [];
    for await (const { index } of source.frames(stop.signal)) {
      indexes.push(index);
      if (indexes.length === 3) stop.abort();
      else await clock.sleep(50, stop.signal).then(() => clock.sleep(50, stop.signal));
      while (source.droppedCount < indexes.length && !stop.signal.aborted) {
        await clock.sleep(20, stop.signal);
      }
    }
    await source[Symbol.asyncDispose]();
    expect(source.droppedCount).toBeGreaterThanOrEqual(2);
    expect(indexes.at(-1)).toBeGreaterThan(2);
  },
);

test.skipIf(!hasFfmpeg())(
  "an address where nobody answers is lost and tried on, and no password is logged",
  async () => {
    const { source, events, reached } = watch("rtsp://guard:s3cret@127.0.0.1:9/live");
    const stop = new AbortController();
    const running = (async () => {
      for await (const _ of source.frames(stop.signal)) expect.unreachable();
    })();
    await reached("lost");
    stop.abort();
    await running;
    await source[Symbol.asyncDispose]();
    expect(JSON.stringify(events)).not.toContain("s3cret");
  },
);

test.skipIf(!hasFfmpeg())("a source that is stopped before it begins ends at once", async () => {
  const { source } = watch("tcp://127.0.0.1:9");
  for await (const _ of source.frames(AbortSignal.abort())) expect.unreachable();
  await source[Symbol.asyncDispose]();
});
