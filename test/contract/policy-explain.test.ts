import { expect, test } from "vitest";
import { serviceNames } from "#contract/services.ts";
import { explainPolicy } from "#firmware-config/policy-explain.ts";
import { policyRowsSchema, tableOf } from "#firmware-config/policy-table.ts";

const table = tableOf({});
const at = Date.parse("2026-04-01T09:00:00+09:00");
const verifiesPhones = false;
const explain = (amountYen: number | undefined, of = table) =>
  explainPolicy(of, { service: "payment", at, amountYen, verifiesPhones });

test.each([
  { amountYen: 1, method: "face", tier: 1, from: 0, to: 99_999 },
  { amountYen: 99_999, method: "face", tier: 1, from: 0, to: 99_999 },
  { amountYen: 100_000, method: "phone", tier: 2, from: 100_000, to: 499_999 },
  { amountYen: 100_001, method: "phone", tier: 2, from: 100_000, to: 499_999 },
  { amountYen: 499_999, method: "phone", tier: 2, from: 100_000, to: 499_999 },
  { amountYen: 500_000, method: "face+phone", tier: 3, from: 500_000, to: null },
  { amountYen: 500_001, method: "face+phone", tier: 3, from: 500_000, to: null },
  { amountYen: undefined, method: "face+phone", tier: 3, from: 500_000, to: null },
])("$amountYen yen asks for $method", ({ amountYen, method, tier, from, to }) => {
  const said = explain(amountYen);
  expect(said.method).toBe(method);
  expect(said.tier).toEqual({
    number: tier,
    of: 3,
    fromYen: from,
    lastYen: to,
    atEdge: "stronger",
  });
  const isEdge = amountYen === 100_000 || amountYen === 500_000;
  expect(said.why.some((why) => why.includes("two tiers meet"))).toBe(isEdge);
});

test("whoever has no phone pays by card, or above all tiers by face and card together, as the gateway takes it", () => {
  const ways = [99_999, 100_000, 500_000].map((yen) => explain(yen).countsAsWell);
  expect(ways).toEqual([[["card"]], [["card"]], [["face", "card"]]]);
});

test("where the weaker method counts at an edge, exactly 100,000 yen is a face's and 500,000 a phone's", () => {
  const { payment } = { payment: table.payment[0]!.policy };
  const weaker = tableOf(policyRowsSchema.parse({ payment: { ...payment, atEdge: "weaker" } }));
  const said = [100_000, 100_001, 500_000, 500_001].map((yen) => explain(yen, weaker));
  expect(said.map(({ method }) => method)).toEqual(["face", "phone", "phone", "face+phone"]);
  expect(said.map(({ tier }) => [tier?.fromYen, tier?.lastYen])).toEqual([
    [0, 100_000],
    [100_001, 500_000],
    [100_001, 500_000],
    [500_001, null],
  ]);
});

test("every service says what it asks, and offers everybody who lacks something a way with words", () => {
  for (const service of serviceNames) {
    const said = explainPolicy(table, { service, at, amountYen: 1, verifiesPhones });
    expect(said.alternatives.map(({ without }) => without)).toEqual(["template", "phone", "card"]);
    for (const { words } of said.alternatives) expect(words.ja.length).toBeGreaterThan(5);
    expect(said.notAvailable !== null, service).toBe(said.asksFor.includes("phone"));
    const plugged = explainPolicy(table, { service, at, amountYen: 1, verifiesPhones: true });
    expect(plugged.notAvailable, service).toBeNull();
    expect(plugged.offline.join().includes("not to be had"), service).toBe(false);
    expect(said.face !== null, service).toBe(said.asksFor.includes("face"));
    expect(said.offline.length).toBeGreaterThan(0);
  }
});

test("a dated row is explained by the moment: the day before, and from its first millisecond on", () => {
  const dated = tableOf(
    policyRowsSchema.parse({
      counter: [{ validFrom: "2026-04-01T00:00:00+09:00", policy: { method: "phone" } }],
    }),
  );
  const first = Date.parse("2026-04-01T00:00:00+09:00");
  const on = (when: number) =>
    explainPolicy(dated, { service: "counter", at: when, verifiesPhones });
  expect(on(first - 1)).toMatchObject({ method: "card", rowFrom: null });
  expect(on(first)).toMatchObject({ method: "phone", rowFrom: "2026-03-31T15:00:00.000Z" });
});
