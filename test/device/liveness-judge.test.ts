import { expect, test } from "vitest";
import type { ChallengeAct } from "#device/liveness/challenge.ts";
import { LivenessJudge } from "#device/liveness/judge.ts";
import { defaultLivenessPolicy } from "#device/liveness/verdict.ts";
import { openTracker } from "#device/tracks/open-tracker.ts";
import { servicePolicySchema } from "#firmware-config/policy.ts";
import { chance } from "../support/made-face-shape.ts";
import { type HeadPose, madeHead, seeHead, seeSheet, withJitter } from "../support/made-heads.ts";

const frameMs = 66;
const grey = { width: 400, height: 400, data: new Uint8Array(400 * 400 * 3).fill(120) };
const challenged = { ...defaultLivenessPolicy, challenge: "required" } as const;

/** One frame of a head, or of a sheet that shows it. */
function frameOf(
  see: typeof seeHead,
  { yawDegrees = 0, eyesOpen = 1, size = 100 }: HeadPose,
  i: number,
) {
  const head = madeHead(3, { eyesOpen });
  const points = withJitter(see(head, { yawDegrees, size }), 0.002, i, size);
  return { landmarks: { points, presence: 1 }, quality: { yawDegrees } };
}

function poseFor(act: ChallengeAct, step: number): HeadPose {
  if (act === "blink") return step === 9 || step === 10 ? { eyesOpen: 0.1 } : {};
  const side = act === "turn-left" ? 1 : -1;
  return { yawDegrees: side * Math.max(0, 28 - 6 * Math.abs(step - 10)) };
}

/** Plays to a judge until it knows, doing what is asked, or else what `instead` says. */
function play(judge: LivenessJudge, instead?: (i: number) => HeadPose, see = seeHead) {
  let asked: string | undefined;
  let step = 0;
  for (let i = 0; i < 200 && judge.verdictOf(1).liveness === "not-checked"; i++) {
    const challenge = judge.challengeOf(1);
    const act = challenge?.state === "asking" ? challenge.asked : undefined;
    const now = challenge?.state === "asking" ? `${act} ${challenge.rest.length}` : undefined;
    step = now === asked ? step + 1 : 0;
    asked = now;
    const pose = instead ? instead(i) : act ? poseFor(act, step) : {};
    judge.see(1, grey, frameOf(see, pose, i), i * frameMs);
  }
  return judge.verdictOf(1);
}

test("whoever does what is asked passes, whatever is asked", () => {
  for (let seed = 1; seed < 9; seed++) {
    const verdict = play(new LivenessJudge(chance(seed), challenged));
    expect(verdict.liveness).toBe("passed");
    expect(verdict.reasons).toContain("challenge-passed");
  }
});

test("a sheet, turned to and fro, never passes a challenge: it cannot blink", () => {
  const swayed = (i: number) => ({ yawDegrees: 30 * Math.sin(i / 6) });
  for (let seed = 1; seed < 9; seed++) {
    const verdict = play(new LivenessJudge(chance(seed), challenged), swayed, seeSheet);
    expect(verdict.liveness).toBe("failed");
  }
});

test("without a challenge a turn is enough, nothing is asked, and a failed track stays failed", () => {
  const judge = new LivenessJudge(chance(1));
  const turning = (i: number) => ({ yawDegrees: 25 * Math.sin(i / 6) });
  expect(play(judge, turning)).toEqual({ liveness: "passed", reasons: ["solid-motion"] });
  expect(judge.challengeOf(1)).toBeUndefined();
  const sheet = new LivenessJudge(chance(1));
  expect(play(sheet, (i) => ({ yawDegrees: 32 * Math.sin(i / 6) }), seeSheet).reasons).toEqual([
    "flat-motion",
  ]);
  for (let i = 0; i < 90; i++)
    sheet.see(1, grey, frameOf(seeHead, turning(i), i), 9e4 + i * frameMs);
  expect(sheet.verdictOf(1).liveness).toBe("failed");
  sheet.forget(1);
  expect(sheet.verdictOf(1)).toEqual({ liveness: "not-checked", reasons: [] });
});

test("a face that is too small to be judged is not checked", () => {
  const judge = new LivenessJudge(chance(1));
  const far = (i: number) => ({ yawDegrees: 25 * Math.sin(i / 6), size: 30 });
  expect(play(judge, far)).toEqual({ liveness: "not-checked", reasons: [] });
});

test("only a policy that requires liveness has it judged", () => {
  const face = {
    ...{ method: "face", falsePositiveIdentificationRateMax: 1e-3, likelyRateMax: 1e-2 },
    ...{ marginMin: 0, whenUnsure: "ask-card", whenUnknown: "refuse" },
  };
  const open = (policy: object) => openTracker(servicePolicySchema.parse(policy));
  expect(open({ ...face, liveness: "required" }).liveness).toBeInstanceOf(LivenessJudge);
  expect(open({ ...face, liveness: "not-required" }).liveness).toBeUndefined();
  expect(open({ method: "card" }).liveness).toBeUndefined();
});
