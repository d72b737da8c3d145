import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeMotion, trackMotion } from "#device/liveness/planar-motion.ts";
import { fitPlane } from "#device/liveness/plane-fit.ts";
import { type HeadPose, madeHead, seeHead, seeSheet, withJitter } from "../support/made-heads.ts";

/** A head or hand that sways, as far as told. */
function swaying(yaw: number, pitch: number, frames = 30): readonly HeadPose[] {
  return Array.from({ length: frames }, (_, i) => ({
    yawDegrees: yaw * Math.sin(i / 5),
    pitchDegrees: pitch * Math.cos(i / 4),
    rollDegrees: 6 * Math.sin(i / 7),
    x: 200 + 20 * Math.sin(i / 6),
    size: 100 * (1 + 0.1 * Math.sin(i / 8)),
  }));
}

const meshJitter = 0.006;

test("a head that turns by 20° is measured as a solid that turned by about 20°", () => {
  const head = madeHead(1);
  const fit = fitPlane(seeHead(head, {}), seeHead(head, { yawDegrees: 20 }))!;
  const degrees = (Math.asin(Math.hypot(...fit.parallax)) * 180) / Math.PI;
  expect(degrees).toBeGreaterThan(14);
  expect(degrees).toBeLessThan(26);
  expect(fit.noise).toBeLessThan(fit.residual / 2);
});

test("a sheet that turns by 30° close to the camera shows no parallax at all", () => {
  const head = madeHead(1);
  const fit = fitPlane(
    seeSheet(head, {}),
    seeSheet(head, { yawDegrees: 30, pitchDegrees: 10 }, 2),
  )!;
  expect(Math.hypot(...fit.parallax)).toBeLessThan(1e-3);
  expect(fit.residual).toBeLessThan(1e-3);
  expect(fit.motion).toBeGreaterThan(0.05);
  expect(fit.squeezeDegrees).toBeGreaterThan(20);
});

test("a swaying head is solid and a swaying sheet flat, with a network's jitter on both", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 14, max: 30 }),
      fc.integer({ min: 0, max: 15 }),
      (seed, yaw, pitch) => {
        const head = madeHead(seed);
        const jitter = (points: Float32Array, i: number) =>
          withJitter(points, meshJitter, i + seed);
        const poses = swaying(yaw, pitch);
        const live = poses.map((pose, i) => jitter(seeHead(head, pose), i));
        const sheet = swaying(yaw + 8, pitch).map((pose, i) => jitter(seeSheet(head, pose), i));
        expect(judgeMotion(trackMotion(live))).toBe("solid");
        expect(judgeMotion(trackMotion(sheet))).toBe("flat");
      },
    ),
    { numRuns: 60 },
  );
});

test("shift, turn in the picture and distance alone prove nothing, of head or sheet", () => {
  const head = madeHead(3);
  for (const see of [seeHead, seeSheet]) {
    const frames = swaying(0, 0).map((pose, i) => withJitter(see(head, pose), meshJitter, i));
    expect(judgeMotion(trackMotion(frames))).toBe("unmoved");
  }
});

test("a nod is parallax as well as a turn", () => {
  const head = madeHead(4);
  const nodding = swaying(0, 20).map((pose, i) => withJitter(seeHead(head, pose), meshJitter, i));
  expect(judgeMotion(trackMotion(nodding))).toBe("solid");
});

test("talking and blinking do not make a sheet of a still head's points, nor a solid", () => {
  const frames = Array.from({ length: 30 }, (_, i) =>
    withJitter(
      seeHead(
        madeHead(5, { mouthOpen: Math.abs(Math.sin(i)), eyesOpen: i % 10 === 3 ? 0 : 1 }),
        {},
      ),
      meshJitter,
      i,
    ),
  );
  expect(judgeMotion(trackMotion(frames))).toBe("unmoved");
});

test("a few frames, or points that span no face, say nothing", () => {
  const head = seeHead(madeHead(6), {});
  expect(trackMotion([head, head, head, head])).toBeUndefined();
  const point = new Float32Array(468 * 3);
  expect(judgeMotion(trackMotion(Array.from({ length: 9 }, () => point.slice())))).toBe("unmoved");
});
