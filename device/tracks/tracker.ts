import type { MonotonicMs } from "#contract/ids.ts";
import type { Observation } from "../vision/vision.ts";
import type { Appearance } from "./appearance.ts";
import { associate, isPartlyHidden } from "./associate.ts";
import { beginTrack, dropStray, fuse, likeness, seeAgain, type Track, wipeTrack } from "./track.ts";

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
  /** Who comes back within this time is not decided on again. */
  readonly returnsWithinMs: number;
  /** Without it only places join faces to tracks, and nobody is known to come back. */
  readonly appearance?: Appearance | undefined;
}

export const defaultTrackerOptions: TrackerOptions = {
  describedFramesMin: 3,
  lostAfterMs: 1_000,
  decideAfterMs: 1_500,
  returnsWithinMs: 3_000,
};

/** Whoever judges liveness, where a policy asks for it; tracks wait for its verdict. */
export interface TrackLiveness {
  verdictOf(track: number): { readonly liveness: FaceTrack["liveness"] };
  /** The track has ended. */
  forget(track: number): void;
}

/** What the caller should do after a frame. */
export interface TrackStep {
  /** The faces of this frame whose track is still undecided. */
  readonly seen: readonly { readonly track: number; readonly face: Observation }[];
  /** Faces of this frame whose template would help their track, or show whose it is. */
  readonly toDescribe: readonly {
    readonly track: number;
    readonly face: Observation;
    /** How many frames of the track were described before. */
    readonly turn: number;
  }[];
}

/** A track is looked at again so often, also after its decision: does it still show the same person? */
const verifyEveryMs = 1_000;
/** The same where somebody else may have taken its place. */
const doubtedEveryMs = 100;
/** A face that was away for longer than this may be another one. */
const gapMsMax = 250;
/** Another track must be more like a face by this much to take it over. */
const takeOverMargin = 0.015;

/**
 * Joins the faces of frame after frame into tracks, so that one person walking by is one decision. A
 * face belongs to the track that was expected there; where people cross, or a face was away, its
 * template says whose it is, and who comes back within a while is still the same track. Use: `step`
 * for each frame, `describe` for the templates it asked for, then `ready`.
 */
export class Tracker {
  readonly #options: TrackerOptions;
  readonly #liveness: TrackLiveness | undefined;
  #tracks: Track[] = [];
  /** Decided tracks whose person has left and may come back. */
  #away: Track[] = [];
  #nextId = 1;

  constructor(options: TrackerOptions = defaultTrackerOptions, liveness?: TrackLiveness) {
    this.#options = options;
    this.#liveness = liveness;
  }

  /** A still picture is all that there is of its faces: they are described even if partly hidden. */
  step(faces: readonly Observation[], at: MonotonicMs, scene: number, isStill = false): TrackStep {
    this.#letGo(at);
    const here = this.#tracks.filter((track) => track.scene === scene && !track.gone);
    const known = new Map(associate(faces, here, at).map((found) => [found.face, found]));
    const seen: { track: number; face: Observation }[] = [];
    const toDescribe: { track: number; face: Observation; turn: number }[] = [];
    for (const face of faces) {
      const found = known.get(face);
      const track = found?.track ?? this.#begin(face, at, scene);
      if (found?.contested || at - track.lastSeen > gapMsMax) track.doubted = true;
      seeAgain(track, face, at);
      if (!track.decided) seen.push({ track: track.id, face });
      if (face.quality.reasons.length > 0) continue;
      if (!isStill && (isPartlyHidden(face, faces) || this.#isComingIn(track, face, at))) continue;
      if (this.#isAskedFor(track, at)) {
        toDescribe.push({ track: track.id, face, turn: track.described });
      }
    }
    return { seen, toDescribe };
  }

  /** Half a face at the picture's border is soon a whole one; who stays there is taken as they are. */
  #isComingIn({ firstSeen }: Track, { quality }: Observation, at: MonotonicMs): boolean {
    return quality.isCutOff === true && at - firstSeen < this.#options.decideAfterMs;
  }

  #isAskedFor({ decided, described, describedAt, doubted, sum }: Track, at: MonotonicMs): boolean {
    // While liveness takes its time, more of the same face would only cost frames.
    if (!decided && described < 4 * this.#options.describedFramesMin) return true;
    if (!this.#options.appearance || !sum) return false;
    return at - describedAt >= (doubted ? doubtedEveryMs : verifyEveryMs);
  }

  /** Adds the template of a face that `step` asked for. */
  describe({ face }: { readonly face: Observation }, template: Float32Array): void {
    const track = this.#tracks.find(({ last, gone }) => last === face && !gone);
    if (!track) return;
    track.describedAt = track.lastSeen;
    const { appearance } = this.#options;
    const own = likeness(track, template);
    const rival = appearance && this.#mostAlike(track, template, appearance.sameMin);
    const isRivals = rival && own !== undefined && rival.likeness > own + takeOverMargin;
    if (!appearance) fuse(track, template, face.quality.overall);
    else if (isRivals && own < appearance.sameMin) this.#handOver(track, rival.track);
    else if (own !== undefined && own < appearance.otherMax) this.#suspect(track, template);
    else this.#confirm(track, template, face.quality.overall, appearance);
  }

  #confirm(track: Track, template: Float32Array, quality: number, { sameMin }: Appearance): void {
    track.doubted = false;
    dropStray(track);
    if (track.decided) return;
    fuse(track, template, quality);
    const before = this.#mostAlike(track, track.sum ?? template, sameMin)?.track;
    if (before && before.lastSeen < track.lastSeen) this.#comeBack(before, track);
  }

  /** Which track a face of the newest frame belongs to, after all templates have been seen. */
  trackOf(face: Observation): number | undefined {
    return this.#tracks.find(({ last, gone }) => last === face && !gone)?.id;
  }

  /**
   * Tracks that are ready for their one decision: enough described frames, or waited long enough, or
   * gone. Ended tracks are forgotten and wiped, unless their person may come back.
   */
  ready(at: MonotonicMs): readonly FaceTrack[] {
    const { describedFramesMin, decideAfterMs, lostAfterMs } = this.#options;
    const isOver = ({ gone, lastSeen }: Track) => gone || at - lastSeen > lostAfterMs;
    const ready = this.#tracks.filter((track) => {
      if (track.decided) return false;
      const judged = !this.#liveness || this.#livenessOf(track.id) !== "not-checked";
      const full = track.described >= describedFramesMin && judged;
      const waited = at - track.firstSeen >= decideAfterMs && track.described > 0;
      return full || waited || isOver(track);
    });
    // What was seen for a moment, and never well, was hardly anybody.
    const isBlink = ({ frames, sum }: Track) => !sum && frames < describedFramesMin;
    const tracks = ready.filter((t) => !isBlink(t)).map((track) => this.#decideOn(track));
    const isRemembered = ({ sum, lastSeen }: Track) =>
      this.#options.appearance && sum && at - lastSeen <= this.#options.returnsWithinMs;
    const left = this.#tracks.filter((track) => isOver(track) && isRemembered(track));
    this.#tracks = this.#tracks.filter((track) => !left.includes(track));
    for (const { id } of left) this.#liveness?.forget(id);
    this.#away.push(...left);
    this.#forget((track) => isOver(track) && !isRemembered(track));
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
    const rest = this.#tracks.filter((track) => !track.decided && isOver(track));
    const tracks = rest.map((track) => this.#decideOn(track));
    this.#forget(isOver);
    return tracks;
  }

  /**
   * No frames may have come for a while: a camera that sleeps, a page that is hidden. Whoever stands where
   * somebody stood before that is looked at anew.
   */
  #letGo(at: MonotonicMs): void {
    const { lostAfterMs, returnsWithinMs } = this.#options;
    const isLong = ({ lastSeen }: Track) => at - lastSeen > Math.max(lostAfterMs, returnsWithinMs);
    this.#forget((track) => track.decided && isLong(track));
    for (const track of this.#tracks) if (isLong(track)) track.gone = true;
  }

  #forget(isOver: (track: Track) => boolean): void {
    for (const track of [...this.#tracks, ...this.#away]) {
      if (!isOver(track)) continue;
      wipeTrack(track);
      this.#liveness?.forget(track.id);
    }
    this.#tracks = this.#tracks.filter((track) => !isOver(track));
    this.#away = this.#away.filter((track) => !isOver(track));
  }

  /** Marks the track as decided; its template becomes the caller's, to be wiped after use. */
  #decideOn(track: Track): FaceTrack {
    track.decided = true;
    const { id, frames, sum, last } = track;
    return { id, frames, last, liveness: this.#livenessOf(id), template: sum && unit(sum) };
  }

  #livenessOf(track: number): FaceTrack["liveness"] {
    return this.#liveness?.verdictOf(track).liveness ?? "not-checked";
  }

  /** The other track of the same scene that is most like a template, if it is like enough. */
  #mostAlike(track: Track, template: Float32Array, likenessMin: number) {
    let best: { readonly track: Track; readonly likeness: number } | undefined;
    for (const other of [...this.#tracks, ...this.#away]) {
      if (other === track || other.scene !== track.scene) continue;
      const value = likeness(other, template) ?? -1;
      if (value >= likenessMin && value > (best?.likeness ?? -1)) {
        best = { track: other, likeness: value };
      }
    }
    return best;
  }

  /** A new track turns out to be somebody who was here before: the old one goes on in its place. */
  #comeBack(old: Track, begun: Track): void {
    const { sum, last, lastSeen, velocity, frames } = begun;
    if (!old.decided && sum) fuse(old, sum, 1);
    this.#take(old, { last, lastSeen, velocity });
    old.frames += frames;
    this.#forget((track) => track === begun);
  }

  /** A face belongs to another track than the one that was expected there. */
  #handOver(wrong: Track, right: Track): void {
    const { last, lastSeen, velocity } = wrong;
    const isSeenToo = right.lastSeen === lastSeen && this.#tracks.includes(right) && !right.gone;
    if (isSeenToo) this.#take(wrong, right);
    else wrong.gone = true;
    this.#take(right, { last, lastSeen, velocity });
    for (const track of [wrong, right]) {
      dropStray(track);
      if (!track.decided) this.#liveness?.forget(track.id); // It watched two people.
    }
  }

  #take(track: Track, { last, lastSeen, velocity }: Pick<Track, "last" | "lastSeen" | "velocity">) {
    Object.assign(track, { last, lastSeen, velocity, doubted: true, gone: false });
    if (!this.#away.includes(track)) return;
    this.#away = this.#away.filter((other) => other !== track);
    this.#tracks.push(track);
  }

  /** A face that is not like its track: seen twice, it is somebody else, who has a track of their own. */
  #suspect(track: Track, template: Float32Array): void {
    track.doubted = true;
    const { stray, last, lastSeen, scene } = track;
    if (!stray) {
      track.stray = Float32Array.from(template);
      return;
    }
    track.gone = true;
    const other = this.#begin(last, lastSeen, scene);
    seeAgain(other, last, lastSeen);
    for (const seen of [stray, template]) fuse(other, seen, last.quality.overall);
    dropStray(track);
  }

  #begin(face: Observation, at: MonotonicMs, scene: number): Track {
    const track = beginTrack(this.#nextId++, face, at, scene);
    this.#tracks.push(track);
    return track;
  }
}

function unit(sum: Float32Array): Float32Array {
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}
