import type { RgbImage } from "#models/image.ts";
import { beginChallenge, type Challenge, stepChallenge } from "./challenge.ts";
import { LivenessTrack, type SeenFace } from "./liveness-track.ts";
import {
  defaultLivenessPolicy,
  judgeLiveness,
  type LivenessPolicy,
  type LivenessVerdict,
} from "./verdict.ts";

interface Judged {
  readonly track: LivenessTrack;
  frames: number;
  verdict: LivenessVerdict;
  /** Turns of the head while nothing was asked yet: where this person looks of their own. */
  readonly yawsBefore: number[];
  challenge: Challenge | undefined;
}

/** A second of video at the least: before that, one clumsy frame would decide. */
const framesMin = 12;
/** A verdict costs some milliseconds: every so many frames is soon enough. */
const framesBetween = 4;

/** Frames that show how a person stands before something is asked of them. */
const framesBefore = 8;

const unchecked: LivenessVerdict = { liveness: "not-checked", reasons: [] };

/**
 * Follows the liveness of every track of a source. Once a track is called "failed" it stays so: an
 * attacker does not become a person by taking the sheet away; whoever comes after is another track.
 */
export class LivenessJudge {
  readonly #policy: LivenessPolicy;
  readonly #random: () => number;
  readonly #tracks = new Map<number, Judged>();

  /** `random` draws the acts of challenges: 0 to 1, from a source that nobody can foresee. */
  constructor(random: () => number, policy: LivenessPolicy = defaultLivenessPolicy) {
    this.#policy = policy;
    this.#random = random;
  }

  /** One more frame of a track; `atMs` of any clock that never jumps. */
  see(trackId: number, image: RgbImage, face: SeenFace, atMs: number): void {
    const judged = this.#tracks.get(trackId) ?? begin();
    this.#tracks.set(trackId, judged);
    if (judged.verdict.liveness === "failed") return;
    if (!judged.track.add(image, face, atMs)) return;
    judged.frames += 1;
    const wasAsked = judged.challenge?.state;
    if (this.#policy.challenge === "required") {
      this.#challenge(trackId, judged, face.quality.yawDegrees, atMs);
    }
    const isTime = (judged.frames - framesMin) % framesBetween === 0;
    const isAnswered = judged.challenge?.state !== wasAsked && wasAsked !== undefined;
    if (judged.frames < framesMin || !(isTime || isAnswered)) return;
    const evidence = { ...judged.track.evidence(), challenge: judged.challenge };
    judged.verdict = judgeLiveness(evidence, this.#policy);
  }

  /** What is known of a track so far. */
  verdictOf(trackId: number): LivenessVerdict {
    return this.#tracks.get(trackId)?.verdict ?? unchecked;
  }

  /** What a track is asked to do, for the screen to show. */
  challengeOf(trackId: number): Challenge | undefined {
    return this.#tracks.get(trackId)?.challenge;
  }

  /** Wipes what was kept of a track that has ended. */
  forget(trackId: number): void {
    this.#tracks.get(trackId)?.track.wipe();
    this.#tracks.delete(trackId);
  }

  #challenge(track: number, judged: Judged, yawDegrees: number, atMs: number): void {
    if (!judged.challenge) {
      judged.yawsBefore.push(yawDegrees);
      if (judged.yawsBefore.length < framesBefore) return;
      judged.yawsBefore.sort((a, b) => a - b);
      judged.challenge = beginChallenge(track, atMs, this.#random);
      return;
    }
    const ahead = judged.yawsBefore[framesBefore >> 1] ?? 0;
    judged.challenge = stepChallenge(judged.challenge, atMs, {
      ...{ track, atMs },
      yawDegrees: yawDegrees - ahead,
      eyesOpenShare: judged.track.eyesOpenNow(),
    });
  }
}

function begin(): Judged {
  const track = new LivenessTrack();
  return { track, frames: 0, verdict: unchecked, yawsBefore: [], challenge: undefined };
}
