import { expect, test } from "vitest";
import { TeburaError } from "#contract/errors.ts";
import { systemClock } from "#runtime/clock.ts";
import { Rounds } from "#runtime/rounds.ts";

type Line = readonly [string, unknown];

function under(work: () => void | Promise<void>, begins?: "at-once" | "after-a-rest") {
  const lines: Line[] = [];
  const rests: (() => void)[] = [];
  const clock = {
    async sleep(_: number, signal: AbortSignal) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        rests.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
  };
  const log = (event: string, fields = {}) => void lines.push([event, fields]);
  const round = { everyMs: 10, failed: "work.failed", work, ...(begins ? { begins } : {}) };
  return { rounds: new Rounds({ clock, log }, round), lines, rests };
}

const settled = async () => await systemClock.sleep(0, new AbortController().signal);

test("a round that fails is logged by its code alone, and the next one comes", async () => {
  let count = 0;
  const { rounds, lines, rests } = under(() => {
    count += 1;
    if (count === 1) throw new TeburaError("DATA_UNWRITABLE", "the disk of Hanako is full");
    if (count === 2) throw new Error("no code");
  });
  expect(count).toBe(0);
  rounds.start();
  for (let round = 1; round <= 3; round++) {
    await expect.poll(() => rests.length).toBe(round);
    expect(count).toBe(round);
    rests[round - 1]!();
  }
  await rounds[Symbol.asyncDispose]();
  expect(lines).toEqual([
    ["work.failed", { code: "DATA_UNWRITABLE" }],
    ["work.failed", { code: "UNEXPECTED" }],
  ]);
});

test("disposal waits for the round that is under way, and none follows", async () => {
  let finish = () => {};
  const events: string[] = [];
  const { rounds } = under(async () => {
    events.push("begun");
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    events.push("done");
  });
  rounds.start();
  const gone = rounds[Symbol.asyncDispose]().then(() => void events.push("disposed"));
  await settled();
  expect(events).toEqual(["begun"]);
  finish();
  await gone;
  expect(events).toEqual(["begun", "done", "disposed"]);
});

test("one that begins after a rest does nothing where it is stopped before", async () => {
  let count = 0;
  const work = () => {
    count += 1;
  };
  const { rounds, rests } = under(work, "after-a-rest");
  rounds.start();
  await expect.poll(() => rests.length).toBe(1);
  await rounds[Symbol.asyncDispose]();
  expect(count).toBe(0);
});

test("what was never started is disposed of at once", async () => {
  const { rounds } = under(() => {});
  await rounds[Symbol.asyncDispose]();
  expect(rounds.signal.aborted).toBe(true);
});
