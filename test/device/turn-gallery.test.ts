import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { dot } from "#device/gallery/index/rank.ts";
import { templateModelOf } from "#device/gallery/rotated-vision.ts";
import { createRotation } from "#device/gallery/rotation.ts";
import { keepNextRotation, turnGallery } from "#device/gallery/turn-gallery.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { plainKeyStore } from "#runtime/key-store/vault.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

const dimensions = 128;
const people = 30;
const next = new Uint8Array(32).fill(9);
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "tebura-turn-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const random = randomFrom(3);
const faces = Array.from({ length: people }, () => gaussianUnit(random, dimensions));

function open(): { store: GalleryStore; seed: Uint8Array } {
  const { storageKey: key, rotationSeed: seed } = openIdentity(dataDir);
  const model = templateModelOf("made", seed);
  const path = join(dataDir, "gallery.db");
  const wall = () => 0 as WallMs;
  return { seed, store: new GalleryStore({ path, key, model, dimensions, wall }) };
}

/** A box that has enrolled everybody under the rotation that it made for itself. */
function enrolled(): void {
  const { store, seed } = open();
  using rotation = createRotation(seed, dimensions);
  for (const [at, face] of faces.entries()) {
    store.enrol({ name: `${at}`, templates: [rotation.rotate(face)], replace: false });
  }
  store[Symbol.dispose]();
}

/** Every face finds its own template, and all similarities are what they were without any rotation. */
function expectTurned(): void {
  const { store, seed } = open();
  expect(Buffer.from(seed)).toEqual(Buffer.from(next));
  using rotation = createRotation(next, dimensions);
  const templates = [...store.load()].map(({ template }) => template);
  for (const [at, face] of faces.entries()) {
    const probe = rotation.rotate(face);
    for (const [other, template] of templates.entries()) {
      expect(Math.abs(dot(probe, template) - dot(face, faces[other]!))).toBeLessThan(2e-6);
    }
    expect(dot(probe, templates[at]!)).toBeGreaterThan(0.99999);
  }
  store[Symbol.dispose]();
  expect(existsSync(join(dataDir, "keys", "rotation.next"))).toBe(false);
}

test("a box that had a rotation of its own goes through its deployment's at the next start", () => {
  enrolled();
  keepNextRotation(dataDir, next, plainKeyStore);
  expectTurned();
  keepNextRotation(dataDir, next, plainKeyStore);
  expectTurned();
});

test("a power cut between gallery and key is made up for", () => {
  enrolled();
  const { store, seed } = open();
  keepNextRotation(dataDir, next, plainKeyStore);
  expect(turnGallery(store, dimensions, { from: seed, to: next })).toBe(people);
  store[Symbol.dispose]();
  expectTurned();
});
