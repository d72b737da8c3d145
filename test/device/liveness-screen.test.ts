import { expect, test } from "vitest";
import { bezelSide, straightSides } from "#device/liveness/bezel.ts";
import { type Brightness, flickerOf } from "#device/liveness/flicker.ts";
import { fourier, powerSpectrum } from "#device/liveness/fourier.ts";
import { type GreyCrop, shrunkCrop } from "#device/liveness/grey-crop.ts";
import { moireDecibels, moireSide } from "#device/liveness/moire.ts";
import { defaultScreenLimits, judgeScreen } from "#device/liveness/screen-verdict.ts";
import { chance } from "../support/made-face-shape.ts";
import { makeFace } from "../support/made-faces.ts";

function draw(side: number, shade: (x: number, y: number) => number): GreyCrop {
  const data = Float32Array.from({ length: side * side }, (_, i) =>
    shade(i % side, Math.floor(i / side)),
  );
  return { side, data };
}

test("the fast transform agrees with the sum that it stands for", () => {
  const next = chance(1);
  const real = Float64Array.from({ length: 32 }, () => next());
  const imaginary = Float64Array.from({ length: 32 }, () => next());
  const [re, im] = [real.slice(), imaginary.slice()];
  fourier(re, im);
  for (let k = 0; k < 32; k++) {
    let [a, b] = [0, 0];
    for (let n = 0; n < 32; n++) {
      const angle = (-2 * Math.PI * k * n) / 32;
      a += real[n]! * Math.cos(angle) - imaginary[n]! * Math.sin(angle);
      b += real[n]! * Math.sin(angle) + imaginary[n]! * Math.cos(angle);
    }
    expect(re[k]).toBeCloseTo(a, 9);
    expect(im[k]).toBeCloseTo(b, 9);
  }
});

test("a wave has its power where its frequency is", () => {
  const wave = draw(32, (x, y) => Math.cos((2 * Math.PI * (5 * x + 3 * y)) / 32));
  const power = powerSpectrum(wave.data, 32);
  expect(power.indexOf(Math.max(...power)) % 32).toBeOneOf([5, 27]);
});

/** A shaded face with a nose and pores for a few frames, with the camera's noise and moving stripes. */
function decibels(contrast: number, cyclesPerPixel: number, angle = 0.6): number {
  const frames: number[] = [];
  const next = chance(4);
  const pores = Float32Array.from({ length: moireSide ** 2 }, () => 6 * next());
  for (let frame = 0; frame < 9; frame++) {
    frames.push(
      moireDecibels(
        draw(moireSide, (x, y) => {
          const face =
            150 - 0.02 * (x - 30) ** 2 + 40 * Math.exp(-((x - 32 - frame / 8) ** 2) / 40);
          const along = x * Math.cos(angle) + y * Math.sin(angle);
          const stripes = 1 + contrast * Math.cos(2 * Math.PI * along * cyclesPerPixel + frame);
          return (face + pores[y * moireSide + x]!) * stripes + 5 * next();
        }),
      ),
    );
  }
  return frames.sort((a, b) => a - b)[4]!;
}

test("stripes of 3 % contrast stand out of a face, whatever their width and direction", () => {
  const plain = decibels(0, 0);
  expect(plain).toBeLessThan(defaultScreenLimits.moireDecibelsMax);
  for (const cycles of [0.16, 0.2, 0.29, 0.42]) {
    for (const angle of [0.3, 0.9, 2.2]) {
      expect(decibels(0.03, cycles, angle)).toBeGreaterThan(defaultScreenLimits.moireDecibelsMax);
    }
  }
});

test("the lines that a block codec leaves every eight pixels are no moiré", () => {
  const next = chance(2);
  const blocks = draw(
    moireSide,
    (x, y) => 100 + (x % 8 === 0 ? 6 : 0) + (y % 8 === 0 ? 6 : 0) + 4 * next(),
  );
  expect(moireDecibels(blocks)).toBeLessThan(defaultScreenLimits.moireDecibelsMax);
  expect(moireDecibels(draw(moireSide, () => 100))).toBe(0);
});

/** A face's surroundings with a sheet or telephone around it; turned a little, if told. */
function held(edges: { left: boolean; right: boolean; above: boolean }, slant = 0): GreyCrop {
  const next = chance(9);
  return draw(bezelSide, (x, y) => {
    const [u, v] = [x - 48 + slant * (y - 48), y - 48 - slant * (x - 48)];
    const outside = (edges.left && u < -26) || (edges.right && u > 26) || (edges.above && v < -32);
    const face = 60 * Math.exp(-((u / 12) ** 2) - (v / 16) ** 2);
    return (outside ? 35 : 110) + face + 6 * next();
  });
}

test("a sheet's edges are counted, upright or slanted, and a door frame is two of them", () => {
  for (const slant of [0, 0.12, -0.2]) {
    expect(straightSides(held({ left: true, right: true, above: true }, slant))).toBe(3);
    expect(straightSides(held({ left: true, right: true, above: false }, slant))).toBe(2);
  }
  expect(straightSides(held({ left: false, right: false, above: false }))).toBe(0);
});

test("drawn faces have no straight edges on three sides, and nothing is known beyond the picture", () => {
  for (let seed = 1; seed < 12; seed++) {
    const image = makeFace(seed, { side: 480, size: 0.17 });
    const crop = shrunkCrop(image, { x: 240, y: 250 }, 480, bezelSide);
    expect(straightSides(crop)).toBeLessThan(3);
    const beyond = shrunkCrop(image, { x: 240, y: 250 }, 1_500, bezelSide);
    expect(Number.isNaN(beyond.data[0])).toBe(true);
    expect(straightSides(beyond)).toBeLessThan(3);
  }
});

function brightness(depth: number, hertz: number): readonly Brightness[] {
  const next = chance(3);
  return Array.from({ length: 40 }, (_, i) => {
    const atMs = i * 66.7 + 3 * next();
    const pulse = 1 + depth * Math.sin((2 * Math.PI * hertz * atMs) / 1_000);
    return { atMs, face: 120 * pulse * (1 + 0.004 * next()) + 10 * Math.sin(i / 20), around: 90 };
  });
}

test("a screen that beats against the shutter flickers, a steady face does not", () => {
  const found = flickerOf(brightness(0.03, 5))!;
  expect(found.amplitude).toBeGreaterThan(defaultScreenLimits.flickerAmplitudeMax);
  expect(found.share).toBeGreaterThan(defaultScreenLimits.flickerShareMax);
  const finding = { moireDecibels: undefined, enclosedShare: 0 };
  expect(judgeScreen({ ...finding, flicker: found })).toEqual(["flicker"]);
  expect(judgeScreen({ ...finding, flicker: flickerOf(brightness(0, 5)) })).toEqual([]);
  expect(flickerOf(brightness(0.03, 5).slice(0, 10))).toBeUndefined();
});
