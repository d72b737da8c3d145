import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { modelEntry } from "#models/manifest.ts";
import { openSession, type PreparedModel } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";

const dims = [1, 3, 32, 32];
let cacheDir = "";
let liveness: PreparedModel;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "tebura-session-"));
  liveness = (await prepareModels({ cacheDir, names: ["liveness"] })).get("liveness")!;
});
afterAll(async () => {
  await rm(cacheDir, { recursive: true, force: true });
});

test("one array that is filled anew gives new outputs, and the old ones stay as they were", async () => {
  await using session = await openSession(liveness);
  const data = new Float32Array(3 * 32 * 32).fill(0.2);
  const first = await session.run(data, dims);
  const firstCopy = Float32Array.from(first["live"]!.data);
  data.fill(0.9);
  const second = await session.run(data, dims);
  expect(second["live"]!.data).not.toEqual(firstCopy);
  expect(first["live"]!.data).toEqual(firstCopy);
  const again = await session.run(new Float32Array(data.length).fill(0.2), dims);
  expect(again["live"]!.data).toEqual(firstCopy);
});

test("more threads give the same answer", async () => {
  await using one = await openSession(liveness);
  await using two = await openSession(liveness, { threads: 2 });
  const data = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => (i % 97) / 97);
  const [a, b] = [await one.run(data, dims), await two.run(data, dims)];
  expect(a["live"]!.data[0]).toBeCloseTo(b["live"]!.data[0]!, 6);
});

test.each([
  { name: "too few numbers", count: 3 * 32 * 31, dims: [1, 3, 32, 32] },
  { name: "another size", count: 3 * 16 * 16, dims: [1, 3, 16, 16] },
  { name: "channels last", count: 3 * 32 * 32, dims: [1, 32, 32, 3] },
  { name: "no batch", count: 3 * 32 * 32, dims: [3, 32, 32] },
  { name: "an empty batch", count: 0, dims: [0, 3, 32, 32] },
])("a shape that is not the network's is refused: $name", async ({ count, dims: given }) => {
  await using session = await openSession(liveness);
  await expect(session.run(new Float32Array(count), given)).rejects.toMatchObject({
    code: "MODEL_INVALID",
    message: expect.stringContaining("liveness takes [N,3,32,32]"),
  });
});

test("a network that only convolves takes pictures of any size in its steps, one after another", async () => {
  const prepared = await prepareModels({ cacheDir, names: ["blazeface"] });
  await using session = await openSession(prepared.get("blazeface")!);
  for (const [rows, columns] of [
    ...([
      [160, 256],
      [256, 160],
      [32, 32],
      [256, 256],
      [64, 96],
      [96, 64],
      [160, 256],
    ] as const),
  ]) {
    const { boxes, scores } = await session.run(new Float32Array(3 * rows * columns), [
      ...([1, 3, rows, columns] as const),
    ]);
    const places = 2 * (rows / 16) * (columns / 16) + 6 * (rows / 32) * (columns / 32);
    expect(boxes!.dims).toEqual([1, places, 16]);
    expect(scores!.dims).toEqual([1, places, 1]);
  }
  await expect(
    session.run(new Float32Array(3 * 150 * 256), [1, 3, 150, 256]),
  ).rejects.toMatchObject({ code: "MODEL_INVALID" });
});

test("a closed session says so, and closes twice without harm", async () => {
  const session = await openSession(liveness);
  await session[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
  await expect(session.run(new Float32Array(3 * 32 * 32), dims)).rejects.toMatchObject({
    code: "STOPPED",
  });
});

test("a file that is gone is named with what to do", async () => {
  const entry = modelEntry("liveness");
  const path = join(cacheDir, "elsewhere.onnx");
  await expect(openSession({ path, entry })).rejects.toMatchObject({
    code: "MODEL_SOURCE_MISSING",
    message: expect.stringContaining("prepare the models again"),
  });
});
