import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { transitCardDigest } from "#contract/transit-card.ts";
import { defaultFares, type FareTable, faresOn, parseFares } from "#firmware-config/fares.ts";
import { policyFileSchema } from "#firmware-config/policy-file.ts";
import { type FareQuestion, fareOf } from "#gateway/bus/fare.ts";
import { alone } from "#gateway/bus/ride.ts";
import { Views } from "#gateway/views/views.ts";
import { ann, ben, cardHash, History, timeZone } from "./bus-events.ts";

const zoned: FareTable = {
  validFrom: "2026-04-01",
  single: {
    kind: "zones",
    pairs: [
      { between: ["A", "A"], yen: 170 },
      { between: ["A", "B"], yen: 330 },
    ],
  },
  ...{ childPercent: 50, infantPercent: 50, infantsFreePerAdult: 2, roundUpToYen: 10 },
  linkedCardOffPercent: 10,
  products: [
    { id: "city-pass", kind: "free-pass", zones: ["A"] },
    { id: "all-pass", kind: "free-pass", zones: "everywhere" },
  ],
};
const ride: FareQuestion = {
  ...{ from: "A", to: "B", rider: "adult", party: alone, passes: [], linkedCard: false },
};

test.each<[string, Partial<FareQuestion>, object]>([
  ["a single ride between zones", {}, { product: "single", yen: 330 }],
  ["the way back costs the same", { from: "B", to: "A" }, { yen: 330 }],
  ["a ride within a zone", { to: "A" }, { yen: 170 }],
  ["a child pays half, rounded up to ten yen", { rider: "child" }, { yen: 170 }],
  [
    "a linked card spares a tenth, rounded up",
    { linkedCard: true },
    { product: "linked-card", yen: 300 },
  ],
  ["a pass for the zone", { to: "A", passes: ["city-pass"] }, { product: "city-pass", yen: 0 }],
  [
    "a pass that ends at the zone's edge",
    { passes: ["city-pass"] },
    { product: "single", yen: 330 },
  ],
  [
    "a pass for everywhere",
    { passes: ["all-pass"] },
    { product: "all-pass", yen: 0, regularYen: 330 },
  ],
  ["a pass goes before a card", { passes: ["all-pass"], linkedCard: true }, { yen: 0 }],
  [
    "a pass that the table does not have",
    { passes: ["old-pass"] },
    { product: "single", yen: 330 },
  ],
  [
    "a pass is its holder's alone",
    { passes: ["all-pass"], party: { adults: 1, children: 1, infants: 0 } },
    { product: "all-pass", yen: 500, regularYen: 830 },
  ],
  [
    "a card is its holder's alone",
    { linkedCard: true, party: { adults: 1, children: 0, infants: 0 } },
    { yen: 630 },
  ],
  ["two infants are carried free", { party: { adults: 0, children: 0, infants: 2 } }, { yen: 330 }],
  ["the third infant is not", { party: { adults: 0, children: 0, infants: 3 } }, { yen: 500 }],
  ["where nobody saw the end", { to: undefined }, { kind: "unsettled", reason: "stop-unknown" }],
  [
    "a pass holds where nobody saw the end",
    { to: undefined, passes: ["city-pass"] },
    { product: "city-pass", yen: 0 },
  ],
  [
    "but not for companions",
    { to: undefined, passes: ["city-pass"], party: { adults: 1, children: 0, infants: 0 } },
    { kind: "unsettled" },
  ],
  [
    "zones that the table does not join",
    { to: "C" },
    { kind: "unsettled", reason: "pair-without-fare" },
  ],
])("%s", (_title, question, fare) => {
  expect(fareOf(zoned, { ...ride, ...question })).toMatchObject(fare);
});

test("nobody pays more for a pass, a card, or for being a child; nor less than nothing", () => {
  const size = fc.nat(6);
  const question = fc.record({
    from: fc.constantFrom("A", "B", undefined),
    to: fc.constantFrom("A", "B", undefined),
    rider: fc.constantFrom("adult" as const, "child" as const),
    party: fc.record({ adults: size, children: size, infants: size }),
    passes: fc.subarray(["city-pass", "all-pass"]),
    linkedCard: fc.boolean(),
  });
  const table = fc
    .tuple(fc.nat(1_000), fc.nat(100), fc.integer({ min: 1, max: 50 }))
    .map(([yen, percent, roundUpToYen]): FareTable => {
      const single = { kind: "flat" as const, yen };
      return {
        ...zoned,
        single,
        linkedCardOffPercent: percent,
        childPercent: percent,
        roundUpToYen,
      };
    });
  fc.assert(
    fc.property(table, question, (made, asked) => {
      const fare = fareOf(made, asked);
      if (fare.kind !== "settled") throw new Error("a flat fare is always settled");
      const { yen, regularYen } = fare;
      expect(Number.isInteger(yen) && yen >= 0).toBe(true);
      expect(yen).toBeLessThanOrEqual(regularYen);
    }),
  );
});

test.each([
  { day: "2026-03-31", yen: undefined },
  { day: "2026-04-01", yen: 200 },
  { day: "2026-09-30", yen: 200 },
  { day: "2026-10-01", yen: 230 },
])("on $day a ride costs $yen yen", ({ day, yen }) => {
  const [first] = defaultFares;
  const raised = { ...first, validFrom: "2026-10-01", single: { kind: "flat", yen: 230 } };
  const single = faresOn(parseFares([first, raised], "test"), day)?.single;
  expect(single?.kind === "flat" ? single.yen : undefined).toBe(yen);
});

test("fare tables out of order, and products with one name, are refused", () => {
  const [table] = defaultFares;
  expect(() => parseFares([table, table], "fares.json")).toThrow("follow each other");
  const products = [...(table?.products ?? []), ...(table?.products ?? [])];
  expect(() => parseFares([{ ...table, products }], "fares.json")).toThrow("same id");
});

function passHistory(): History {
  const history = new History();
  const days = { validFrom: "2026-06-01", validUntil: "2026-06-01" };
  const pass = history.desk(-60, {
    ...{ type: "bus.pass-granted", person: ann, product: "digital-free-pass", ...days },
  });
  history.tap("box-1", 0, ann);
  history.tap("box-1", 100, ben);
  history.desk(3_600, { type: "bus.pass-ended", pass, reason: "returned" });
  history.tap("box-1", 7_200, ann);
  history.tap("box-1", 24 * 3_600, ann);
  return history;
}

test("a pass is one person's, on its days, until it is given back", () => {
  const [second, first] = passHistory().shown().serviceDays;
  expect(first?.fares).toEqual({
    yen: 400,
    byProduct: [
      { product: "digital-free-pass", rides: 1, yen: 0, regularYen: 200 },
      { product: "single", rides: 2, yen: 400, regularYen: 400 },
    ],
    unsettled: 0,
  });
  expect(second?.fares).toMatchObject({ yen: 200 });
});

test("a transit card is a person's once they proved themselves, and its tap is then theirs", () => {
  const history = new History();
  const proof = history.tap("box-1", -3_600, ann, true);
  history.desk(-1_800, { type: "bus.card-linked", card: cardHash, person: ann, proof });
  history.say("box-1", 0, { type: "bus.card-tapped", card: cardHash });
  history.tap("box-1", 20, ann);
  const { days, serviceDays } = history.shown();
  expect(days[0]?.devices).toMatchObject([{ boarded: 2, repeated: 1 }]);
  // The proving ride came before the link.
  expect(serviceDays[0]?.fares).toMatchObject({ yen: 200 + 180 });
});

test.each([
  { why: "nobody proved anything", proved: false, who: ann },
  { why: "somebody else proved themselves", proved: true, who: ben },
])("a link counts for nothing where $why", ({ proved, who }) => {
  const history = new History();
  const proof = history.tap("box-1", -3_600, who, proved);
  history.desk(-1_800, { type: "bus.card-linked", card: cardHash, person: ann, proof });
  history.tap("box-1", 0, ann);
  expect(history.shown().serviceDays[0]?.fares.byProduct).toMatchObject([{ product: "single" }]);
});

test("a proof that arrives after the link, and after somebody looked, makes the link good", () => {
  const history = new History();
  const proof = history.tap("box-1", -3_600, ann, true);
  history.desk(-1_800, { type: "bus.card-linked", card: cardHash, person: ann, proof });
  history.tap("box-2", 0, ann);
  const [late, ...early] = history.events;
  const views = new Views(timeZone);
  for (const [at, event] of early.entries()) {
    views.apply({ index: at + 1, event, refusal: null });
    views.show("bus.boarding");
  }
  views.apply({ index: 3, event: late!, refusal: null });
  expect(views.show("bus.boarding")).toEqual(history.shown());
  expect(history.shown().serviceDays[0]?.fares).toMatchObject({ yen: 380 });
});

test("a card that is linked no more, or to somebody else, is not the first person's", () => {
  const history = new History();
  const proof = history.tap("box-1", -3_600, ann, true);
  history.desk(-1_800, { type: "bus.card-linked", card: cardHash, person: ann, proof });
  history.desk(-900, { type: "bus.card-unlinked", card: cardHash });
  history.tap("box-1", 0, ann);
  expect(history.shown().serviceDays[0]?.fares).toMatchObject({ yen: 400 });
});

test("of a transit card travels a keyed hash: 43 characters that tell nothing without the key", () => {
  const identifier = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(transitCardDigest(identifier, one)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(transitCardDigest(identifier, one)).toBe(transitCardDigest(identifier, one));
  expect(transitCardDigest(identifier, one)).not.toBe(transitCardDigest(identifier, other));
  expect(() => transitCardDigest(identifier.subarray(1), one)).toThrow("8 bytes");
  expect(() => transitCardDigest(identifier, Buffer.alloc(8))).toThrow("32 bytes");
});

test("the settings that the page shows are settings", () => {
  const page = readFileSync(new URL("../../docs/bus.md", import.meta.url), "utf8");
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  expect(policyFileSchema.parse(JSON.parse(example)).sections?.bus?.fares).toHaveLength(2);
});
