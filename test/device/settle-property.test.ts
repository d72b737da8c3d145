import fc from "fast-check";
import { expect, test } from "vitest";
import type { Factor } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import type {
  BookingFinding,
  CardFinding,
  EvidenceAtHand,
  FaceFinding,
  PhoneFinding,
  TicketFinding,
} from "#device/policy/findings.ts";
import { settle } from "#device/policy/settle.ts";
import type { PlainPolicy } from "#firmware-config/policy.ts";
import { strengthOf } from "#firmware-config/policy-method.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import { shownOf } from "#test/support/soft-phone.ts";

const anyone = fc.constantFrom("p1", "p2").map((name) => name as PersonId);
const rates = fc.oneof(fc.constantFrom(0, 0.0005, 0.004, 0.05, 0.5, Number.NaN), fc.double());
const faces: fc.Arbitrary<FaceFinding> = fc.record({
  usable: fc.boolean(),
  liveness: fc.constantFrom("passed", "failed", "not-checked"),
  best: fc.option(
    fc.record({
      ...{ person: anyone, falsePositiveIdentificationRate: rates, margin: rates },
      hasLookAlike: fc.boolean(),
    }),
    { nil: undefined },
  ),
});
const proof = shownOf({ kind: "phone", scheme: "made", statement: "AA", signature: "AA" });
const proved = anyone.map((person) => ({ kind: "proved", person, proof }) as const);
const cards: fc.Arbitrary<CardFinding> = fc.oneof(
  fc.record({
    kind: fc.constant("proved"),
    person: anyone,
    factor: fc.constantFrom("pin", "possession"),
  }),
  fc.constantFrom<CardFinding>(
    ...([{ kind: "unknown" }, { kind: "not-given" }, { kind: "unprovable" }] as const),
    { kind: "refused", code: "REVOKED" },
  ),
);
const phones: fc.Arbitrary<PhoneFinding> = fc.oneof(
  proved,
  fc.constantFrom<PhoneFinding>({ kind: "refused" }, { kind: "not-given" }),
);
const tickets: fc.Arbitrary<TicketFinding> = fc.oneof(
  anyone.map((person) => ({ kind: "valid", person }) as const),
  fc.constantFrom<TicketFinding>({ kind: "used" }, { kind: "none" }, { kind: "no-list" }),
);
const bookings: fc.Arbitrary<BookingFinding> = fc.oneof(
  anyone.map((person) => ({ kind: "booked", person }) as const),
  fc.constantFrom<BookingFinding>({ kind: "none" }, { kind: "no-list" }),
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const evidences: fc.Arbitrary<EvidenceAtHand> = fc.record({
  ...{ face: maybe(faces), card: maybe(cards), phone: maybe(phones), ticket: maybe(tickets) },
  ...{ booking: maybe(bookings), serviceOver: maybe(fc.boolean()) },
});
/** Every row that ships, each of its tiers, and each as a demand taxi would have it. */
const rows: fc.Arbitrary<PlainPolicy> = fc
  .record({
    service: fc.constantFrom(...serviceNames),
    amountYen: fc.constantFrom(undefined, 1, 99_999, 100_000, 499_999, 500_000, 9_000_000),
    bookedOnly: fc.boolean(),
  })
  .map(({ service, amountYen, bookedOnly }) => ({
    ...policyFor(defaultPolicyTable[service], { amountYen }),
    bookedOnly,
  }));

/** Whose factor it is, as far as the evidence really proves one. */
function ownerOf(factor: Factor, { face, card, phone, ticket }: EvidenceAtHand) {
  if (factor === "face")
    return face?.usable && face.liveness !== "failed" ? face.best?.person : undefined;
  if (factor === "phone") return phone?.kind === "proved" ? phone.person : undefined;
  if (factor === "ticket") return ticket?.kind === "valid" ? ticket.person : undefined;
  const wanted = factor === "card-pin" ? "pin" : "possession";
  return card?.kind === "proved" && card.factor === wanted ? card.person : undefined;
}

function strengthProved(factors: readonly Factor[]): number {
  const has = (...names: readonly Factor[]) => factors.some((factor) => names.includes(factor));
  const key = has("card-pin", "card-possession", "phone");
  if (key && has("face")) return 3;
  return key || has("ticket") ? 2 : has("face") ? 1 : 0;
}

test("one transaction names every factor really used, of one person, and is never weaker than what was asked", () => {
  fc.assert(
    fc.property(rows, evidences, (row, evidence) => {
      const { decision, factors, method } = settle(row, evidence);
      expect(method).toBe(row.method);
      if (decision.outcome !== "admit") {
        expect(factors).toEqual([]);
        expect(decision.person).toBeUndefined();
        return;
      }
      for (const factor of factors) expect(ownerOf(factor, evidence)).toBe(decision.person);
      expect(new Set(factors).size).toBe(factors.length);
      expect(strengthProved(factors)).toBeGreaterThanOrEqual(strengthOf(row.method));
      expect(evidence.serviceOver ?? false).toBe(false);
      if (row.bookedOnly) {
        expect(evidence.booking).toEqual({ kind: "booked", person: decision.person });
      }
    }),
    { numRuns: 5_000 },
  );
});

test("whoever is not admitted is offered another way, in the policy's words, that is no weaker", () => {
  fc.assert(
    fc.property(rows, evidences, (row, evidence) => {
      const { decision, alternative } = settle(row, evidence);
      if (decision.outcome === "admit") return;
      for (const language of ["ja", "ja-easy", "en"] as const) {
        expect(alternative?.words[language].length).toBeGreaterThan(0);
      }
      const isAsSure = row.method === "ticket" || strengthOf("card") >= strengthOf(row.method);
      if (alternative?.offer === "card") expect(isAsSure).toBe(true);
      // Who has no template is not left with a card that cannot be given.
      if (decision.reason.startsWith("card-")) expect(alternative?.offer).toBe("staff");
    }),
    { numRuns: 5_000 },
  );
});

test("more evidence of the same person never turns an admission into a refusal, but for an end", () => {
  fc.assert(
    fc.property(rows, evidences, phones, (row, evidence, phone) => {
      const before = settle(row, { ...evidence, phone: undefined });
      if (before.decision.outcome !== "admit") return;
      const { person } = before.decision;
      const after = settle(row, {
        ...evidence,
        phone: phone.kind === "proved" ? { ...phone, person: person! } : phone,
      });
      expect(after.decision.person).toBe(person);
    }),
    { numRuns: 2_000 },
  );
});
