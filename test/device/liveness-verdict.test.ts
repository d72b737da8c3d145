import fc from "fast-check";
import { expect, test } from "vitest";
import { beginChallenge, type Challenge } from "#device/liveness/challenge.ts";
import {
  defaultLivenessPolicy,
  judgeLiveness,
  type LivenessEvidence,
  strictLivenessPolicy,
} from "#device/liveness/verdict.ts";

const still: LivenessEvidence = {
  expressions: Array.from({ length: 30 }, (_, i) => ({ atMs: i * 66, eyes: 0.3, mouth: 0.02 })),
  motion: { solidDegrees: 1, squeezeDegrees: 8, nonPlanarShare: 0.6, motion: 0.01 },
  screen: { moireDecibels: 6.4, enclosedShare: 0, flicker: { amplitude: 0.003, share: 0.3 } },
};
const turned = { solidDegrees: 14, squeezeDegrees: 20, nonPlanarShare: 0.6, motion: 0.12 };
const blinking = still.expressions.map((each, i) => ({ ...each, eyes: i === 9 ? 0.1 : each.eyes }));

test("a still face is not checked, one that turned or blinked has passed, with its reasons", () => {
  expect(judgeLiveness(still)).toEqual({ liveness: "not-checked", reasons: ["unmoved"] });
  expect(judgeLiveness({ ...still, motion: turned })).toEqual({
    liveness: "passed",
    reasons: ["solid-motion"],
  });
  expect(judgeLiveness({ ...still, expressions: blinking }).reasons).toEqual(["blinked"]);
  const nothing = { expressions: [], motion: undefined, screen: undefined };
  expect(judgeLiveness(nothing).liveness).toBe("not-checked");
});

test("a sign of an attack fails whatever else was seen, a challenge that was passed included", () => {
  const alive = { ...still, motion: turned, expressions: blinking };
  const passed: Challenge = { state: "passed", track: 1 };
  const signs = [
    ["moire", { screen: { ...still.screen!, moireDecibels: 15 } }],
    ["bezel", { screen: { ...still.screen!, enclosedShare: 0.8 } }],
    ["flicker", { screen: { ...still.screen!, flicker: { amplitude: 0.05, share: 0.9 } } }],
    ["flat-motion", { motion: { ...turned, solidDegrees: 2 } }],
  ] as const;
  for (const [reason, change] of signs) {
    expect(judgeLiveness({ ...alive, ...change, challenge: passed })).toEqual({
      liveness: "failed",
      reasons: [reason],
    });
  }
});

test("a strict policy wants two signs, and one that demands a challenge believes nothing else", () => {
  expect(judgeLiveness({ ...still, motion: turned }, strictLivenessPolicy)).toEqual({
    liveness: "not-checked",
    reasons: ["solid-motion"],
  });
  const both = { ...still, motion: turned, expressions: blinking };
  expect(judgeLiveness(both, strictLivenessPolicy).liveness).toBe("passed");
  const policy = { ...defaultLivenessPolicy, challenge: "required" } as const;
  expect(judgeLiveness(both, policy).liveness).toBe("not-checked");
  const asking = beginChallenge(1, 0, () => 0.5);
  expect(judgeLiveness({ ...both, challenge: asking }, policy).liveness).toBe("not-checked");
  const passed: Challenge = { state: "passed", track: 1 };
  expect(judgeLiveness({ ...still, challenge: passed }, policy)).toEqual({
    liveness: "passed",
    reasons: ["challenge-passed"],
  });
  const late: Challenge = { state: "failed", track: 1, reason: "challenge-timeout" };
  expect(judgeLiveness({ ...both, challenge: late }, policy)).toEqual({
    liveness: "failed",
    reasons: ["challenge-timeout"],
  });
});

test("whatever was measured, the verdict is one of three, and numbers that are none pass nothing", () => {
  const any = fc.oneof(fc.double(), fc.constant(Number.NaN));
  fc.assert(
    fc.property(any, any, any, any, any, (a, b, c, d, e) => {
      const verdict = judgeLiveness({
        expressions: [{ atMs: 0, eyes: a, mouth: b }],
        motion: { solidDegrees: a, squeezeDegrees: b, nonPlanarShare: c, motion: d },
        screen: { moireDecibels: e, enclosedShare: c, flicker: { amplitude: d, share: e } },
      });
      expect(["passed", "failed", "not-checked"]).toContain(verdict.liveness);
      if (Number.isNaN(a)) expect(verdict.liveness).not.toBe("passed");
    }),
  );
});
