import type { MonotonicMs } from "#contract/ids.ts";
import type { Observation } from "../vision/vision.ts";
import { middleOf, type Track } from "./track.ts";

/** Which track each face belongs to, by where it was expected. */
export interface Association {
  readonly track: Track;
  readonly face: Observation;
  /** Another track could have claimed this face, or another face this track. */
  readonly contested: boolean;
}

/** A face may be off from where it was expected by this share of its size ... */
const reachShare = 0.7;
/** ... and by so much more for every second that it was not seen, up to twice as much. */
const reachPerSecond = 0.7;
/** A face that is larger or smaller by this factor is not the same one a moment later. */
const sizeFactorMax = 1.7;
/** Nobody walks on in a straight line for longer than this. */
const predictedMsMax = 500;
/** An affinity from which a second claim has to be taken seriously. */
const claimMin = 0.25;

/**
 * Gives each face to at most one track: the closest pairs first, then two pairs change partners where
 * that brings both closer together, which the first choice of two people who cross may need.
 */
export function associate(
  faces: readonly Observation[],
  tracks: readonly Track[],
  at: MonotonicMs,
): readonly Association[] {
  const table = faces.map((face) => tracks.map((track) => affinity(track, face, at)));
  const value = (face: number, track: number) => table[face]![track]!;
  const all = faces.flatMap((_, face) => tracks.map((_, track) => ({ face, track })));
  const pairs: { face: number; track: number }[] = [];
  for (const pair of all.toSorted((a, b) => value(b.face, b.track) - value(a.face, a.track))) {
    if (value(pair.face, pair.track) <= 0) break;
    if (pairs.some(({ face, track }) => face === pair.face || track === pair.track)) continue;
    pairs.push(pair);
  }
  for (const a of pairs) {
    for (const b of pairs) {
      const [ab, ba] = [value(a.face, b.track), value(b.face, a.track)];
      if (ab <= 0 || ba <= 0 || ab + ba <= value(a.face, a.track) + value(b.face, b.track))
        continue;
      [a.track, b.track] = [b.track, a.track];
    }
  }
  const claims = (values: readonly number[]) => values.filter((one) => one > claimMin).length;
  return pairs.map(({ face, track }) => ({
    ...{ track: tracks[track]!, face: faces[face]! },
    contested: claims(table[face]!) > 1 || claims(table.map((row) => row[track]!)) > 1,
  }));
}

/** 1 for a face just where and as large as it was expected; 0 or less for one that is out of reach. */
function affinity(track: Track, face: Observation, at: MonotonicMs): number {
  const unseenMs = at - track.lastSeen;
  const ahead = Math.min(unseenMs, predictedMsMax);
  const [from, to] = [middleOf(track.last), middleOf(face)];
  const x = to.x - from.x - track.velocity.x * ahead;
  const y = to.y - from.y - track.velocity.y * ahead;
  const [was, is] = [sizeOf(track.last), sizeOf(face)];
  const reach = reachShare * Math.min(2, 1 + (reachPerSecond * unseenMs) / 1_000);
  const distance = Math.hypot(x, y) / ((was + is) / 2) / reach;
  return 1 - distance - Math.abs(Math.log(is / was)) / Math.log(sizeFactorMax);
}

/** Faces hide one another when their boxes share more than this of the smaller one. */
const hiddenShareMin = 0.1;

/** Whether another face covers a part of this one: its template would be of two people. */
export function isPartlyHidden(face: Observation, faces: readonly Observation[]): boolean {
  return faces.some((other) => {
    if (other === face) return false;
    const [a, b] = [face.box, other.box];
    const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
    if (width <= 0 || height <= 0) return false;
    return width * height > hiddenShareMin * Math.min(a.width * a.height, b.width * b.height);
  });
}

function sizeOf({ box }: Observation): number {
  return Math.sqrt(box.width * box.height) || 1;
}
