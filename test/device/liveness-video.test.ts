import { afterAll, beforeAll, expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { makeSequence, type SequenceKind } from "#device/evaluate/attacks-sequence.ts";
import { middleFace } from "#device/evaluate/face-set.ts";
import { LivenessJudge } from "#device/liveness/judge.ts";
import type { Frame, FrameSource } from "#device/source/frame-source.ts";
import { VideoFileSource } from "#device/source/video-file.ts";
import { defaultTrackerOptions, type FaceTrack, Tracker } from "#device/tracks/tracker.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { emptyCounts, watchSource } from "#device/watch.ts";
import type { RgbImage } from "#models/image.ts";
import type { FaceLandmarks } from "#models/networks/mesh.ts";
import { systemClock } from "#runtime/clock.ts";
import { chance } from "../support/made-face-shape.ts";
import { makeFace } from "../support/made-faces.ts";
import { hasFfmpeg } from "../support/media-servers.ts";
import { needsShared, sharedPath } from "../support/shared.ts";

let vision: Vision;
let drawn: RgbImage;
let mesh: FaceLandmarks;
const seed = 8;

beforeAll(async () => {
  vision = await createVision(() => performance.now());
  drawn = makeFace(seed, { side: 320 });
  mesh = middleFace((await vision.detect(drawn)).faces, drawn)!.landmarks;
});

afterAll(async () => {
  await vision[Symbol.asyncDispose]();
});

/** A source that plays a made video. */
function playing(kind: SequenceKind, frames: number): FrameSource {
  return {
    ...{ kind: "video", live: false, state: "streaming", droppedCount: 0 },
    async *frames(): AsyncIterable<Frame> {
      let index = 0;
      for (const { image, atMs } of makeSequence(kind, drawn, mesh, seed, { frames })) {
        yield { image, index: index++, capturedAt: atMs as MonotonicMs, decodeMs: 0, scene: 0 };
      }
    },
    onState: () => () => {},
    async [Symbol.asyncDispose]() {},
  };
}

/** Whom the door would decide on, watching this video with liveness required. */
function watch(kind: SequenceKind, frames = 30): Promise<readonly FaceTrack[]> {
  return watchAll(playing(kind, frames));
}

async function watchAll(source: FrameSource): Promise<readonly FaceTrack[]> {
  const liveness = new LivenessJudge(chance(1));
  const tracker = new Tracker({ ...defaultTrackerOptions, decideAfterMs: 5_000 }, liveness);
  const tracks: FaceTrack[] = [];
  const ports = {
    ...{ source, vision, tracker, liveness },
    monotonic: () => performance.now(),
    follow: async (track: FaceTrack) => {
      tracks.push({ ...track, template: track.template?.slice() });
      return { outcome: "refuse", reason: "face-unknown" } as const;
    },
    onFrame: async () => {},
  };
  await watchSource(ports, emptyCounts(), new AbortController().signal);
  return tracks;
}

test("a living head that turns and blinks passes, in one decision, with a template", async () => {
  const [track, ...more] = await watch("live-moving");
  expect(more).toEqual([]);
  expect(track).toMatchObject({ liveness: "passed" });
  expect(track!.template).toBeDefined();
  expect(track!.frames).toBeGreaterThanOrEqual(12);
});

test("its printed photograph does not pass, however it is swayed", async () => {
  const verdicts = (await watch("print-held")).map(({ liveness }) => liveness);
  expect(verdicts).toHaveLength(1);
  expect(verdicts).not.toContain("passed");
});

test("its video on a telephone fails, though it turns and blinks", async () => {
  expect(await watch("phone-video")).toMatchObject([{ liveness: "failed" }]);
});

test("a glimpse of half a second is too short to call anybody alive", async () => {
  expect(await watch("live-moving", 8)).toMatchObject([{ liveness: "not-checked" }]);
});

const clip = sharedPath("video/short-clip.mp4");

test.skipIf(!clip || !hasFfmpeg())(
  needsShared("on a stage nobody fails, and whoever is near enough passes", "video/short-clip.mp4"),
  async () => {
    const clock = { monotonic: () => systemClock.monotonic(), log: () => {} };
    const tracks = await watchAll(new VideoFileSource(clip!, clock));
    const verdicts = tracks.map(({ liveness }) => liveness);
    expect(verdicts).toContain("passed");
    expect(verdicts).not.toContain("failed");
  },
);

test("the same seed makes the same video, another kind another", () => {
  const first = (kind: SequenceKind) =>
    makeSequence(kind, drawn, mesh, 1, { frames: 1 }).next().value!;
  const print = first("print-held");
  expect(first("print-held")).toEqual(print);
  expect(first("phone-photo").image.data).not.toEqual(print.image.data);
  expect(print.image.data).toHaveLength(320 * 320 * 3);
});
