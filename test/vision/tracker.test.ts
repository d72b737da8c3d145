import { expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { defaultTrackerOptions, type FaceTrack, Tracker } from "#device/tracks/tracker.ts";
import type { Observation } from "#device/vision/vision.ts";

const landmarks = { points: new Float32Array(468 * 3), presence: 1 };
const quality = {
  ...{ eyeDistancePx: 60, sharpness: 0.5, exposure: 0.5, overall: 0.8 },
  ...{ yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0, reasons: [] },
};

/** A face 100 pixels wide with its left edge at x. */
function faceAt(x: number, change: Partial<Observation["quality"]> = {}): Observation {
  const box = { x, y: 100, width: 100, height: 100 };
  return { box, score: 0.9, landmarks, quality: { ...quality, ...change } };
}

const unit = (index: number) => Float32Array.from({ length: 4 }, (_, i) => (i === index ? 1 : 0));

/** Plays frames, 40 ms apart, each a list of [x, who]; returns the decisions in order. */
function play(frames: readonly (readonly (readonly [x: number, who: number])[])[]) {
  const tracker = new Tracker();
  const decided: FaceTrack[] = [];
  const turns: number[] = [];
  for (const [index, people] of frames.entries()) {
    const at = (index * 40) as MonotonicMs;
    const faces = people.map(([x]) => faceAt(x));
    for (const { face, turn } of tracker.step(faces, at, 0).toDescribe) {
      tracker.describe({ face }, unit(people[faces.indexOf(face)]![1]));
      turns.push(turn);
    }
    decided.push(...tracker.ready(at));
  }
  decided.push(...tracker.finish());
  return { decided, turns };
}

const who = (track: FaceTrack) => track.template?.indexOf(1);

test("one person walking by is decided once", () => {
  const walk = Array.from({ length: 40 }, (_, i) => [[i * 15, 2] as const]);
  const { decided, turns } = play(walk);
  expect(decided.map(who)).toEqual([2]);
  expect(turns).toEqual([0, 1, 2]);
});

test("two people side by side are two decisions, each of its own templates", () => {
  const { decided } = play(
    Array.from({ length: 20 }, (_, i) => [[i * 5, 0] as const, [300 + i * 5, 1] as const]),
  );
  expect(decided.map(who).toSorted()).toEqual([0, 1]);
});

test("a person who leaves and comes back after a while is decided again", () => {
  const here = Array.from({ length: 5 }, () => [[100, 3] as const]);
  const away = Array.from({ length: 30 }, () => []);
  expect(play([...here, ...away, ...here]).decided.map(who)).toEqual([3, 3]);
});

test("whoever stands there when a camera wakes is decided on anew, however still they stand", () => {
  const tracker = new Tracker();
  const look = (at: number) => {
    const face = faceAt(100);
    const { toDescribe } = tracker.step([face], at as MonotonicMs, 0);
    for (const one of toDescribe) tracker.describe(one, unit(3));
    return tracker.ready(at as MonotonicMs);
  };
  const moment = [0, 40, 80, 120];
  expect(moment.flatMap(look).map(who)).toEqual([3]);
  expect(
    moment
      .map((at) => at + 60_000)
      .flatMap(look)
      .map(who),
  ).toEqual([3]);
});

test("a person who is hidden for less than a second is the same track", () => {
  const here = Array.from({ length: 5 }, () => [[100, 3] as const]);
  const hidden = Array.from({ length: 10 }, () => []);
  expect(play([...here, ...hidden, ...here]).decided.map(who)).toEqual([3]);
});

test("a single still picture is decided when its scene is left, with the one template it has", () => {
  const tracker = new Tracker();
  const [request] = tracker.step([faceAt(0)], 0 as MonotonicMs, 0).toDescribe;
  tracker.describe(request!, unit(1));
  expect(tracker.ready(0 as MonotonicMs)).toEqual([]);
  expect(tracker.leave(1).map(who)).toEqual([1]);
  expect(tracker.finish()).toEqual([]);
});

test("faces of different scenes are never one track", () => {
  const tracker = new Tracker();
  tracker.step([faceAt(0)], 0 as MonotonicMs, 0);
  expect(tracker.leave(1)).toHaveLength(1);
  tracker.step([faceAt(0)], 40 as MonotonicMs, 1);
  expect(tracker.finish()).toHaveLength(1);
});

test("a face that is never good enough is decided without a template", () => {
  const tracker = new Tracker();
  const far = faceAt(0, { reasons: ["too-far"] });
  expect(tracker.step([far], 0 as MonotonicMs, 0).toDescribe).toEqual([]);
  const [track] = tracker.finish();
  expect(track?.template).toBeUndefined();
});

test("a better frame weighs more in the fused template, which has unit length", () => {
  const tracker = new Tracker({ ...defaultTrackerOptions, describedFramesMin: 2 });
  for (const [index, overall] of [0.9, 0.1].entries()) {
    const [request] = tracker.step([faceAt(0, { overall })], index as MonotonicMs, 0).toDescribe;
    tracker.describe(request!, unit(index));
  }
  const template = tracker.ready(1 as MonotonicMs)[0]!.template!;
  expect(Math.hypot(...template)).toBeCloseTo(1, 6);
  expect(template[0]! / template[1]!).toBeCloseTo(9, 4);
});
