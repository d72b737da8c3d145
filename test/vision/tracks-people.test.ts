import { expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { defaultTrackerOptions, type FaceTrack, Tracker } from "#device/tracks/tracker.ts";
import { assessQuality } from "#device/vision/quality.ts";
import type { Observation } from "#device/vision/vision.ts";

const landmarks = { points: new Float32Array(468 * 3), presence: 1 };
const quality = {
  ...{ eyeDistancePx: 60, sharpness: 0.5, exposure: 0.5, overall: 0.8 },
  ...{ yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0, reasons: [] },
};
const appearance = { sameMin: 0.9, otherMax: 0.7 };
/** Somebody who stands at x; -1 is nobody whom the camera has seen before: a bad frame. */
type Standing = readonly [x: number, who: number];

const looks = (who: number) =>
  Float32Array.from({ length: 8 }, (_, i) => (i === (who + 8) % 8 ? 1 : 0));

/** Plays frames, 40 ms apart, and tells each decision by who it was of, and each face's track. */
function play(frames: readonly (readonly Standing[])[], options = {}) {
  const tracker = new Tracker({ ...defaultTrackerOptions, appearance, ...options });
  const decided: FaceTrack[] = [];
  const tracks: (readonly (number | undefined)[])[] = [];
  let described = 0;
  for (const [index, people] of frames.entries()) {
    const at = (index * 40) as MonotonicMs;
    const faces = people.map(([x]): Observation => {
      return { box: { x, y: 100, width: 100, height: 100 }, score: 0.9, landmarks, quality };
    });
    for (const request of tracker.step(faces, at, 0).toDescribe) {
      described += 1;
      tracker.describe(request, looks(people[faces.indexOf(request.face)]![1]));
    }
    tracks.push(faces.map((face) => tracker.trackOf(face)));
    decided.push(...tracker.ready(at));
  }
  decided.push(...tracker.finish());
  return { decisions: decided.map(({ template }) => template?.indexOf(1)), tracks, described };
}

const still = (count: number, ...people: Standing[]) => Array.from({ length: count }, () => people);
const nobody = (count: number) => Array.from({ length: count }, (): Standing[] => []);

test("two people who pass each other keep their tracks, though one hides the other", () => {
  const walk = Array.from({ length: 50 }, (_, i): Standing[] => {
    const [a, b] = [i * 16, 784 - i * 16];
    return Math.abs(a - b) < 90
      ? [[b, 1]]
      : [
          [a, 0],
          [b, 1],
        ];
  });
  const { decisions, tracks } = play(walk);
  expect(decisions).toEqual([0, 1]);
  expect(tracks.at(-1)).toEqual(tracks[0]);
});

test("two people who meet and turn back are told apart by their looks", () => {
  const at = (i: number) => (i < 20 ? i : 40 - i) * 10;
  const meet = Array.from({ length: 40 }, (_, i): Standing[] => {
    const [a, b] = [at(i), 400 - at(i)];
    return Math.abs(a - b) < 60
      ? [[b, 1]]
      : [
          [a, 0],
          [b, 1],
        ];
  });
  const { decisions, tracks } = play(meet);
  expect(decisions).toEqual([0, 1]);
  expect(tracks.at(-1)).toEqual(tracks[0]);
});

test("whoever takes the very place of another has a decision of their own", () => {
  expect(play([...still(10, [300, 0]), ...nobody(8), ...still(20, [300, 1])]).decisions).toEqual([
    0, 1,
  ]);
  expect(play([...still(10, [300, 0]), ...still(60, [310, 1])]).decisions).toEqual([0, 1]);
});

test("who comes back within the time is not decided on again, anywhere in the picture", () => {
  const away = (frames: number) => [
    ...still(8, [100, 3]),
    ...nobody(frames),
    ...still(8, [700, 3]),
  ];
  expect(play(away(60)).decisions).toEqual([3]);
  expect(play(away(90)).decisions).toEqual([3, 3]);
  expect(play(away(60), { returnsWithinMs: 1_000 }).decisions).toEqual([3, 3]);
});

test("another person who comes within that time is decided on", () => {
  const frames = [...still(8, [100, 3]), ...nobody(40), ...still(8, [100, 4])];
  expect(play(frames).decisions).toEqual([3, 4]);
});

test("who is seen elsewhere a moment later is still the same track", () => {
  const { decisions, tracks } = play([...still(8, [100, 3]), ...nobody(3), ...still(8, [900, 3])]);
  expect(decisions).toEqual([3]);
  expect(tracks.at(-1)).toEqual(tracks[0]);
});

test("one bad frame is neither fused nor somebody else", () => {
  const frames = [...still(2, [100, 2]), ...still(1, [100, -1]), ...still(40, [100, 2])];
  const { decisions, tracks } = play(frames);
  expect(decisions).toEqual([2]);
  expect(new Set(tracks.flat()).size).toBe(1);
});

test("a decided track is looked at again once a second, no more", () => {
  const { described } = play(still(100, [100, 2])); // Four seconds.
  expect(described).toBeGreaterThanOrEqual(5);
  expect(described).toBeLessThanOrEqual(8);
});

test("a face that another one partly hides is not described, since its template would be of two", () => {
  const { described, decisions } = play(still(4, [100, 0], [160, 1]));
  expect(described).toBe(0);
  expect(decisions).toEqual([undefined, undefined]);
});

test("what is seen for a moment and never well is nobody", () => {
  const tracker = new Tracker({ ...defaultTrackerOptions, appearance });
  const far = { ...quality, reasons: ["too-far" as const] };
  const face = { box: { x: 0, y: 0, width: 20, height: 20 }, score: 0.3, landmarks, quality: far };
  tracker.step([face], 0 as MonotonicMs, 0);
  expect(tracker.ready(2_000 as MonotonicMs)).toEqual([]);
  expect(tracker.finish()).toEqual([]);
});

test("half a face at the border is not described until it is whole, or has stayed for a while", () => {
  const tracker = new Tracker({ ...defaultTrackerOptions, appearance });
  const asked = Array.from({ length: 50 }, (_, i) => {
    const cut = { ...quality, isCutOff: true };
    const box = { x: 0, y: 100, width: 100, height: 100 };
    const face = { box, score: 0.9, landmarks, quality: cut };
    return tracker.step([face], (i * 40) as MonotonicMs, 0).toDescribe.length;
  });
  expect(asked.indexOf(1) * 40).toBe(1_520);
  const image = { width: 200, height: 200, data: new Uint8Array(200 * 200 * 3).fill(120) };
  const points = new Float32Array(468 * 3);
  for (let i = 0; i < 468; i++)
    points.set([60 + (i % 20) * 4, 50 + Math.floor(i / 20) * 4, 0], i * 3);
  const moved = (dx: number) => points.map((value, i) => value + (i % 3 === 0 ? dx : 0));
  expect(assessQuality(image, { points, presence: 1 }).isCutOff).toBe(false);
  expect(assessQuality(image, { points: moved(-90), presence: 1 }).isCutOff).toBe(true);
  expect(assessQuality(image, { points: moved(90), presence: 1 }).isCutOff).toBe(true);
});
