import fc from "fast-check";
import { expect, test } from "vitest";
import {
  beginChallenge,
  type Challenge,
  type ChallengeAct,
  challengeActs,
  defaultChallengeRules,
  drawActs,
  stepChallenge,
} from "#device/liveness/challenge.ts";
import { chance } from "../support/made-face-shape.ts";

const frameMs = 50;

/** How yaw and eyes go, frame by frame, when somebody does an act and comes back to rest. */
function performing(act: ChallengeAct | "rest"): readonly [yaw: number, eyes: number][] {
  const still: [number, number][] = Array.from({ length: 8 }, () => [0, 1]);
  if (act === "rest") return still;
  if (act === "blink") return [...still, [0, 0.7], [0, 0.5], [0, 0.8], [0, 1], ...still];
  const side = act === "turn-left" ? 1 : -1;
  const turn = [8, 16, 24, 28, 20, 10, 0].map((yaw): [number, number] => [side * yaw, 1]);
  return [...still, ...turn, ...still];
}

/** Feeds acts to a challenge, one track, one clock. */
function perform(challenge: Challenge, acts: readonly (ChallengeAct | "rest")[], track = 7) {
  let state = challenge;
  let atMs = 0;
  for (const [yawDegrees, eyesOpenShare] of acts.flatMap(performing)) {
    atMs += frameMs;
    state = stepChallenge(state, atMs, { track, atMs, yawDegrees, eyesOpenShare });
  }
  return state;
}

test("whoever does what is asked, in that order, passes", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const acts = drawActs(3, chance(seed));
      const challenge = beginChallenge(7, 0, chance(seed));
      expect(perform(challenge, acts)).toEqual({ state: "passed", track: 7 });
      expect(perform(challenge, acts.slice(0, 2)).state).toBe("asking");
    }),
  );
});

test("no act is asked twice running, a blink is always among them, and every order occurs", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 500; seed++) {
    const acts = drawActs(3, chance(seed));
    expect(acts).toContain("blink");
    acts.slice(1).forEach((act, i) => {
      expect(act).not.toBe(acts[i]);
    });
    seen.add(acts.join(" "));
  }
  expect(seen.size).toBe(10);
});

test("a turn to the other side fails at once, an unasked blink does not", () => {
  for (let seed = 0; seed < 40; seed++) {
    const challenge = beginChallenge(7, 0, chance(seed));
    const [asked] = drawActs(3, chance(seed));
    for (const act of challengeActs.filter((other) => other !== asked)) {
      const after = perform(challenge, [act]);
      if (act === "blink") expect(after).toMatchObject({ state: "asking", asked });
      else expect(after).toMatchObject({ state: "failed", reason: "challenge-wrong-act" });
    }
  }
});

test("a still picture runs out of time", () => {
  const challenge = beginChallenge(7, 0, chance(1));
  const rests = Math.ceil(defaultChallengeRules.actMsMax / frameMs / 8) + 1;
  const still = perform(
    challenge,
    Array.from({ length: rests }, () => "rest" as const),
  );
  expect(still).toEqual({ state: "failed", track: 7, reason: "challenge-timeout" });
  const gone = stepChallenge(challenge, defaultChallengeRules.actMsMax + 1, undefined);
  expect(gone).toMatchObject({ state: "failed", reason: "challenge-timeout" });
});

test("another face in the place of the first fails: nobody may blink for somebody else", () => {
  const challenge = beginChallenge(7, 0, chance(1));
  expect(perform(challenge, ["rest"], 8)).toMatchObject({ reason: "challenge-face-lost" });
});

test("a replay of somebody who turns and blinks as they please fails nine challenges of ten", () => {
  const next = chance(9);
  let passed = 0;
  for (let seed = 0; seed < 1_000; seed++) {
    const acts = Array.from({ length: 30 }, () => challengeActs[Math.floor(3 * next())]!);
    if (perform(beginChallenge(7, 0, chance(seed)), acts).state === "passed") passed += 1;
  }
  expect(passed).toBeLessThan(100);
  expect(passed).toBeGreaterThan(0);
});

test("a head that is turned already, and eyes that are shut already, have done nothing", () => {
  for (let seed = 0; seed < 20; seed++) {
    let state = beginChallenge(7, 0, chance(seed));
    for (let atMs = frameMs; atMs < 2_000; atMs += frameMs) {
      const frame = { track: 7, atMs, yawDegrees: 30, eyesOpenShare: atMs % 100 ? 0.3 : 1 };
      state = stepChallenge(state, atMs, frame);
    }
    expect(state).toMatchObject({ state: "asking", ready: false });
  }
});

test("whatever is fed, a challenge that is over stays as it is, and only acts pass it", () => {
  const frame = fc.record({
    track: fc.constantFrom(7, 7, 7, 8),
    yawDegrees: fc.double({ min: -8, max: 8, noNaN: true }),
    eyesOpenShare: fc.double({ min: 0.87, max: 1.2, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.integer(), fc.array(frame, { maxLength: 80 }), (seed, frames) => {
      let state: Challenge = beginChallenge(7, 0, chance(seed));
      for (const [i, each] of frames.entries()) {
        const atMs = (i + 1) * frameMs;
        const before = state;
        state = stepChallenge(before, atMs, { ...each, atMs });
        if (before.state !== "asking") expect(state).toBe(before);
      }
      expect(state.state).not.toBe("passed");
    }),
  );
});
