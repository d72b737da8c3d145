import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { loadIndex } from "#device/gallery/index/load-index.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

const dimensions = 16;
const never = new AbortController().signal;
const id = (value: number) => `person-${value}` as PersonId;

function gallery(count: number) {
  const random = randomFrom(count);
  return Array.from({ length: count }, (_, i) => ({
    person: id(i),
    template: gaussianUnit(random, dimensions),
  }));
}

test("everybody is loaded, progress rises to 1, and the event loop turns meanwhile", async () => {
  using index = createGalleryIndex({ dimensions });
  const shares: number[] = [];
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 0);
  const templates = gallery(20_000);
  const probe = templates[19_999]!.template.slice();
  const progress = (share: number) => void shares.push(share);
  const loaded = await loadIndex(index, { templates, expected: 20_000, progress }, never);
  clearInterval(ticking);
  expect(loaded).toBe(20_000);
  expect(index.people).toBe(20_000);
  expect(shares.at(-1)).toBe(1);
  expect(shares.length).toBeGreaterThan(3);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(turns).toBeGreaterThan(3);
  expect((await index.search(probe, 1))[0]?.person).toBe(id(19_999));
  expect(templates.every(({ template }) => template.every((value) => value === 0))).toBe(true);
});

test("only the wanted people are loaded, and all templates are wiped", async () => {
  using index = createGalleryIndex({ dimensions });
  const templates = gallery(500);
  const only = new Set([id(3), id(499), id(1_000)]);
  expect(await loadIndex(index, { templates, expected: 500, only }, never)).toBe(2);
  expect(templates.every(({ template }) => template.every((value) => value === 0))).toBe(true);
});

test("a load that is no longer wanted stops with the signal's reason", async () => {
  using index = createGalleryIndex({ dimensions });
  const stopped = AbortSignal.abort(new Error("stopped"));
  const load = loadIndex(index, { templates: gallery(5_000), expected: 5_000 }, stopped);
  await expect(load).rejects.toThrow("stopped");
  expect(index.people).toBeLessThan(500);
});
