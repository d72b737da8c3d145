import fc from "fast-check";
import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { decide } from "#device/policy/decide.ts";
import type { CardFinding, FaceFinding } from "#device/policy/findings.ts";
import type { FacePolicy } from "#firmware-config/policy.ts";
import { defaultPolicyTable, policyTableSchema } from "#firmware-config/policy-table.ts";

const { card } = defaultPolicyTable["bus.boarding"];
const policy: FacePolicy = {
  method: "face",
  falsePositiveIdentificationRateMax: 0.01,
  likelyRateMax: 0.1,
  marginMin: 0.02,
  lookAlikeMarginMin: 0.05,
  liveness: "not-required",
  whenUnsure: "ask-card",
  whenUnknown: "refuse",
  card,
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
  const decision = decide(policy, { face });
  expect([decision.outcome, decision.reason]).toEqual(is);
});

test("where the method is the card, no face admits", () => {
  expect(decide({ method: "card", card }, { face: finding({ rate: 0 }) }).outcome).toBe("ask-card");
});

test("where liveness is required, a face that was not checked does not admit", () => {
  expect(decide({ ...policy, liveness: "required" }, { face: finding({}) }).outcome).toBe(
    "ask-card",
  );
  const live = finding({ liveness: "passed" });
  expect(decide({ ...policy, liveness: "required" }, { face: live }).outcome).toBe("admit");
});

test("a shelter turns no stranger away", () => {
  expect(
    decide(defaultPolicyTable["shelter.check-in"], { face: finding({ rate: 1 }) }).outcome,
  ).toBe("ask-card");
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
      const decision = decide(table, { face });
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

const proved = (factor: "pin" | "possession"): CardFinding => ({ kind: "proved", person, factor });

test.each([
  { name: "a proven card", finding: proved("pin"), is: ["admit", "card-proved"] },
  {
    name: "a card without its PIN",
    finding: proved("possession"),
    is: ["refuse", "card-refused"],
  },
  { name: "nobody's card", finding: { kind: "unknown" }, is: ["refuse", "card-unknown"] },
  { name: "no card", finding: { kind: "not-given" }, is: ["refuse", "card-not-given"] },
  {
    name: "a card that no gateway would believe",
    finding: { kind: "unprovable" },
    is: ["refuse", "card-unprovable"],
  },
  {
    name: "a revoked card",
    finding: { kind: "refused", code: "REVOKED" },
    is: ["refuse", "card-refused"],
  },
] as const)("a door that asked and got $name: $is", ({ finding: card, is }) => {
  const decision = decide(policy, { face: finding({ rate: 0.05 }), card });
  expect([decision.outcome, decision.reason]).toEqual(is);
  expect(decision.person).toBe(is[0] === "admit" ? person : undefined);
});

test("possession is enough only where the operator states the approval for it", () => {
  const approved = { factor: "possession", possessionApproval: "2026-17" } as const;
  const rules = { ...policy, card: { ...card, ...approved } };
  const face = finding({ usable: false });
  expect(decide(rules, { face, card: proved("possession") }).outcome).toBe("admit");
  const unapproved = {
    ...defaultPolicyTable,
    "bus.boarding": { ...policy, card: { factor: "possession" } },
  };
  expect(policyTableSchema.safeParse(unapproved).success).toBe(false);
});
