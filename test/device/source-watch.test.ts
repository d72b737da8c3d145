import { expect, test } from "vitest";
import type { MonotonicMs } from "#contract/ids.ts";
import { PictureWatch } from "#device/source/picture-watch.ts";
import type { RgbImage } from "#models/image.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { plainImage } from "#test/support/made-images.ts";

/** A camera's noise, so that no two pictures are the same. */
function grainy(level: number, spread: number, grain: number): RgbImage {
  const image = plainImage(96, 72, level);
  for (let i = 0; i < image.data.length; i++) {
    image.data[i] = level + ((Math.imul(i + 1, 7_919 * (grain + 1)) >>> 8) % (spread + 1));
  }
  return image;
}

const face = (grain: number) => makeFace(0, { side: 96, grain });
const still = face(1);

/** Ten pictures a second; returns the verdicts, without repeats. */
function verdicts(
  parts: readonly (readonly [seconds: number, picture: (i: number) => RgbImage])[],
) {
  const watch = new PictureWatch();
  const seen: string[] = [];
  let i = 0;
  for (const [seconds, picture] of parts) {
    for (const end = i + seconds * 10; i < end; i++) {
      const verdict = watch.judge(picture(i), (i * 100) as MonotonicMs);
      if (seen.at(-1) !== verdict) seen.push(verdict);
    }
  }
  return seen;
}

test.each([
  { name: "a living picture streams", parts: [[6, face]], expected: ["streaming"] },
  {
    name: "the same picture for seconds is frozen, and a moving one streams again",
    parts: [[2, face], [6, () => still], [5, face]],
    expected: ["streaming", "frozen", "streaming"],
  },
  {
    name: "a black picture is dark",
    parts: [[2, face], [4, (i: number) => grainy(2, 4, i)], [4, face]],
    expected: ["streaming", "dark", "streaming"],
  },
  {
    name: "a flat picture is covered",
    parts: [[2, face], [4, (i: number) => grainy(120, 6, i)], [4, face]],
    expected: ["streaming", "covered", "streaming"],
  },
  {
    name: "a hand that passes is no event",
    parts: [[2, face], [1, (i: number) => grainy(120, 6, i)], [3, face]],
    expected: ["streaming"],
  },
] as const)("$name", ({ parts, expected }) => {
  expect(verdicts(parts)).toEqual(expected);
}); // biome-ignore format: a table
