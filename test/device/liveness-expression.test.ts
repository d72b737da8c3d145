import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Expression,
  expressionOf,
  findBlinks,
  mouthMovement,
} from "#device/liveness/expression.ts";
import { chance } from "../support/made-face-shape.ts";
import { type HeadPose, madeHead, seeHead } from "../support/made-heads.ts";

const frameMs = 40;

/** Looks at a head whose eyes are open except in some frames. */
function watch(closed: readonly number[], frames = 40, pose: HeadPose = {}, open = 1) {
  return Array.from({ length: frames }, (_, i) => {
    const head = madeHead(1, { eyesOpen: closed.includes(i) ? 0.2 * open : open });
    return expressionOf(seeHead(head, pose), i * frameMs);
  });
}

test("a blink is found once, with its time and depth", () => {
  const [blink, ...more] = findBlinks(watch([10, 11, 12]));
  expect(more).toEqual([]);
  expect(blink).toMatchObject({ fromMs: 9 * frameMs, toMs: 13 * frameMs });
  expect(blink!.depth).toBeLessThan(0.4);
});

test("two blinks are two, for wide and for narrow eyes and on a turned head", () => {
  for (const open of [0.5, 1, 1.6]) {
    for (const yawDegrees of [-25, 0, 25]) {
      expect(findBlinks(watch([8, 9, 20, 21, 22], 40, { yawDegrees }, open))).toHaveLength(2);
    }
  }
});

test("eyes that stay closed, begin closed, or are never closed do not blink", () => {
  const fromTo = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => from + i);
  expect(findBlinks(watch([]))).toEqual([]);
  expect(findBlinks(watch([0, 1]))).toEqual([]);
  expect(findBlinks(watch([38, 39]))).toEqual([]);
  expect(findBlinks(watch(fromTo(8, 32)))).toEqual([]);
  expect(findBlinks([])).toEqual([]);
});

test("jitter alone is no blink, however long a still face is watched", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.15, max: 0.4, noNaN: true }), (seed, level) => {
      const next = chance(seed);
      const track: Expression[] = Array.from({ length: 250 }, (_, i) => ({
        atMs: i * frameMs,
        eyes: level * (1 + 0.12 * (next() + next() - 1)),
        mouth: 0,
      }));
      expect(findBlinks(track)).toEqual([]);
    }),
  );
});

test("a gap in the frames is no blink: nobody saw the eyes close", () => {
  const track = watch([]).filter((_, i) => i < 10 || i > 14);
  expect(findBlinks(track)).toEqual([]);
});

test("a mouth that speaks moves and one that is still does not", () => {
  const speaking = Array.from({ length: 30 }, (_, i) =>
    expressionOf(seeHead(madeHead(2, { mouthOpen: Math.abs(Math.sin(i / 2)) }), {}), i * frameMs),
  );
  expect(mouthMovement(speaking)).toBeGreaterThan(0.3);
  expect(mouthMovement(watch([]))).toBeLessThan(0.01);
  expect(mouthMovement([])).toBe(0);
});
