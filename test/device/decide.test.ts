import fc from "fast-check";
import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { decide, type FaceFinding } from "#device/policy/decide.ts";
import { defaultPolicyTable, type FacePolicy } from "#firmware-config/policy.ts";

const policy: FacePolicy = {
  method: "face",
  falsePositiveIdentificationRateMax: 0.01,
  likelyRateMax: 0.1,
  marginMin: 0.02,
  lookAlikeMarginMin: 0.05,
  liveness: "not-required",
  whenUnsure: "ask-card",
  whenUnknown: "refuse",
};
const person = "p1" as PersonId;

function finding(
  change: Partial<FaceFinding> & { rate?: number; margin?: number; hasLookAlike?: boolean },
): FaceFinding {
  const { rate = 0.001, margin = 0.2, hasLookAlike = false, ...rest } = change;
  const best = { person, falsePositiveIdentificationRate: rate, margin, hasLookAlike };
  return { usable: true, liveness: "not-checked", best, ...rest };
}

test.each([
  { name: "a clear match", face: finding({}), is: ["admit", "face-matched"] },
  {
    name: "exactly at the promised rate",
    face: finding({ rate: 0.01 }),
    is: ["admit", "face-matched"],
  },
  {
    name: "likely, not proven",
    face: finding({ rate: 0.011 }),
    is: ["ask-card", "face-ambiguous"],
  },
  {
    name: "two people alike",
    face: finding({ margin: 0.019 }),
    is: ["ask-card", "face-ambiguous"],
  },
  { name: "a stranger", face: finding({ rate: 0.5 }), is: ["refuse", "face-unknown"] },
  {
    name: "a rate that is no number",
    face: finding({ rate: Number.NaN }),
    is: ["refuse", "face-unknown"],
  },
  {
    name: "a sister who is known to look alike",
    face: finding({ margin: 0.04, hasLookAlike: true }),
    is: ["ask-card", "face-ambiguous"],
  },
  {
    name: "a margin that is no number",
    face: finding({ margin: Number.NaN }),
    is: ["ask-card", "face-ambiguous"],
  },
  {
    name: "too poor a picture",
    face: finding({ usable: false }),
    is: ["ask-card", "face-quality-low"],
  },
  {
    name: "a photograph held up",
    face: finding({ liveness: "failed" }),
    is: ["ask-card", "liveness-unproven"],
  },
  { name: "nobody enrolled", face: finding({ best: undefined }), is: ["refuse", "gallery-empty"] },
])("a bus door, $name: $is", ({ face, is }) => {
  const decision = decide(policy, face);
  expect([decision.outcome, decision.reason]).toEqual(is);
});

test("where the method is the card, no face admits", () => {
  expect(decide({ method: "card" }, finding({ rate: 0 })).outcome).toBe("ask-card");
});

test("where liveness is required, a face that was not checked does not admit", () => {
  expect(decide({ ...policy, liveness: "required" }, finding({})).outcome).toBe("ask-card");
  const live = finding({ liveness: "passed" });
  expect(decide({ ...policy, liveness: "required" }, live).outcome).toBe("admit");
});

test("a shelter turns no stranger away", () => {
  expect(decide(defaultPolicyTable["shelter.check-in"], finding({ rate: 1 })).outcome).toBe(
    "ask-card",
  );
});

test("whatever the evidence, only a usable, proven, unrivalled face is admitted, and named", () => {
  const anyNumber = fc.oneof(fc.double(), fc.double({ min: 0, max: 1, noNaN: true }));
  const faces = fc.record({
    usable: fc.boolean(),
    liveness: fc.constantFrom("passed" as const, "failed" as const, "not-checked" as const),
    best: fc.option(
      fc.record({
        person: fc.constant(person),
        falsePositiveIdentificationRate: anyNumber,
        margin: anyNumber,
        hasLookAlike: fc.boolean(),
      }),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(faces, fc.constantFrom(...Object.values(defaultPolicyTable)), (face, table) => {
      const decision = decide(table, face);
      expect(decision.person !== undefined).toBe(decision.outcome === "admit");
      if (decision.outcome !== "admit") return;
      if (table.method !== "face") throw new Error("a face was admitted where the card decides");
      expect(face.usable).toBe(true);
      expect(face.liveness).not.toBe("failed");
      expect(face.best?.falsePositiveIdentificationRate).toBeLessThanOrEqual(
        table.falsePositiveIdentificationRateMax,
      );
      expect(face.best?.margin).toBeGreaterThanOrEqual(table.marginMin);
    }),
  );
});
