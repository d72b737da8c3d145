import { expect, test } from "vitest";
import { runSimulation } from "./main.ts";
import { plants } from "./plants.ts";
import { simulate } from "./simulate.ts";

test("in ten seeds of trouble nothing is lost, doubled or forged, and every part agrees", async () => {
  const said: string[] = [];
  const status = await runSimulation(["--seed", "1", "--seeds", "10"], (text) => said.push(text));
  expect([status, said.join("")]).toEqual([0, expect.stringContaining("none failed")]);
});

test("a seed replays to the last byte", async () => {
  const [first, second] = await Promise.all([simulate(7), simulate(7)]);
  expect(first.problems).toEqual([]);
  expect(second).toEqual(first);
});

test.each(plants)("the bug %s is found, and the seed that found it is printed", async (plant) => {
  const said: string[] = [];
  const args = ["--seed", "1", "--seeds", "4", "--plant", plant];
  expect(await runSimulation(args, (text) => said.push(text))).toBe(1);
  expect(said.join("")).toMatch(/^seed \d+: /m);
});
