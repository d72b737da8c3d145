/** What a person can be asked to do before the camera. */
export const challengeActs = ["turn-left", "turn-right", "blink"] as const;
export type ChallengeAct = (typeof challengeActs)[number];

export interface ChallengeRules {
  /** How many acts, one after another; a replayed video has each in the right place by luck only. */
  readonly acts: number;
  /** For each act, from the moment that it is asked for. */
  readonly actMsMax: number;
  /** How far the head must turn to its own left or right from where it looked at first. */
  readonly turnDegreesMin: number;
  /** Back towards the camera before the next act counts, so that one turn is never two. */
  readonly restDegreesMax: number;
  /** An act that begins sooner than anybody can react was not a reaction. */
  readonly reactionMsMin: number;
}

export const defaultChallengeRules: ChallengeRules = {
  acts: 3,
  actMsMax: 6_000,
  turnDegreesMin: 18,
  restDegreesMax: 9,
  reactionMsMin: 150,
};

/** What one frame says to a challenge. Its track must be one: a track that is lost ends the challenge. */
export interface ChallengeFrame {
  readonly track: number;
  readonly atMs: number;
  /** Positive: towards the person's own left. */
  readonly yawDegrees: number;
  /** As `eyesOpenShares` measures it: 1 open, below about 0.8 shut. */
  readonly eyesOpenShare: number;
}

type FailureReason = "challenge-timeout" | "challenge-wrong-act" | "challenge-face-lost";

/** A challenge is a value: keep it, feed it frames, show `asked` to the person. */
export type Challenge =
  | {
      readonly state: "asking";
      readonly track: number;
      readonly rules: ChallengeRules;
      readonly asked: ChallengeAct;
      readonly rest: readonly ChallengeAct[];
      readonly askedAtMs: number;
      /** Whether the face has come to rest, looking ahead with open eyes, since the act was asked for. */
      readonly ready: boolean;
      readonly eyesClosed: boolean;
    }
  | { readonly state: "passed"; readonly track: number }
  | { readonly state: "failed"; readonly track: number; readonly reason: FailureReason };

const eyesClosedShareMax = 0.78;
const eyesOpenShareMin = 0.86;

/**
 * Acts in an order that nobody can foresee: no act twice running, and never turns alone, which a bent
 * photograph mimics. `random` gives numbers from 0 to 1 and must come from a cryptographic source.
 */
export function drawActs(count: number, random: () => number): readonly ChallengeAct[] {
  const acts: ChallengeAct[] = [];
  for (let i = 0; i < count; i++) {
    const choices = challengeActs.filter((act) => act !== acts.at(-1));
    const last = i === count - 1 && count > 1 && !acts.includes("blink");
    acts.push(last ? "blink" : choices[Math.floor(random() * choices.length)]!);
  }
  return acts;
}

export function beginChallenge(
  track: number,
  atMs: number,
  random: () => number,
  rules: ChallengeRules = defaultChallengeRules,
): Challenge {
  const [asked, ...rest] = drawActs(Math.max(1, rules.acts), random);
  return ask({ track, rules, asked: asked!, rest, askedAtMs: atMs });
}

type Asking = Extract<Challenge, { state: "asking" }>;

function ask(from: Pick<Asking, "track" | "rules" | "asked" | "rest" | "askedAtMs">): Asking {
  const { track, rules, asked, rest, askedAtMs } = from;
  return { state: "asking", track, rules, asked, rest, askedAtMs, ready: false, eyesClosed: false };
}

/** The challenge after one more frame; `frame` is undefined where the face was not seen. */
export function stepChallenge(
  challenge: Challenge,
  atMs: number,
  frame: ChallengeFrame | undefined,
): Challenge {
  if (challenge.state !== "asking") return challenge;
  const fail = (reason: FailureReason): Challenge => ({
    state: "failed",
    track: challenge.track,
    reason,
  });
  if (atMs - challenge.askedAtMs > challenge.rules.actMsMax) return fail("challenge-timeout");
  if (!frame) return challenge;
  if (frame.track !== challenge.track) return fail("challenge-face-lost");
  const act = actIn(challenge, frame);
  if (act === challenge.asked) return next(challenge, atMs);
  if (act !== undefined && act !== "blink") return fail("challenge-wrong-act");
  const resting = Math.abs(frame.yawDegrees) <= challenge.rules.restDegreesMax;
  const open = frame.eyesOpenShare >= eyesOpenShareMin;
  return {
    ...challenge,
    ready: challenge.ready || (resting && open),
    eyesClosed: closing(challenge, frame),
  };
}

/** The act that this frame completes. People blink unasked: that is never held against them. */
function actIn(challenge: Asking, frame: ChallengeFrame): ChallengeAct | undefined {
  const { turnDegreesMin, reactionMsMin } = challenge.rules;
  if (!challenge.ready || frame.atMs - challenge.askedAtMs < reactionMsMin) return undefined;
  if (frame.yawDegrees >= turnDegreesMin) return "turn-left";
  if (frame.yawDegrees <= -turnDegreesMin) return "turn-right";
  if (challenge.eyesClosed && frame.eyesOpenShare >= eyesOpenShareMin) return "blink";
  return undefined;
}

function closing({ ready, eyesClosed, rules }: Asking, frame: ChallengeFrame): boolean {
  // A turned head foreshortens its eyes: lids count only while it looks ahead.
  if (!ready || Math.abs(frame.yawDegrees) > rules.restDegreesMax) return false;
  if (frame.eyesOpenShare <= eyesClosedShareMax) return true;
  return eyesClosed && frame.eyesOpenShare < eyesOpenShareMin;
}

function next(challenge: Asking, atMs: number): Challenge {
  const [asked, ...rest] = challenge.rest;
  if (asked === undefined) return { state: "passed", track: challenge.track };
  return ask({ track: challenge.track, rules: challenge.rules, asked, rest, askedAtMs: atMs });
}
