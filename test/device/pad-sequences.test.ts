import { afterAll, beforeAll, expect, test } from "vitest";
import { attackKinds, liveKinds } from "#device/evaluate/attacks-sequence.ts";
import { evaluatePadSequences } from "#device/evaluate/pad-sequences.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { makeFace } from "../support/made-faces.ts";

let vision: Vision;

beforeAll(async () => {
  vision = await createVision(() => performance.now());
});

afterAll(async () => {
  await vision[Symbol.asyncDispose]();
});

test("each kind of video has its rate, and a picture without a face is in none", async () => {
  const progress: string[] = [];
  const report = await evaluatePadSequences(
    ["face", "wall"],
    {
      vision,
      readImage: async (path) =>
        path === "face"
          ? makeFace(8, { side: 320 })
          : { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(90) },
      onProgress: (done, total) => progress.push(`${done}/${total}`),
      signal: new AbortController().signal,
    },
    { frames: 10 },
  );
  const each = Object.fromEntries([...liveKinds, ...attackKinds].map((kind) => [kind, 1]));
  expect(report.videos).toEqual(each);
  expect(report.nonResponse).toEqual(each);
  expect(progress.at(-1)).toBe("16/16");
  for (const policy of [report.usual, report.strict]) {
    for (const point of [policy.required, policy.notRequired]) {
      expect(Object.keys(point.apcer)).toEqual([...attackKinds]);
      expect(point.bpcer.low).toBeLessThanOrEqual(point.bpcer.value);
      expect(point.apcer[point.worst]!.value).toBe(
        Math.max(...Object.values(point.apcer).map(({ value }) => value)),
      );
    }
    // Requiring liveness lets through no attack that is stopped where it is not required.
    for (const kind of attackKinds) {
      expect(policy.required.apcer[kind]!.value).toBeLessThanOrEqual(
        policy.notRequired.apcer[kind]!.value,
      );
    }
    expect(policy.required.bpcer.value).toBeGreaterThanOrEqual(policy.notRequired.bpcer.value);
  }
});

test("whoever stops it is obeyed", async () => {
  const ports = {
    ...{ vision, onProgress: () => {}, readImage: async () => makeFace(8, { side: 320 }) },
    signal: AbortSignal.abort(),
  };
  await expect(evaluatePadSequences(["face"], ports)).rejects.toThrow();
});
