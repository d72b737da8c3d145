import type { Colour } from "./made-face-colour.ts";

/** What makes one made face differ from another. 1 is half of the head's width. */
export interface FaceShape {
  readonly height: number;
  readonly jaw: number;
  readonly chin: number;
  readonly eyeSpacing: number;
  readonly eyeWidth: number;
  readonly eyeOpen: number;
  readonly eyeTilt: number;
  readonly eyeLine: number;
  readonly browLift: number;
  readonly browThick: number;
  readonly browTilt: number;
  readonly noseLength: number;
  readonly noseWidth: number;
  readonly noseBridge: number;
  readonly mouthLine: number;
  readonly mouthWidth: number;
  readonly lipThick: number;
  readonly smile: number;
  readonly cheek: number;
  readonly hairline: number;
  readonly hairLength: number;
  readonly hairVolume: number;
  readonly parting: number;
  readonly beard: number;
  readonly age: number;
  readonly phase: number;
  readonly skin: Colour;
  readonly lips: Colour;
  readonly hair: Colour;
  readonly iris: Colour;
  readonly cloth: Colour;
  readonly backdrop: Colour;
  readonly glasses: boolean;
}

const skins: readonly Colour[] = [
  [236, 196, 172], [222, 176, 146], [205, 155, 120], [176, 124, 92], [130, 86, 62], [240, 205, 180],
]; // biome-ignore format: a table
const hairs: readonly Colour[] = [
  [28, 22, 20], [62, 40, 28], [110, 72, 42], [176, 134, 78], [128, 126, 124], [22, 20, 24],
]; // biome-ignore format: a table
const irises: readonly Colour[] = [
  [60, 38, 24], [86, 58, 34], [70, 96, 110], [84, 100, 66], [44, 28, 20],
]; // biome-ignore format: a table
const cloths: readonly Colour[] = [
  [40, 58, 96], [120, 44, 48], [64, 92, 72], [210, 208, 200], [50, 50, 54], [150, 120, 70],
]; // biome-ignore format: a table
const backdrops: readonly Colour[] = [
  [150, 160, 170], [186, 180, 168], [110, 126, 140], [168, 176, 160], [140, 130, 140],
]; // biome-ignore format: a table

/** The shape of the person `seed`. */
export function shapeOf(seed: number): FaceShape {
  const next = chance(seed);
  const between = (low: number, high: number) => low + (high - low) * next();
  const pick = (colours: readonly Colour[]) => colours[Math.floor(next() * colours.length)]!;
  const skin = pick(skins);
  const long = next() < 0.5;
  return {
    height: between(1.1, 1.5),
    jaw: between(0.56, 1.04),
    chin: between(0.7, 1.4),
    eyeSpacing: between(0.34, 0.5),
    eyeWidth: between(0.14, 0.25),
    eyeOpen: between(0.26, 0.66),
    eyeTilt: between(-0.3, 0.3),
    eyeLine: between(-0.14, 0.08),
    browLift: between(0.16, 0.36),
    browThick: between(0.015, 0.085),
    browTilt: between(-0.45, 0.45),
    noseLength: between(0.3, 0.58),
    noseWidth: between(0.1, 0.3),
    noseBridge: between(0.04, 0.14),
    mouthLine: between(0.64, 0.82),
    mouthWidth: between(0.22, 0.48),
    lipThick: between(0.03, 0.15),
    smile: between(-0.08, 0.14),
    cheek: between(0, 1),
    hairline: between(-1.08, -0.6),
    hairLength: long ? between(0.7, 1.5) : between(-0.35, 0.1),
    hairVolume: long ? between(0.05, 0.16) : between(0, 0.08),
    parting: between(-0.5, 0.5),
    beard: !long && next() < 0.45 ? between(0.4, 1) : 0,
    age: between(0, 1),
    phase: between(0, 6.28),
    skin,
    lips: [skin[0] * 0.82, skin[1] * 0.52, skin[2] * 0.52],
    hair: pick(hairs),
    iris: pick(irises),
    cloth: pick(cloths),
    backdrop: pick(backdrops),
    glasses: next() < 0.18,
  };
}

/** Mulberry32: small, and the same numbers on every machine. 0 to 1. */
export function chance(seed: number): () => number {
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
