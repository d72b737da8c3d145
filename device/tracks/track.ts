import type { MonotonicMs } from "#contract/ids.ts";
import type { Observation } from "../vision/vision.ts";

/** What is remembered of one person passing by, while they are here and for a little while after. */
export interface Track {
  readonly id: number;
  readonly scene: number;
  readonly firstSeen: MonotonicMs;
  lastSeen: MonotonicMs;
  frames: number;
  last: Observation;
  /** Of the middle of the face, in pixels per millisecond. */
  velocity: { readonly x: number; readonly y: number };
  /** Sum of templates, each weighted by its frame's quality. */
  sum: Float32Array | undefined;
  described: number;
  decided: boolean;
  /** Somebody else may have taken this face's place since it was last described. */
  doubted: boolean;
  describedAt: MonotonicMs;
  /** A template that did not look like this track: one may be a bad frame, two are somebody else. */
  stray: Float32Array | undefined;
  /** The person is gone although a face stands where theirs was. */
  gone: boolean;
}

export function beginTrack(id: number, face: Observation, at: MonotonicMs, scene: number): Track {
  return {
    ...{ id, scene, firstSeen: at, lastSeen: at, frames: 0, last: face, velocity: { x: 0, y: 0 } },
    ...{ sum: undefined, described: 0, decided: false, doubted: false, describedAt: at },
    ...{ stray: undefined, gone: false },
  };
}

/** How much the newest step counts for the velocity: noise of single boxes should not. */
const newestShare = 0.4;

/** The track's face was seen again. */
export function seeAgain(track: Track, face: Observation, at: MonotonicMs): void {
  const elapsed = at - track.lastSeen;
  if (elapsed > 0 && track.frames > 0) {
    const [from, to] = [middleOf(track.last), middleOf(face)];
    const share = track.frames === 1 ? 1 : newestShare;
    track.velocity = {
      x: track.velocity.x + share * ((to.x - from.x) / elapsed - track.velocity.x),
      y: track.velocity.y + share * ((to.y - from.y) / elapsed - track.velocity.y),
    };
  }
  track.last = face;
  track.lastSeen = at;
  track.frames += 1;
}

/** Adds the template of a frame, weighted by that frame's quality. */
export function fuse(track: Track, template: Float32Array, quality: number): void {
  track.sum ??= new Float32Array(template.length);
  const weight = Math.max(quality, 0.01);
  for (let i = 0; i < template.length; i++) track.sum[i]! += weight * template[i]!;
  track.described += 1;
}

/** Cosine of a template with what the track looks like; undefined while nobody knows. */
export function likeness({ sum }: Pick<Track, "sum">, template: Float32Array): number | undefined {
  if (!sum) return undefined;
  let dot = 0;
  for (let i = 0; i < sum.length; i++) dot += sum[i]! * template[i]!;
  return dot / (Math.hypot(...sum) * Math.hypot(...template) || 1);
}

export function dropStray(track: Track): void {
  track.stray?.fill(0);
  track.stray = undefined;
}

export function wipeTrack(track: Track): void {
  track.sum?.fill(0);
  track.sum = undefined;
  dropStray(track);
}

export function middleOf({ box }: Pick<Observation, "box">) {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
