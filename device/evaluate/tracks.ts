import type { MonotonicMs } from "#contract/ids.ts";
import type { Point, RgbImage } from "#models/image.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import { appearanceOf } from "../tracks/appearance.ts";
import { defaultTrackerOptions, type FaceTrack, Tracker } from "../tracks/tracker.ts";
import type { Observation, Vision } from "../vision/vision.ts";
import { type TrackScript, trackScripts } from "./track-scripts.ts";
import { makeTrackVideo, type Portrait, type TrackFrame } from "./track-video.ts";

/** What became of the people of made videos. */
export interface TrackCounts {
  readonly people: number;
  /** One person, one decision. */
  readonly decidedOnce: number;
  readonly decidedAgain: number;
  readonly neverDecided: number;
  /** How often the track of a person changed (IDSW; Bernardin and Stiefelhagen, 2008). */
  readonly identitySwitches: number;
  /** Faces that were visible, and how many of them were found. */
  readonly facesVisible: number;
  readonly facesFound: number;
}

export interface TracksReport {
  readonly videos: number;
  readonly frames: number;
  readonly all: TrackCounts;
  /** The same videos when only places join faces to tracks. */
  readonly byPlaceAlone: TrackCounts;
  readonly byScript: Readonly<Record<string, TrackCounts>>;
  readonly model: string;
}

export type TracksVision = Pick<Vision, "detect" | "describe" | "calibration" | "model">;

export interface TracksPorts {
  readonly vision: TracksVision;
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

/** Somebody with as many photographs as there are. */
export type Cast = readonly (readonly Portrait[])[];

/**
 * Plays every script `rounds` times, each time with other people of the cast, and follows them with
 * the tracker of the door. The truth is known, since the videos are made.
 */
export async function evaluateTracks(
  cast: Cast,
  backdropOf: (seed: number) => RgbImage,
  rounds: number,
  { vision, onProgress, signal }: TracksPorts,
  scripts: readonly TrackScript[] = trackScripts,
): Promise<TracksReport> {
  const results: { script: string; appearance: boolean; counts: TrackCounts }[] = [];
  let [frames, first] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    for (const script of scripts) {
      signal.throwIfAborted();
      const people = Array.from({ length: script.people }, () => cast[first++ % cast.length]!);
      const seen = await seeVideo(
        script,
        people,
        backdropOf(results.length),
        vision,
        results.length,
      );
      frames += seen.length;
      const references = await Promise.all(people.map((own) => referenceOf(own, vision)));
      for (const appearance of [true, false]) {
        const counts = await followVideo(seen, references, vision, appearance);
        results.push({ script: script.name, appearance, counts });
      }
      onProgress(results.length / 2, rounds * scripts.length);
    }
  }
  const of = (name: string | undefined, appearance = true) =>
    total(
      results.filter((one) => one.appearance === appearance && one.script === (name ?? one.script)),
    );
  return {
    videos: rounds * scripts.length,
    frames,
    all: of(undefined),
    byPlaceAlone: of(undefined, false),
    byScript: Object.fromEntries(scripts.map(({ name }) => [name, of(name)])),
    model: vision.model,
  };
}

interface SeenFrame extends TrackFrame {
  readonly faces: readonly Observation[];
}

async function seeVideo(
  script: TrackScript,
  people: Cast,
  backdrop: RgbImage,
  vision: Pick<Vision, "detect">,
  seed: number,
): Promise<readonly SeenFrame[]> {
  const frames: SeenFrame[] = [];
  for (const frame of makeTrackVideo(script, people, backdrop, seed)) {
    frames.push({ ...frame, faces: (await vision.detect(frame.image)).faces });
  }
  return frames;
}

/** What the first photograph of a person looks like, to tell later whose a decision was. */
async function referenceOf(own: readonly Portrait[], vision: TracksVision): Promise<Float32Array> {
  const { image, eyes } = own[0]!;
  const { faces } = await vision.detect(image);
  const middle = middleOf(eyes);
  const away = ({ landmarks }: Observation) => distance(middleOf(eyeCentres(landmarks)), middle);
  const face = faces.toSorted((a, b) => away(a) - away(b))[0];
  return face ? await vision.describe(image, face) : new Float32Array(1);
}

async function followVideo(
  frames: readonly SeenFrame[],
  references: readonly Float32Array[],
  vision: TracksVision,
  withAppearance: boolean,
): Promise<TrackCounts> {
  const appearance = withAppearance ? appearanceOf(vision.calibration) : undefined;
  const tracker = new Tracker({ ...defaultTrackerOptions, appearance });
  const decisions = references.map(() => 0);
  const trackOf = new Map<number, number>();
  let [identitySwitches, facesVisible, facesFound] = [0, 0, 0];
  const decide = (tracks: readonly FaceTrack[]) => {
    for (const { template } of tracks) if (template) decisions[nearest(template, references)]! += 1;
  };
  for (const { image, faces, atMs, truth } of frames) {
    const at = atMs as MonotonicMs;
    for (const { face, turn } of tracker.step(faces, at, 0).toDescribe) {
      tracker.describe({ face }, await vision.describe(image, face, turn));
    }
    for (const { person, middle, eyesPx } of truth) {
      facesVisible += 1;
      const face = faceAt(faces, middle, eyesPx);
      const track = face && tracker.trackOf(face);
      if (track === undefined) continue;
      facesFound += 1;
      if (trackOf.has(person) && trackOf.get(person) !== track) identitySwitches += 1;
      trackOf.set(person, track);
    }
    decide(tracker.ready(at));
  }
  decide(tracker.finish());
  const count = (is: (times: number) => boolean) => decisions.filter(is).length;
  return {
    people: references.length,
    decidedOnce: count((times) => times === 1),
    decidedAgain: count((times) => times > 1),
    neverDecided: count((times) => times === 0),
    ...{ identitySwitches, facesVisible, facesFound },
  };
}

function faceAt(faces: readonly Observation[], middle: Point, eyesPx: number) {
  const away = ({ landmarks }: Observation) => distance(middleOf(eyeCentres(landmarks)), middle);
  const face = faces.toSorted((a, b) => away(a) - away(b))[0];
  return face && away(face) < 0.6 * eyesPx ? face : undefined;
}

function nearest(template: Float32Array, references: readonly Float32Array[]): number {
  const scores = references.map((other) => other.reduce((sum, v, i) => sum + v * template[i]!, 0));
  return scores.indexOf(Math.max(...scores));
}

function total(results: readonly { readonly counts: TrackCounts }[]): TrackCounts {
  const sum = (key: keyof TrackCounts) => results.reduce((all, one) => all + one.counts[key], 0);
  return {
    people: sum("people"),
    decidedOnce: sum("decidedOnce"),
    decidedAgain: sum("decidedAgain"),
    neverDecided: sum("neverDecided"),
    identitySwitches: sum("identitySwitches"),
    facesVisible: sum("facesVisible"),
    facesFound: sum("facesFound"),
  };
}

function middleOf([left, right]: readonly [Point, Point]): Point {
  return { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
