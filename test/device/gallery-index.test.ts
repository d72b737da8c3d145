import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { PlainIndex } from "../support/plain-index.ts";
import { gaussianUnit, randomFrom, unit } from "../support/unit-vectors.ts";

const id = (value: number) => `person-${value}` as PersonId;

/** Vectors that are hard for codes: equal, nearly equal, few dimensions, one large component. */
function hardVector(kind: number, seed: number, dimensions: number): Float32Array {
  const random = randomFrom(seed);
  const base = gaussianUnit(randomFrom(1), dimensions);
  switch (kind % 6) {
    case 0:
      return gaussianUnit(random, dimensions);
    case 1:
      return base;
    case 2:
      return unit(base.map((value) => value + (random() - 0.5) * 1e-7));
    case 3:
      return unit(gaussianUnit(random, dimensions).fill(0, Math.ceil(dimensions / 4)));
    case 4:
      return unit(base.map((value, i) => (i === seed % dimensions ? 1 : value * 1e-3)));
    default:
      return base.map((value) => -value);
  }
}

const vector = fc.record({ kind: fc.nat(5), seed: fc.nat(1_000) });
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ crowd: fc.integer({ min: 60, max: 150 }), seed: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ add: fc.nat(40), vector }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ probe: vector, k: fc.integer({ min: 1, max: 7 }) }) },
);

describe.each([{ dimensions: 1 }, { dimensions: 19 }, { dimensions: 128 }, { dimensions: 512 }])(
  "in $dimensions dimensions",
  ({ dimensions }) => {
    test.each([
      { where: "on this thread", threadedBytesMin: Infinity, runs: 60 },
      { where: "on worker threads", threadedBytesMin: 0, runs: 10 },
    ])(
      "adds, removals and searches answer as brute force does, $where",
      async (options) => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
            using plain = new PlainIndex(dimensions);
            using index = createGalleryIndex({ dimensions, ...options });
            using coded = createGalleryIndex({ dimensions, ...options, source: plain });
            for (const each of [index, coded]) await each.warmUp();
            for (const taken of steps) {
              if ("crowd" in taken) {
                const random = randomFrom(taken.seed);
                for (let i = 0; i < taken.crowd; i++) {
                  const kind = Math.floor(random() * 6);
                  const template = hardVector(kind, Math.floor(random() * 1_000), dimensions);
                  for (const each of [plain, index, coded]) each.add(id(100 + i), template);
                }
              } else if ("add" in taken) {
                const template = hardVector(taken.vector.kind, taken.vector.seed, dimensions);
                for (const each of [plain, index, coded]) each.add(id(taken.add), template);
              } else if ("remove" in taken) {
                const removed = plain.remove(id(taken.remove));
                expect(index.remove(id(taken.remove))).toBe(removed);
                expect(coded.remove(id(taken.remove))).toBe(removed);
              } else {
                const probe = hardVector(taken.probe.kind, taken.probe.seed, dimensions);
                const expected = await plain.search(probe, taken.k);
                expect(await index.search(probe, taken.k)).toEqual(expected);
                expect(await coded.search(probe, taken.k)).toEqual(expected);
              }
              expect(index.people).toBe(plain.people);
            }
          }),
          { numRuns: options.runs },
        );
      },
      120_000,
    );
  },
);
