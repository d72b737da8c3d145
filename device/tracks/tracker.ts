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
  readonly toDescribe: readonly { readonly track: number; readonly face: Observation }[];
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
  startedCount = 0;

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
    const toDescribe: { track: number; face: Observation }[] = [];
    for (const face of faces) {
      const track = taken.get(face) ?? this.#begin(face, at, scene);
      track.last = face;
      track.lastSeen = at;
      track.frames += 1;
      if (!track.decided && face.quality.reasons.length === 0) {
        toDescribe.push({ track: track.id, face });
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
   * gone, or of an earlier scene. Ended tracks are forgotten and wiped.
   */
  ready(at: MonotonicMs, scene: number): readonly FaceTrack[] {
    const ready: FaceTrack[] = [];
    this.#tracks = this.#tracks.filter((track) => {
      const gone = track.scene !== scene || at - track.lastSeen > this.#options.lostAfterMs;
      const full = track.described >= this.#options.describedFramesMin;
      const waited = at - track.firstSeen >= this.#options.decideAfterMs && track.described > 0;
      if (!track.decided && (gone || full || waited)) {
        track.decided = true;
        ready.push(result(track));
      }
      if (gone) track.sum?.fill(0);
      return !gone;
    });
    return ready;
  }

  /** The source has ended: every undecided track is decided with what it has. */
  finish(): readonly FaceTrack[] {
    const rest = this.#tracks.filter(({ decided }) => !decided).map(result);
    for (const track of this.#tracks) track.sum?.fill(0);
    this.#tracks = [];
    return rest;
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
    this.startedCount += 1;
    this.#tracks.push(track);
    return track;
  }
}

function result({ id, frames, sum, last }: Track): FaceTrack {
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
