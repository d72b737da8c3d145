import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { findLookAlikes } from "#device/gallery/index/look-alikes.ts";
import { normalisedScore } from "#device/gallery/index/statistics.ts";
import { PlainIndex } from "../support/plain-index.ts";
import { gaussianUnit, randomFrom, unit } from "../support/unit-vectors.ts";

const dimensions = 128;
const id = (value: number | string) => `person-${value}` as PersonId;

function near(template: Float32Array, noise: number, random: () => number): Float32Array {
  const other = gaussianUnit(random, template.length);
  return unit(template.map((value, i) => value + noise * other[i]!));
}

function filled(people: number, options: { threadedBytesMin?: number } = {}) {
  const random = randomFrom(people);
  const plain = new PlainIndex(dimensions);
  const index = createGalleryIndex({ dimensions, source: plain, ...options });
  for (let i = 0; i < people; i++) {
    const template = gaussianUnit(random, dimensions);
    plain.add(id(i), template);
    index.add(id(i), template);
  }
  return { plain, index, random };
}

test("20,000 templates on worker threads answer as brute force does, strangers and members", async () => {
  const { plain, index, random } = filled(20_000, { threadedBytesMin: 1 });
  using _ = index;
  await index.warmUp();
  for (let i = 0; i < 40; i++) {
    const member = plain.templatesOf(id(i * 400))[0]!;
    const probe = i % 2 ? near(member, 1, random) : gaussianUnit(random, dimensions);
    expect(await index.search(probe, 5)).toEqual(await plain.search(probe, 5));
  }
});

test("searches that overlap with adds and removals report only who is enrolled and who was", async () => {
  const { plain, index, random } = filled(9_000, { threadedBytesMin: 1 });
  using _ = index;
  await index.warmUp();
  for (let i = 0; i < 200; i++) {
    const stays = i * 20;
    const probe = near(plain.templatesOf(id(stays))[0]!, 0.5, random);
    const search = index.search(probe, 3);
    const gone = id(stays + 1);
    index.remove(gone);
    plain.remove(gone);
    const replacement = gaussianUnit(random, dimensions);
    plain.add(id(`new-${i}`), replacement);
    index.add(id(`new-${i}`), replacement);
    const [first] = await search;
    expect(first?.person).toBe(id(stays));
    expect(await index.search(probe, 3)).toEqual(await plain.search(probe, 3));
  }
  expect(index.people).toBe(plain.people);
  expect(index.templates).toBe(9_000);
});

test("rows of people who left are used again", async () => {
  const { index, random } = filled(1_000);
  using _ = index;
  const bytes = index.codeBytes;
  for (let i = 0; i < 5_000; i++) {
    index.remove(id(i));
    index.add(id(i + 1_000), gaussianUnit(random, dimensions));
  }
  expect(index.codeBytes).toBe(bytes);
  expect(index.templates).toBe(1_000);
});

test("a thousand equal templates are ordered by PersonId", async () => {
  using index = createGalleryIndex({ dimensions });
  const template = gaussianUnit(randomFrom(3), dimensions);
  for (let i = 999; i >= 0; i--) index.add(id(String(i).padStart(3, "0")), template);
  const hits = await index.search(template, 3);
  expect(hits.map(({ person }) => person)).toEqual([id("000"), id("001"), id("002")]);
});

test("a person with 500 templates takes one place in a result", async () => {
  const { plain, index, random } = filled(300);
  using _ = index;
  const base = gaussianUnit(random, dimensions);
  for (let i = 0; i < 500; i++) {
    const template = near(base, 0.1, random);
    plain.add(id("often"), template);
    index.add(id("often"), template);
  }
  const hits = await index.search(base, 4);
  expect(hits).toEqual(await plain.search(base, 4));
  expect(hits[0]?.person).toBe(id("often"));
});

test("a search within a class sees the class only, and strangers to the gallery not at all", async () => {
  const { plain, index } = filled(2_000);
  using _ = index;
  const probe = plain.templatesOf(id(7))[0]!;
  const within = [id(1), id(2), id(2), id(900), id("nobody")];
  const hits = await index.search(probe, 10, { within });
  const all = await plain.search(probe, 2_000);
  expect(hits).toEqual(all.filter(({ person }) => within.includes(person)));
  expect(await index.search(probe, 1, { within: [] })).toEqual([]);
});

test("an examination gives margin and cohort: a member stands far above its cohort, a stranger not", async () => {
  const { plain, index, random } = filled(3_000);
  using _ = index;
  const member = await index.examine(near(plain.templatesOf(id(5))[0]!, 0.7, random), 1);
  const stranger = await index.examine(gaussianUnit(random, dimensions), 1);
  expect(member.hits).toHaveLength(1);
  expect(member.margin).toBeGreaterThan(0.3);
  expect(member.cohort.count).toBe(63);
  const score = (of: typeof member) => normalisedScore(of.hits[0]!.similarity, of.cohort)!;
  expect(score(member)).toBeGreaterThan(15);
  expect(score(stranger)).toBeLessThan(8);
});

test("a cohort of the same rows gives the same statistics on one thread and on several", async () => {
  const here = filled(9_000, { threadedBytesMin: Infinity });
  const threaded = filled(9_000, { threadedBytesMin: 1 });
  using _ = here.index;
  using __ = threaded.index;
  await threaded.index.warmUp();
  const probe = gaussianUnit(randomFrom(77), dimensions);
  expect(await threaded.index.examine(probe, 2)).toEqual(await here.index.examine(probe, 2));
});

test("twins are reported when the second is enrolled, and nobody for a face of their own", async () => {
  const { plain, index, random } = filled(500);
  using _ = index;
  const first = plain.templatesOf(id(42))[0]!;
  const twin = near(first, 0.4, random);
  index.add(id("twin"), twin);
  plain.add(id("twin"), twin);
  const options = { similarityMin: 0.6, limit: 3 };
  const enrolled = { person: id("twin"), templates: [twin] };
  const found = await findLookAlikes(index, enrolled, options);
  expect(found.map(({ person }) => person)).toEqual([id(42)]);
  const single = { person: id(9), templates: plain.templatesOf(id(9)) };
  expect(await findLookAlikes(index, single, options)).toEqual([]);
});

test.each([
  { name: "another model's length", probe: new Float32Array(64).fill(1 / 8) },
  { name: "not a unit vector", probe: new Float32Array(dimensions).fill(1) },
  { name: "not numbers", probe: new Float32Array(dimensions).fill(Number.NaN) },
  { name: "nothing", probe: new Float32Array(dimensions) },
])("a template that is $name is refused", async ({ probe }) => {
  using index = createGalleryIndex({ dimensions });
  expect(() => index.add(id(1), probe)).toThrow(/template/);
  await expect(index.search(probe, 1)).rejects.toThrow(/template/);
  expect(index.people).toBe(0);
});

test("a closed gallery answers nothing more", async () => {
  const { index, random } = filled(100);
  const probe = gaussianUnit(random, dimensions);
  const pending = index.search(probe, 1);
  index[Symbol.dispose]();
  await expect(pending).rejects.toThrow(/closed/);
  await expect(index.search(probe, 1)).rejects.toThrow(/closed/);
  expect(() => index.add(id(1), probe)).toThrow(/closed/);
});

test("faces that have nearly everything in common are told apart with few look-ups", async () => {
  const random = randomFrom(31);
  const common = gaussianUnit(random, dimensions);
  const face = () => unit(gaussianUnit(random, dimensions).map((x, i) => x + 6 * common[i]!));
  const plain = new PlainIndex(dimensions);
  let looked = 0;
  const source = {
    templatesOf(person: PersonId) {
      looked += 1;
      return plain.templatesOf(person);
    },
  };
  using index = createGalleryIndex({ dimensions, source });
  for (let i = 0; i < 6_000; i++) {
    const template = face();
    plain.add(id(i), template);
    index.add(id(i), template);
  }
  for (let i = 0; i < 40; i++) {
    const probe = face();
    expect(await index.search(probe, 5)).toEqual(await plain.search(probe, 5));
  }
  expect(looked / 40).toBeLessThan(10);
});
