import type { Point, RgbImage } from "#models/image.ts";
import { eyeCentres, type FaceLandmarks } from "#models/networks/mesh.ts";
import { recompress } from "./attacks-codec.ts";
import { type LiveAct, liveFrame } from "./attacks-live.ts";
import { bilinear } from "./attacks-sample.ts";
import { type SheetPose, sheetPlaces } from "./attacks-sheet.ts";
import { pseudoRandom } from "./pseudo-random.ts";

/** Living faces before the camera: one that moves as people do, and one that hardly does. */
export const liveKinds = ["live-moving", "live-still"] as const;
/**
 * Presentation attack instruments: a printed sheet in the hand, bent to and fro, or on a stand; a
 * photograph or a video on a telephone; a video on a tablet whose frame is out of the picture.
 */
export const attackKinds = [
  "print-held",
  "print-bent",
  "print-still",
  "phone-photo",
  "phone-video",
  "tablet-video",
] as const;
type AttackKind = (typeof attackKinds)[number];
export type SequenceKind = (typeof liveKinds)[number] | AttackKind;

export interface SequenceFrame {
  readonly image: RgbImage;
  readonly atMs: number;
}

export interface SequenceOptions {
  readonly frames?: number;
  readonly framesPerSecond?: number;
  /** Of the square frame, in pixels. */
  readonly side?: number;
}

type Random = () => number;

/**
 * A made video of somebody whose photograph and mesh are given: alive, or presented on an
 * instrument. The same seed makes the same video. Every kind goes through the same camera (noise, block
 * codec) with the face at the same size, so that nothing but the attack tells them apart.
 */
export function* makeSequence(
  kind: SequenceKind,
  photograph: RgbImage,
  face: FaceLandmarks,
  seed: number,
  { frames = 30, framesPerSecond = 15, side = 320 }: SequenceOptions = {},
): Generator<SequenceFrame> {
  const next = pseudoRandom(seed * 31 + [...liveKinds, ...attackKinds].indexOf(kind));
  const acts = liveActs(kind !== "live-still", (frames * 1_000) / framesPerSecond, next);
  const hand = handMotion(kind, side, face, next);
  const look = instrument(kind, photograph, face, side, next);
  const isVideo = kind.startsWith("live") || kind.endsWith("video");
  const shownQuality = 35 + 45 * next();
  const cameraQuality = 75 + 18 * next();
  for (let i = 0; i < frames; i++) {
    const atMs = (i * 1_000) / framesPerSecond;
    const shown = isVideo ? liveFrame(photograph, face, acts(atMs)) : copyOf(photograph);
    if (!kind.startsWith("live")) recompress(shown, shownQuality);
    const image = photographSheet(shown, hand(atMs), look, side, atMs, next);
    recompress(image, cameraQuality);
    yield { image, atMs };
  }
}

function copyOf({ width, height, data }: RgbImage): RgbImage {
  return { width, height, data: new Uint8Array(data) };
}

/** Turns of the head, a blink or two, now and then a word. */
function liveActs(moving: boolean, lengthMs: number, next: Random): (atMs: number) => LiveAct {
  const degrees = moving ? 5 + 10 * next() : 0.3 + next();
  const [slow, phase, nod] = [0.25 + 0.3 * next(), 2 * Math.PI * next(), 0.2 + 0.5 * next()];
  // Seventeen blinks a minute is usual.
  const blinkAt = next() < (17 / 60_000) * lengthMs ? (0.1 + 0.75 * next()) * lengthMs : -1e6;
  const speaks = moving && next() < 0.3;
  return (atMs) => {
    const t = atMs / 1_000;
    const since = atMs - blinkAt;
    return {
      yawDegrees: degrees * Math.sin(2 * Math.PI * slow * t + phase),
      pitchDegrees: nod * degrees * Math.sin(2 * Math.PI * slow * 0.7 * t + 2 * phase),
      blink: Math.max(0, Math.min(1, since / 70, (300 - since) / 120)),
      mouth: speaks ? Math.max(0, Math.sin(2 * Math.PI * 1.7 * t + phase)) : 0,
    };
  };
}

const eyesShare = 0.17;

/** How hand or stand hold the sheet; a living head only sways a little as a whole. */
function handMotion(kind: SequenceKind, side: number, face: FaceLandmarks, next: Random) {
  const [left, right] = eyeCentres(face);
  const scale =
    ((0.9 + 0.25 * next()) * eyesShare * side) / Math.hypot(right.x - left.x, right.y - left.y);
  const live = kind.startsWith("live");
  const still = live || kind === "print-still";
  const [yaw, pitch] = still ? [0, 0] : [4 + 20 * next(), 2 + 10 * next()];
  const tremor = kind === "print-still" || live ? 0 : 0.3;
  const bend = kind === "print-bent" ? 0.25 + 0.35 * next() : 0;
  const lean = still && !live ? 20 * (next() - 0.5) : 0;
  const [f, g, p, q] = [0.25 + 0.4 * next(), 0.2 + 0.3 * next(), 6.28 * next(), 6.28 * next()];
  const eyesApart = Math.hypot(right.x - left.x, right.y - left.y);
  return (atMs: number): SheetPose => {
    const t = atMs / 1_000;
    const shake = tremor * Math.sin(2 * Math.PI * 8.5 * t + p);
    const wave = (hertz: number, phase: number) => Math.sin(2 * Math.PI * hertz * t + phase);
    return {
      yawDegrees: lean + yaw * wave(f, p) + shake,
      pitchDegrees: pitch * wave(g, q) + shake,
      rollDegrees: (still ? 0.5 : 4) * wave(g, p),
      x: (still ? 0.006 : 0.03) * side * wave(f, q) + 2 * shake,
      y: (still ? 0.004 : 0.02) * side * wave(g, p) + shake,
      scale: scale * (1 + (still ? 0.01 : 0.05) * wave(g, q)),
      // The radius of the bend, measured in distances of the eyes.
      curvature: (bend * (1 + wave(f, q))) / (2 * eyesApart),
    };
  };
}

/** What the picture is shown on. */
interface Instrument {
  readonly middle: Point;
  /** Half of what is shown, in pixels of the photograph; infinite for no instrument at all. */
  readonly half: Point;
  readonly border: number;
  readonly borderShade: number;
  readonly paper: boolean;
  readonly screen: boolean;
  /** Grid cells of the screen per pixel of the photograph, and how much of it the lens lets through. */
  readonly cells: number;
  readonly contrast: number;
  readonly pulse: { readonly depth: number; readonly hertz: number; readonly perRow: number };
  readonly glare: { readonly x: number; readonly y: number; readonly strength: number };
  readonly backdrop: { readonly shade: number; readonly phase: number };
}

function instrument(
  kind: SequenceKind,
  { width, height }: RgbImage,
  face: FaceLandmarks,
  side: number,
  next: Random,
): Instrument {
  const [left, right] = eyeCentres(face);
  const eyes = Math.hypot(right.x - left.x, right.y - left.y);
  const live = kind.startsWith("live");
  const screen = kind.startsWith("phone") || kind.startsWith("tablet");
  const size = kind === "tablet-video" ? 1e6 : (1.6 + 0.8 * next()) * eyes;
  const shortest = Math.min(width, height) / 2;
  return {
    middle: live
      ? { x: width / 2, y: height / 2 }
      : { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 + 0.5 * eyes },
    half: live ? { x: 1e6, y: 1e6 } : { x: size, y: Math.min(1.35 * size, 10 * shortest) },
    border: eyes * (screen ? 0.12 + 0.3 * next() : 0.1 + 0.3 * next()),
    borderShade: screen ? 10 + 30 * next() : 225 + 20 * next(),
    paper: kind.startsWith("print"),
    screen,
    // A cell is as wide as 0.8 to 2.2 pixels of the camera.
    cells: (eyesShare * side) / eyes / (0.8 + 1.4 * next()),
    contrast: 0.02 + 0.1 * next(),
    pulse: {
      depth: next() < 0.5 ? 0.01 + 0.05 * next() : 0,
      hertz: 3 + 4 * next(),
      perRow: 0.004 * next(),
    },
    glare: { x: (next() - 0.5) * 3 * eyes, y: (next() - 0.5) * 3 * eyes, strength: 80 * next() },
    backdrop: { shade: 50 + 120 * next(), phase: 6.28 * next() },
  };
}

function photographSheet(
  shown: RgbImage,
  pose: SheetPose,
  look: Instrument,
  side: number,
  atMs: number,
  next: Random,
): RgbImage {
  const place = sheetPlaces(pose, side);
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = place(x - side / 2, y - side / 2);
      const outside = Math.max(Math.abs(u) - look.half.x, Math.abs(v) - look.half.y);
      const at = (y * side + x) * 3;
      const grain = (next() + next() + next() - 1.5) * 5;
      for (let c = 0; c < 3; c++) {
        let value: number;
        if (outside <= 0) value = shownAt(shown, look, u, v, c, y, atMs);
        else if (outside <= look.border) value = look.borderShade;
        else value = backdropAt(x / side, y / side, look.backdrop);
        data[at + c] = Math.max(0, Math.min(255, Math.round(value + grain)));
      }
    }
  }
  return { width: side, height: side, data };
}

function shownAt(
  shown: RgbImage,
  look: Instrument,
  u: number,
  v: number,
  c: number,
  row: number,
  atMs: number,
): number {
  const value = bilinear(shown, look.middle.x + u, look.middle.y + v, c);
  if (look.paper) return 28 + 0.76 * value;
  if (!look.screen) return value;
  // Sampled once a pixel, the screen's fine grid beats against the sensor's: that is moiré.
  const grid =
    1 +
    look.contrast * Math.cos(2 * Math.PI * (u * look.cells + c / 3)) +
    0.6 * look.contrast * Math.cos(2 * Math.PI * v * look.cells);
  const { depth, hertz, perRow } = look.pulse;
  const pulse = 1 + depth * Math.sin(2 * Math.PI * ((hertz * atMs) / 1_000 + perRow * row));
  const { x, y, strength } = look.glare;
  const reach = 2 * look.half.x * 0.3;
  const far = Math.min(50, ((u - x) ** 2 + (v - y) ** 2) / (reach * reach));
  return value * grid * pulse + (look.half.x < 1e5 ? strength * Math.exp(-far) : 0);
}

/** Whatever is behind the hand that holds a sheet: soft blotches, no straight edges. */
function backdropAt(x: number, y: number, { shade, phase }: Instrument["backdrop"]): number {
  return shade + 25 * Math.sin(7 * x + phase) * Math.cos(5 * y - phase) + 15 * Math.sin(19 * x * y);
}
