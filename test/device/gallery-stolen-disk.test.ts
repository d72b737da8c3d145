import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { createRotation } from "#device/gallery/rotation.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

const dimensions = 128;
const people = 40;
const nameOf = (i: number) => `Tanaka Hanako ${1_000 + i}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-stolen-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(file: string, key: number): GalleryStore {
  const options = { path: join(folder, file), key: new Uint8Array(32).fill(key) };
  return new GalleryStore({ ...options, model: "test-128", dimensions, wall: () => 0 as WallMs });
}

function faces(): Float32Array[] {
  const random = randomFrom(11);
  return Array.from({ length: people }, () => gaussianUnit(random, dimensions));
}

function enrolAll(store: GalleryStore, rotationSeed: number): Float32Array[] {
  using rotation = createRotation(new Uint8Array(32).fill(rotationSeed), dimensions);
  const rotated = faces().map((template) => rotation.rotate(template));
  for (const [i, template] of rotated.entries()) {
    store.enrol({ name: nameOf(i), templates: [template], replace: false });
  }
  return rotated;
}

/** Every byte that the folder holds, journals included. */
function diskBytes(): Buffer {
  return Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
}

test("a stolen disk shows no name and no part of a template, rotated or not", () => {
  const store = open("gallery", 1);
  const rotated = enrolAll(store, 21);
  for (const when of ["while open", "after closing"]) {
    if (when === "after closing") store[Symbol.dispose]();
    const disk = diskBytes();
    expect(disk.length).toBeGreaterThan(people * dimensions * 4);
    for (let i = 0; i < people; i++) {
      expect(disk.includes(nameOf(i)), when).toBe(false);
      for (const template of [rotated[i]!, faces()[i]!]) {
        const bytes = Buffer.from(template.buffer, template.byteOffset, template.byteLength);
        for (let at = 0; at < bytes.length; at += 8) {
          expect(disk.includes(bytes.subarray(at, at + 8)), when).toBe(false);
        }
      }
    }
  }
});

test("another key opens nothing, and says so with a code", () => {
  const store = open("gallery", 1);
  enrolAll(store, 21);
  store[Symbol.dispose]();
  using stolen = open("gallery", 2);
  const refusal = (read: () => unknown) => {
    try {
      read();
      return "opened";
    } catch (error) {
      return errorCodeOf(error);
    }
  };
  expect(refusal(() => [...stolen.load()])).toBe("GALLERY_CORRUPT");
  expect(refusal(() => stolen.list())).toBe("GALLERY_CORRUPT");
});

test("even opened, one deployment's gallery recognises nobody of another's", async () => {
  const stores = [
    { store: open("here", 1), seed: 21 },
    { store: open("there", 2), seed: 22 },
  ];
  using index = createGalleryIndex({ dimensions });
  const probes: Float32Array[] = [];
  for (const { store, seed } of stores) {
    enrolAll(store, seed);
    for (const { person, template } of store.load()) {
      if (seed === 21) index.add(person, template);
      else probes.push(template);
    }
    store[Symbol.dispose]();
  }
  expect(probes).toHaveLength(people);
  for (const probe of probes) {
    const [best] = await index.search(probe, 1);
    // The best of 40 strangers in 128 dimensions; the same face in its own deployment has 1.
    expect(best!.similarity).toBeLessThan(0.5);
  }
});
