import type { MonotonicMs } from "#contract/ids.ts";
import type { Box } from "#models/image.ts";
import type { Observation } from "../vision/vision.ts";

/** One person passing by. Its template is the fusion of its best frames. */
export interface FaceTrack {
  readonly id: number;
  /** Frames in which the face was seen. */
  readonly frames: number;
  /** Unit length; undefined when no frame was good enough to describe. */
  readonly template: Float32Array | undefined;
  readonly liveness: "passed" | "failed" | "not-checked";
  readonly last: Observation;
}

export interface TrackerOptions {
  /** Described frames after which a decision is made. */
  readonly describedFramesMin: number;
  /** A track that was not seen for so long has ended. */
  readonly lostAfterMs: number;
  /** A waiting track is decided after so long with what it has. */
  readonly decideAfterMs: number;
}

export const defaultTrackerOptions: TrackerOptions = {
  describedFramesMin: 3,
  lostAfterMs: 1_000,
  decideAfterMs: 1_500,
};

/** What the caller should do after a frame. */
export interface TrackStep {
  /** Faces of this frame whose template would help their track. */
  readonly toDescribe: readonly {
    readonly track: number;
    readonly face: Observation;
    /** How many frames of the track were described before. */
    readonly turn: number;
  }[];
}

interface Track {
  readonly id: number;
  readonly scene: number;
  readonly firstSeen: MonotonicMs;
  lastSeen: MonotonicMs;
  frames: number;
  last: Observation;
  /** Sum of templates, each weighted by its frame's quality. */
  sum: Float32Array | undefined;
  described: number;
  decided: boolean;
}

/** Below this overlap (intersection over union) two boxes are not the same face. */
const overlapMin = 0.25;

/**
 * Joins the faces of frame after frame into tracks, so that one person walking by is one decision.
 * Use: `step` for each frame, `describe` for the templates it asked for, then `ready`.
 */
export class Tracker {
  readonly #options: TrackerOptions;
  #tracks: Track[] = [];
  #nextId = 1;

  constructor(options: TrackerOptions = defaultTrackerOptions) {
    this.#options = options;
  }

  step(faces: readonly Observation[], at: MonotonicMs, scene: number): TrackStep {
    const free = this.#tracks.filter((track) => track.scene === scene);
    const pairs = faces
      .flatMap((face) =>
        free.map((track) => ({ face, track, overlap: overlap(face.box, track.last.box) })),
      )
      .filter((pair) => pair.overlap >= overlapMin)
      .sort((a, b) => b.overlap - a.overlap);
    const taken = new Map<Observation, Track>();
    const used = new Set<Track>();
    for (const { face, track } of pairs) {
      if (taken.has(face) || used.has(track)) continue;
      taken.set(face, track);
      used.add(track);
    }
    const toDescribe: { track: number; face: Observation; turn: number }[] = [];
    for (const face of faces) {
      const track = taken.get(face) ?? this.#begin(face, at, scene);
      track.last = face;
      track.lastSeen = at;
      track.frames += 1;
      if (!track.decided && face.quality.reasons.length === 0) {
        toDescribe.push({ track: track.id, face, turn: track.described });
      }
    }
    return { toDescribe };
  }

  /** Adds a template that `step` asked for. */
  describe(trackId: number, template: Float32Array, quality: number): void {
    const track = this.#tracks.find(({ id }) => id === trackId);
    if (!track) return;
    track.sum ??= new Float32Array(template.length);
    const weight = Math.max(quality, 0.01);
    for (let i = 0; i < template.length; i++) track.sum[i]! += weight * template[i]!;
    track.described += 1;
  }

  /**
   * Tracks that are ready for their one decision: enough described frames, or waited long enough, or
   * gone. Ended tracks are forgotten and wiped.
   */
  ready(at: MonotonicMs): readonly FaceTrack[] {
    const ready = this.#tracks.filter(({ decided, described, firstSeen, lastSeen }) => {
      if (decided) return false;
      const full = described >= this.#options.describedFramesMin;
      const waited = at - firstSeen >= this.#options.decideAfterMs && described > 0;
      return full || waited || at - lastSeen > this.#options.lostAfterMs;
    });
    const tracks = ready.map(decideOn);
    this.#forget(({ lastSeen }) => at - lastSeen > this.#options.lostAfterMs);
    return tracks;
  }

  /** The picture has changed to another scene: the tracks of the others are over. */
  leave(scene: number): readonly FaceTrack[] {
    return this.#end((track) => track.scene !== scene);
  }

  /** The source has ended: every undecided track is decided with what it has. */
  finish(): readonly FaceTrack[] {
    return this.#end(() => true);
  }

  /** Begins anew: whoever stands here is looked at again, for example after an enrolment. */
  reset(): void {
    this.#forget(() => true);
  }

  #end(isOver: (track: Track) => boolean): readonly FaceTrack[] {
    const rest = this.#tracks.filter((track) => !track.decided && isOver(track)).map(decideOn);
    this.#forget(isOver);
    return rest;
  }

  #forget(isOver: (track: Track) => boolean): void {
    for (const track of this.#tracks) if (isOver(track)) track.sum?.fill(0);
    this.#tracks = this.#tracks.filter((track) => !isOver(track));
  }

  #begin(face: Observation, at: MonotonicMs, scene: number): Track {
    const track: Track = {
      id: this.#nextId++,
      scene,
      firstSeen: at,
      lastSeen: at,
      frames: 0,
      last: face,
      sum: undefined,
      described: 0,
      decided: false,
    };
    this.#tracks.push(track);
    return track;
  }
}

/** Marks the track as decided; its template becomes the caller's, to be wiped after use. */
function decideOn(track: Track): FaceTrack {
  track.decided = true;
  const { id, frames, sum, last } = track;
  return { id, frames, last, liveness: "not-checked", template: sum && unit(sum) };
}

function unit(sum: Float32Array): Float32Array {
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}

/** Intersection over union of two boxes. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}
