import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { Factor } from "#contract/bodies/payment.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { defaultPaymentRules } from "#firmware-config/payment.ts";
import { type PaymentTier, paymentTier } from "#firmware-config/payment-tier.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import { defaultPolicyTable, policyRowsSchema, tableOf } from "#firmware-config/policy-table.ts";
import {
  type PaymentAsked,
  PaymentDesk,
  type PaymentPorts,
} from "#gateway/payment/payment-desk.ts";
import { judgeTier, tierFrom } from "#gateway/payment/tier.ts";
import { paymentBook } from "#gateway/views/payment-book.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import {
  arrivedOtherwise,
  evidenceOf,
  nine,
  person,
  ServiceEvents,
  shownBy,
} from "./service-events.ts";

const merchant = "bakery" as PlaceId;
const other = "florist" as PlaceId;
const view = paymentBook();
const dayMs = 24 * 3_600_000;

/** A table of a test's own: the real one is the policy's. */
const tierOf = (amountYen: number): PaymentTier => {
  if (amountYen <= 1_000) return { name: "small", asked: ["face"], alternatives: [["card"]] };
  if (amountYen <= 2_000) return { name: "middle", asked: ["phone"], alternatives: [["card"]] };
  return { name: "large", asked: ["face", "phone"], alternatives: [["face", "card"]] };
};

/** What some phone signed: which verifier is asked about it is each test's own. */
const signed = { kind: "phone", scheme: "made", statement: "AAAA", signature: "AAAA" } as const;

async function shop(over: Partial<Pick<PaymentPorts, "tierOf" | "phone">> = {}) {
  const made = new ServiceDeskUnderTest();
  const state = made.fold(view);
  const desk = new PaymentDesk({
    ...{ rules: () => defaultPaymentRules, tierOf, clock: made.clock, record: made.record },
    ...{ state: () => state, phoneOf: () => signed, ...over },
  });
  for (const [box, place] of [["till-1", merchant] as const, ["till-2", other] as const]) {
    const [till, from] = [box as DeviceId, nine as WallMs];
    const at = { service: "payment", box: till, place, from } as const;
    await made.record({ type: "place.box-assigned", ...at });
  }
  const tap = (factors: readonly Factor[] = ["face"], who = person("a"), till = "till-1") =>
    made.box((boxes, at) => boxes.admit(till, "payment", who, evidenceOf(factors), at));
  const pay = async (changes: Partial<PaymentAsked> = {}) => {
    const asked = { merchant, reference: "R-1", amountYen: 800, currency: "JPY" as const };
    return await desk.authorise({ ...asked, decision: changes.decision ?? tap(), ...changes });
  };
  const code = async (changes: Partial<PaymentAsked> = {}) => {
    const answer = await pay(changes);
    return answer.ok ? answer.state : answer.code;
  };
  return { made, desk, tap, pay, code, shown: () => view.show(state) };
}

test("an authorisation names merchant, amount, tier and what was really used, and settles nothing", async () => {
  const { made, pay, shown } = await shop();
  using _ = made;
  const answer = await pay();
  expect(answer).toMatchObject({
    ok: true,
    state: "authorised",
    payment: {
      ...{ merchant, reference: "R-1", amountYen: 800, currency: "JPY", person: person("a") },
      ...{ tier: "small", asked: ["face"], used: ["face"], flaw: null },
    },
  });
  expect(shown().payments).toHaveLength(1);
});

test("the same reference and amount give the same answer; another amount or person is refused", async () => {
  const { made, pay, code, tap } = await shop();
  using _ = made;
  const decision = tap();
  const answers = await Promise.all([1, 2, 3].map(() => pay({ decision })));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await pay()).toEqual(answers[0]);
  expect(await code({ amountYen: 801 })).toBe("PAYMENT_DIFFERS");
  expect(await code({ decision: tap(["face"], person("b")) })).toBe("PAYMENT_DIFFERS");
  expect(made.events.filter(({ body }) => body.type === "payment.authorised")).toHaveLength(1);
  // Another merchant's reference of the same letters is another payment.
  const there = tap(["face"], person("a"), "till-2");
  expect(await code({ merchant: other, decision: there, amountYen: 5 })).toBe("authorised");
});

test("two amounts under one reference at once: one is authorised, the other refused", async () => {
  const { made, code } = await shop();
  using _ = made;
  const codes = await Promise.all([code({ amountYen: 100 }), code({ amountYen: 200 })]);
  expect(codes).toEqual(["authorised", "PAYMENT_DIFFERS"]);
});

test("one decision is good for one payment, at the till where it was made, and for minutes", async () => {
  const { made, code, tap } = await shop();
  using _ = made;
  const decision = tap();
  const twice = ["R-1", "R-2"].map((reference) => code({ decision, reference }));
  expect(await Promise.all(twice)).toEqual(["authorised", "DECISION_SPENT"]);
  const elsewhere = tap(["face"], person("a"), "till-2");
  expect(await code({ reference: "R-3", decision: elsewhere })).toBe("DECISION_OTHER_PLACE");
  const nowhere = tap(["face"], person("a"), "till-3");
  expect(await code({ reference: "R-3", decision: nowhere })).toBe("DECISION_OTHER_PLACE");
  const missing = { device: "till-1" as DeviceId, sequence: 99 };
  expect(await code({ reference: "R-3", decision: missing })).toBe("DECISION_MISSING");
  const old = tap();
  made.now += 3 * 60_000;
  expect(await code({ reference: "R-4", decision: old })).toBe("authorised");
  const older = tap();
  made.now += 3 * 60_000 + 1;
  expect(await code({ reference: "R-5", decision: older })).toBe("DECISION_NOT_FRESH");
  const ahead = made.now + 3 * 60_000 + 1;
  const kept = made.box((boxes) =>
    boxes.admit("till-1", "payment", person("a"), evidenceOf(["face"]), ahead),
  );
  expect(await code({ reference: "R-5", decision: kept })).toBe("DECISION_NOT_FRESH");
});

test.each([
  { amountYen: 1_000, factors: ["face"] as const, expected: "authorised" },
  { amountYen: 1_001, factors: ["face"] as const, expected: "PAYMENT_METHOD_UNAVAILABLE" },
  { amountYen: 1_001, factors: ["card"] as const, expected: "authorised" },
  { amountYen: 2_001, factors: ["card"] as const, expected: "PAYMENT_METHOD_UNAVAILABLE" },
  { amountYen: 2_001, factors: ["face"] as const, expected: "PAYMENT_METHOD_UNAVAILABLE" },
  { amountYen: 2_001, factors: ["face", "card"] as const, expected: "authorised" },
])("$amountYen yen by $factors: $expected", async ({ amountYen, factors, expected }) => {
  const { made, code, tap } = await shop();
  using _ = made;
  expect(await code({ amountYen, decision: tap(factors) })).toBe(expected);
});

/** Signatures are judged elsewhere; here it is what a payment makes of them. */
const anyPhone = { flawOf: () => undefined };

test.each([
  { atEdge: "stronger", amountYen: 99_999, name: "up-to-100000 face", asked: ["face"] },
  { atEdge: "stronger", amountYen: 100_000, name: "up-to-500000 phone", asked: ["phone"] },
  { atEdge: "weaker", amountYen: 100_000, name: "up-to-100000 face", asked: ["face"] },
  { atEdge: "weaker", amountYen: 100_001, name: "up-to-500000 phone", asked: ["phone"] },
  { atEdge: "stronger", amountYen: 499_999, name: "up-to-500000 phone", asked: ["phone"] },
  {
    ...{ atEdge: "stronger", amountYen: 500_000, name: "above-all-others face+phone" },
    asked: ["face", "phone"],
  },
  { atEdge: "weaker", amountYen: 500_000, name: "up-to-500000 phone", asked: ["phone"] },
  {
    ...{ atEdge: "weaker", amountYen: 500_001, name: "above-all-others face+phone" },
    asked: ["face", "phone"],
  },
])(
  "the gateway asks for $asked at $amountYen yen where the $atEdge method counts",
  async (edge) => {
    const row = { ...defaultPolicyTable.payment, atEdge: edge.atEdge };
    const table = tableOf(policyRowsSchema.parse({ payment: row }));
    const { made, tap, pay, code } = await shop({ tierOf: tierFrom(() => table), phone: anyPhone });
    using _ = made;
    const { amountYen } = edge;
    if (edge.asked.includes("phone")) {
      expect(await code({ amountYen, decision: tap(["face"]) })).toBe("PAYMENT_NOT_PROVED");
    }
    const decision = tap(edge.asked as Factor[]);
    expect(await pay({ amountYen, decision })).toMatchObject({
      payment: { tier: edge.name, asked: edge.asked, used: edge.asked, flaw: null },
    });
    // The till's own word for the same tier.
    expect(paymentTier(row as ServicePolicy, amountYen).name).toBe(edge.name);
  },
);

test("what is asked and not proved is refused, and nothing falls to a weaker factor", () => {
  const tier: PaymentTier = { name: "t", asked: ["face", "card"], alternatives: [] };
  expect(judgeTier(tier, ["card"])).toEqual({ kind: "unmet" });
  expect(judgeTier(tier, ["card", "face"])).toEqual({ kind: "met", used: ["face", "card"] });
  expect(judgeTier({ ...tier, asked: [] }, ["card"])).toEqual({ kind: "unmet" });
});

test("a void takes a payment back for good, once, and not after its end", async () => {
  const { made, desk, pay, code } = await shop();
  using _ = made;
  await pay();
  const asked = { merchant, reference: "R-1", why: "customer" as const };
  const voids = await Promise.all([desk.void(asked), desk.void({ ...asked, why: "mistake" })]);
  expect(voids.map((answer) => answer.ok && answer.state)).toEqual(["voided", "voided"]);
  expect(made.events.filter(({ body }) => body.type === "payment.voided")).toHaveLength(1);
  expect(await code()).toBe("voided");
  await pay({ reference: "R-2" });
  made.now += 7 * dayMs - 1;
  const named = { merchant, reference: "R-2" };
  expect(desk.find(named)).toMatchObject({ state: "authorised" });
  made.now += 1;
  expect(desk.find(named)).toMatchObject({ state: "expired" });
  expect(await desk.void({ ...named, why: "merchant" })).toMatchObject({ code: "PAYMENT_EXPIRED" });
  expect(await code({ reference: "R-2" })).toBe("expired");
  const unknown = await desk.void({ ...named, reference: "R-9", why: "merchant" });
  expect(unknown).toMatchObject({ ok: false, code: "PAYMENT_UNKNOWN" });
});

test("a gateway that starts again gives the answers that it gave before", async () => {
  const { made, tap, desk } = await shop();
  using _ = made;
  const asked = { merchant, reference: "R-1", amountYen: 800, currency: "JPY" as const };
  const before = await desk.authorise({ ...asked, decision: tap() });
  const state = view.empty();
  for (const [at, event] of made.events.entries()) {
    view.apply(state, { index: at + 1, event, refusal: null });
  }
  const ports = {
    rules: () => defaultPaymentRules,
    tierOf,
    clock: made.clock,
    record: made.record,
  };
  const again = new PaymentDesk({ ...ports, state: () => state, phoneOf: () => signed });
  expect(await again.authorise({ ...asked, decision: tap() })).toEqual(before);
});

const step = fc.record({
  who: fc.constantFrom("a", "b"),
  till: fc.constantFrom("till-1", "till-2"),
  factors: fc.constantFrom<readonly Factor[]>(["face"], ["card"], ["face", "card"]),
  used: fc.constantFrom<readonly Factor[]>(["face"], ["card"], ["face", "card"]),
  reference: fc.constantFrom("R-1", "R-2", "R-3"),
  at: fc.integer({ min: nine, max: nine + 100 }),
  act: fc.constantFrom("tap", "tap", "pay", "pay", "void"),
  which: fc.nat(20),
});
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

function history(steps: readonly Step[]): ServiceEvents {
  const made = new ServiceEvents();
  for (const [box, place] of [["till-1", merchant] as const, ["till-2", other] as const]) {
    const [till, from] = [box as DeviceId, nine as WallMs];
    const at = { service: "payment", box: till, place, from } as const;
    made.desk({ type: "place.box-assigned", ...at }, nine);
  }
  for (const { who, till, factors, used, reference, at, act, which } of steps) {
    const { device, sequence } = made.events[which % made.events.length] ?? made.events[0]!;
    const named = { merchant: till === "till-1" ? merchant : other, reference };
    const said = {
      ...{ ...named, amountYen: 100 + which, currency: "JPY" as const, person: person(who) },
      ...{ decision: { device, sequence }, tier: "t", asked: [...used], used: [...used] },
      expiresAt: (at + dayMs) as WallMs,
    };
    if (act === "tap") made.admit(till, "payment", person(who), evidenceOf(factors), at);
    if (act === "pay") made.desk({ type: "payment.authorised", ...said }, at);
    if (act === "void") made.desk({ type: "payment.voided", ...named, why: "mistake" }, at);
  }
  return made;
}

test("no history has two good payments of one reference or one decision, nor one that is unproved", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(3)), (steps, turns) => {
      const { events } = history(steps);
      const shown = shownBy(view, events);
      const otherwise = shownBy(view, arrivedOtherwise(events, turns));
      expect(JSON.stringify(otherwise)).toBe(JSON.stringify(shown));
      const good = shown.payments.filter(({ flaw }) => flaw === null);
      const one = (key: (ref: EventRef) => string, of: typeof good) =>
        expect(new Set(of.map(({ decision }) => key(decision))).size).toBe(of.length);
      one(({ device, sequence }) => `${device} ${sequence}`, good);
      const names = good.map(({ merchant: at, reference }) => `${at} ${reference}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { decision, person: who, used } of good) {
        const proved = events.find(
          ({ device, sequence }) => device === decision.device && sequence === decision.sequence,
        )?.body as { person?: Pseudonym; evidence?: { kind: Factor }[] };
        expect(proved.person).toBe(who);
        const kinds = proved.evidence?.map(({ kind }) => kind) ?? [];
        expect(used.every((factor) => kinds.includes(factor))).toBe(true);
      }
    }),
  );
});

test("a phone's signature for another payment authorises none, and neither does a box that used less than it asked", async () => {
  const { made, tap, code } = await shop({ phone: { flawOf: () => "PHONE_OTHER_PAYMENT" } });
  using _ = made;
  expect(await code({ amountYen: 1_500, decision: tap(["phone"]) })).toBe("PAYMENT_NOT_PROVED");
  const { device, sequence } = tap(["face"]);
  const said = { merchant, reference: "W-1", amountYen: 800_000, currency: "JPY" as const };
  await made.record({
    ...{ type: "payment.authorised", ...said, person: person("a"), decision: { device, sequence } },
    ...{ tier: "t", asked: ["face", "phone"], used: ["face"], expiresAt: nine as WallMs },
  });
  const judged = paymentBook(tierFrom(() => tableOf({})));
  const { payments } = shownBy(judged, made.events);
  expect(payments).toMatchObject([{ flaw: "PAYMENT_NOT_PROVED", otherThanPolicy: true }]);
});
