import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { sealPolicy } from "#contract/policy-word.ts";
import { PolicyShelf } from "#device/policy/policy-shelf.ts";
import { shippedRules } from "#firmware-config/city-rules.ts";
import { policyAt, tableOf } from "#firmware-config/policy-table.ts";
import { defaultTaxiTerms, taxiTermsOn } from "#firmware-config/taxi.ts";
import { temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { rejectedWith } from "#test/support/code-of.ts";

const gateway = keyOfSeed(2);
const sealed = (version: number, rows: Record<string, unknown>, key = gateway.privateKey) =>
  sealPolicy({ v: 1, version, signedAt: 0 as WallMs, rows }, key);
const methodOn = (shelf: PolicyShelf) => policyAt(shelf.tableOr(tableOf({})), "counter", 0).method;

test("the newest table holds, outlives a restart, and older or broken ones are refused with a code", async () => {
  using folder = temporaryFolder();
  const options = { path: `${folder.path}/policy.jws`, gatewayKey: gateway.publicKey };
  const shelf = new PolicyShelf(options);
  expect([await shelf.load(), shelf.version, methodOn(shelf)]).toEqual([true, undefined, "card"]);
  await shelf.take(await sealed(4, { counter: { method: "phone" } }));
  expect([shelf.version, methodOn(shelf)]).toEqual([4, "phone"]);

  const refused: [string, string][] = [
    [await sealed(3, { counter: { method: "card" } }), "POLICY_OLDER"],
    [await sealed(9, { counter: { method: "card" } }, keyOfSeed(3).privateKey), "POLICY_INVALID"],
    [await sealed(9, { counter: { method: "wink" } }), "POLICY_INVALID"],
    [await sealed(9, { "hotel.breakfast": { method: "card" } }), "POLICY_INVALID"],
    ["rubbish", "POLICY_INVALID"],
  ];
  for (const [word, code] of refused) {
    expect(await rejectedWith(shelf.take(word))).toBe(code);
    expect(shelf.health()).toEqual({ policyVersion: 4, policyRefusal: code });
  }
  const again = new PolicyShelf(options);
  expect([await again.load(), again.version, methodOn(again)]).toEqual([true, 4, "phone"]);
  // The same once more is no news and no error: the gateway sends until it hears.
  await again.take(await sealed(4, { counter: { method: "phone" } }));
  expect(again.refusal).toBeUndefined();
});

test("a table that somebody wrote to the disk counts for nothing", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/policy.jws`;
  writeFileSync(path, await sealed(7, { counter: { method: "phone" } }, keyOfSeed(3).privateKey));
  const shelf = new PolicyShelf({ path, gatewayKey: gateway.publicKey });
  expect([await shelf.load(), shelf.version, methodOn(shelf)]).toEqual([false, undefined, "card"]);
  expect(shelf.refusal).toBe("POLICY_INVALID");
});

test("rules in the signed word hold on the box, and a word without any leaves what it was set up with", async () => {
  using folder = temporaryFolder();
  const shelf = new PolicyShelf({
    ...{ path: `${folder.path}/policy.jws`, gatewayKey: gateway.publicKey },
  });
  const [terms] = defaultTaxiTerms;
  const withRules = (version: number, rules: Record<string, unknown>) =>
    sealPolicy({ v: 2, version, signedAt: 0 as WallMs, rows: {}, rules }, gateway.privateKey);
  const yearly = (day: string) => taxiTermsOn(shelf.rulesOr(shippedRules).taxi, day)?.ridesPerYear;
  expect(yearly("2026-10-01")).toBe(120);
  const lowered = { taxi: [{ ...terms, validFrom: "2026-10-01", ridesPerYear: 60 }] };
  await shelf.take(await withRules(3, lowered));
  expect([yearly("2026-09-30"), yearly("2026-10-01")]).toEqual([120, 60]);
  expect(await rejectedWith(shelf.take(await withRules(2, {})))).toBe("POLICY_OLDER");
  const wrong = [{ taxi: [{ ...terms, ridesPerYear: -1 }] }, { hotel: [] }];
  for (const rules of wrong) {
    expect(await rejectedWith(shelf.take(await withRules(9, rules)))).toBe("POLICY_INVALID");
  }
  expect(yearly("2026-10-01")).toBe(60);
  await shelf.take(await sealed(4, { counter: { method: "phone" } }));
  expect(shelf.rulesOr({ ...shippedRules, taxi: [] }).taxi).toEqual([]);
});
