import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { recordLookAlikes } from "#device/enrolment/record-look-alikes.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

const dimensions = 64;
const calibration = [
  { threshold: 0.5, falseMatchRate: 1e-2 },
  { threshold: 0.8, falseMatchRate: 1e-4 },
  { threshold: 0.9, falseMatchRate: 1e-5 },
];

test("twins are found at enrolment and remembered; strangers are not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tebura-alike-"));
  try {
    using gallery = new GalleryStore({
      ...{ path: join(folder, "gallery.db"), key: new Uint8Array(32).fill(1) },
      ...{ model: "made", dimensions, wall: () => 0 as WallMs },
    });
    using index = createGalleryIndex({ dimensions, source: gallery });
    const random = randomFrom(5);
    const faces = Array.from({ length: 20 }, () => gaussianUnit(random, dimensions));
    const noise = gaussianUnit(random, dimensions);
    const twin = faces[0]!.map((value, i) => value + 0.2 * noise[i]!);
    const length = Math.hypot(...twin);
    const people: PersonId[] = [...faces, twin.map((value) => value / length)].map(
      (template, i) => {
        const person = gallery.enrol({
          name: `person ${i}`,
          templates: [template],
          replace: false,
        });
        index.add(person, template);
        return person;
      },
    );
    expect(await recordLookAlikes({ index, gallery, calibration }, people)).toBe(1);
    const [first, second] = [people[0]!, people[20]!];
    expect(gallery.areLookAlikes(first, second)).toBe(true);
    expect(gallery.areLookAlikes(second, first)).toBe(true);
    expect(gallery.areLookAlikes(first, people[1]!)).toBe(false);
    gallery.remove(second);
    expect(gallery.areLookAlikes(first, second)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
