import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chooseThreads } from "#models/threads.ts";

/** Chooses where a run takes so many milliseconds with so many threads. */
async function choose(times: Readonly<Record<number, number>>, more = {}) {
  const cacheDir = mkdtempSync(join(tmpdir(), "threads-"));
  const measured: number[] = [];
  const options = {
    ...{ cacheDir, machine: "a box", cores: 8, monotonic: () => 0 },
    measure: async (threads: number) => {
      measured.push(threads);
      return times[threads]!;
    },
    ...more,
  };
  return { choice: await chooseThreads(options), measured, options };
}

test.each([
  { name: "more threads that pay are taken", times: { 1: 10, 2: 6, 4: 4 }, threads: 4 },
  { name: "four that gain little are not", times: { 1: 10, 2: 6, 4: 5.8 }, threads: 2 },
  {
    name: "threads that only get in each other's way are not",
    times: { 1: 10, 2: 35 },
    threads: 1,
  },
])("$name", async ({ times, threads }) => {
  expect((await choose(times)).choice.threads).toBe(threads);
});

test("never more threads than cores", async () => {
  const { choice, measured } = await choose({ 1: 10, 2: 5 }, { cores: 2 });
  expect(choice.threads).toBe(2);
  expect(measured).toEqual([1, 2]);
});

test("it is measured once, and again on another machine or after damage", async () => {
  const { options, measured } = await choose({ 1: 10, 2: 6, 4: 5.9 });
  expect(await chooseThreads(options)).toMatchObject({ threads: 2, isNew: false });
  expect(measured).toEqual([1, 2, 4]);
  expect(await chooseThreads({ ...options, machine: "another" })).toMatchObject({ isNew: true });
  writeFileSync(join(options.cacheDir, "threads.json"), "{");
  expect(await chooseThreads(options)).toMatchObject({ threads: 2, isNew: true });
  expect(readdirSync(options.cacheDir)).toEqual(["threads.json"]);
});

test("a folder that cannot be written costs a measurement and no start", async () => {
  const cacheDir = join(mkdtempSync(join(tmpdir(), "threads-")), "file");
  writeFileSync(cacheDir, "");
  const { choice } = await choose({ 1: 10, 2: 9.9 }, { cacheDir });
  expect(choice).toMatchObject({ threads: 1, isNew: true });
  expect(readFileSync(cacheDir, "utf8")).toBe("");
});

test("the networks of this machine are timed", async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), "threads-"));
  const choice = await chooseThreads({ cacheDir, cores: 1, monotonic: () => performance.now() });
  expect(choice).toMatchObject({ threads: 1, timings: [{ threads: 1 }] });
  expect(choice.timings[0]!.ms).toBeGreaterThan(0.1);
});
