import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import type { Evidence } from "#contract/events.ts";
import { openPolicy } from "#contract/policy-word.ts";
import { parseTopic } from "#contract/topics.ts";
import { policyRowsSchema, tableOf } from "#firmware-config/policy-table.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { PolicyBook } from "#gateway/policy/policy-book.ts";
import { simulatePolicy } from "#gateway/policy/simulate.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { runCommand } from "#test/support/run-command.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import { card, face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const faceAt = (rate: number): Evidence => ({ ...face, falseMatchRate: rate }) as Evidence;
const stricter = {
  "bus.boarding": {
    ...{ method: "face", falsePositiveIdentificationRateMax: 0.001, likelyRateMax: 0.1 },
    ...{ marginMin: 0.01, liveness: "not-required", whenUnsure: "ask-card", whenUnknown: "refuse" },
  },
};

/** A ledger with boardings at these rates, each of which the default table admitted. */
async function ledgerOf(boardings: readonly number[]) {
  const made = new ServiceDeskUnderTest();
  for (const rate of boardings) {
    made.box((boxes) => boxes.admit("bus-1", "bus.boarding", person("a"), [faceAt(rate)]));
  }
  const entries = made.events.map((event, at) => {
    const sealed = `x.${Buffer.from(JSON.stringify(event)).toString("base64url")}.y`;
    return { index: at + 1, sealed, refusal: null };
  });
  const after = (index: number, limit: number) => entries.slice(index, index + limit) as never;
  made[Symbol.dispose]();
  return { after, count: entries.length };
}

test("a stricter rate turns away those whose face was worth less, and names them by their events", async () => {
  const ledger = await ledgerOf([0.0005, 0.001, 0.0011, 0.009]);
  const tables = { now: tableOf({}), changed: tableOf(policyRowsSchema.parse(stricter)) };
  expect(await simulatePolicy(ledger, tables)).toEqual({
    ...{ entries: 4, leftOut: 0 },
    services: [
      {
        ...{ service: "bus.boarding", decisions: 4, differing: 2, askedOtherwise: 0 },
        differences: [
          {
            ...{
              was: "admit",
              reason: "face-matched",
              askedFor: "face",
              wouldBe: "ask-card",
              wouldAskFor: "face",
              count: 2,
            },
            examples: [
              { device: "bus-1", sequence: 3 },
              { device: "bus-1", sequence: 4 },
            ],
          },
        ],
      },
    ],
  });
  const same = await simulatePolicy(ledger, { now: tables.now, changed: tables.now });
  expect(same.services).toMatchObject([{ decisions: 4, differing: 0, differences: [] }]);
  const newest = await simulatePolicy(ledger, tables, { entriesMax: 1 });
  expect(newest).toMatchObject({ entries: 1, leftOut: 3, services: [{ decisions: 1 }] });
});

test.each([
  { evidence: [faceAt(0.0005)], to: { method: "card" }, wouldBe: "ask-card" },
  { evidence: [faceAt(0.0005), card()], to: { method: "card" }, wouldBe: undefined },
  { evidence: [card()], to: { method: "phone" }, wouldBe: undefined },
  { evidence: [faceAt(0.0005)], to: { method: "phone" }, wouldBe: "refuse" },
])(
  "an admission with $evidence.length factors would be $wouldBe under $to.method",
  async ({ evidence, to, wouldBe }) => {
    const made = new ServiceDeskUnderTest();
    made.box((boxes) => boxes.admit("till-1", "bus.boarding", person("a"), evidence as Evidence[]));
    const sealed = `x.${Buffer.from(JSON.stringify(made.events[0])).toString("base64url")}.y`;
    made[Symbol.dispose]();
    const entries = [{ index: 1, sealed, refusal: null }];
    const ledger = { after: (index: number) => entries.slice(index) as never, count: 1 };
    const changed = tableOf(policyRowsSchema.parse({ "bus.boarding": to }));
    const simulated = await simulatePolicy(ledger, { now: tableOf({}), changed });
    const [found] = simulated.services;
    expect(found?.differences[0]?.wouldBe).toBe(wouldBe);
    expect(found?.askedOtherwise).toBe(1);
  },
);

test("a signed table reaches a box by what its health says, is on record once, and opens with the key", async () => {
  await using running = await startGateway(folder.path);
  const { gateway } = running;
  const { privateKey } = (await import("#runtime/key-file.ts")).keyPairFile(
    gatewayFiles(folder.path).key,
  );
  using book = new PolicyBook(gatewayFiles(folder.path).policies); // As another process would.
  await book.sign(stricter, 0 as never, privateKey, "a test");
  await using box = new TestDevice("bus-1", 7);
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  const came = new Promise<string>((resolve) => {
    box.client.on("message", (topic, payload) => {
      if (parseTopic(topic)?.channel === "policy") resolve(payload.toString("latin1"));
    });
  });
  await box.sayHealth(0);
  const sealed = await came;
  const word = await openPolicy(sealed, gateway.publicKey);
  expect(word).toMatchObject({ version: 1, rows: stricter });
  const entry = gateway.ledger.after(0, 10).find(({ sealed: text }) => text.includes("."));
  const body = JSON.parse(
    Buffer.from(entry?.sealed.split(".")[1] ?? "", "base64url").toString("utf8"),
  ).body;
  expect(body).toEqual({ type: "policy.put-in-force", version: 1, table: digestOf(sealed) });
  const before = gateway.ledger.count;
  await box.sayHealth(0, { policyVersion: 1 });
  await box.sayHealth(0, { policyVersion: 2 });
  expect(gateway.ledger.count).toBe(before);

  const page = new ApiClient(gateway, running.httpUrl, ["policy:read"]);
  expect(await page.json("/api/policy")).toMatchObject({ version: 1 });
  const asked = "/api/policy/explain?service=payment&amount=100000";
  expect(await page.json(asked)).toMatchObject({ method: "phone", tier: { number: 2 } });
  expect((await page.get("/api/policy/explain?service=payment&amount=-1")).status).toBe(400);
  const simulated = await page.post("/api/policy/simulate", {
    policy: { counter: { method: "phone" } },
  });
  expect(simulated).toMatchObject({ status: 200, body: { services: [] } });
  const wrong = await page.post("/api/policy/simulate", {
    policy: { counter: { method: "wink" } },
  });
  expect(wrong).toMatchObject({ status: 400, body: { code: "USAGE" } });
});

/** Runs a command on this test's folder and reads the JSON that it prints. */
async function tebura(...args: string[]) {
  const { status, out } = await runCommand([...args, "--data", folder.path, "--json"]);
  return { status, said: JSON.parse(out) };
}

test("on the command line a table is checked, signed, shown, explained and simulated", async () => {
  {
    await using _ = await startGateway(`${folder.path}/gateway`); // It makes the gateway's keys and ledger.
  }
  const file = `${folder.path}/table.json`;
  writeFileSync(file, JSON.stringify(stricter));
  const bad = `${folder.path}/bad.json`;
  writeFileSync(bad, JSON.stringify({ payment: { method: "face", thresholds: 3 } }));
  expect(await tebura("policy", "check", file)).toMatchObject({
    status: 0,
    said: { version: null },
  });
  for (const [named, code] of [
    [[`${folder.path}/none.json`], "CONFIG_INVALID"] as const,
    [[folder.path], "CONFIG_INVALID"] as const,
    [[], "USAGE"] as const,
  ]) {
    const { said } = await tebura("policy", "check", ...named);
    expect(said, named.join()).toMatchObject({ error: { code } });
  }
  const marked = `${folder.path}/marked.json`;
  writeFileSync(marked, `\uFEFF${JSON.stringify(stricter)}`);
  expect(await tebura("policy", "check", marked)).toMatchObject({ status: 0 });
  expect(await tebura("policy", "check", bad)).toMatchObject({
    ...{ status: 1, said: { error: { code: "CONFIG_INVALID" } } },
  });
  expect(await tebura("policy", "sign", bad)).toMatchObject({ status: 1 });
  expect(await tebura("policy", "show")).toMatchObject({ said: { version: null, signed: [] } });
  expect(await tebura("policy", "sign", file)).toMatchObject({ status: 0, said: { version: 1 } });
  expect(await tebura("policy", "sign", file)).toMatchObject({ said: { version: 2 } });
  expect(await tebura("policy", "show")).toMatchObject({ said: { version: 2 } });
  using book = new PolicyBook(gatewayFiles(`${folder.path}/gateway`).policies);
  writeFileSync(`${folder.path}/signed.jws`, book.newest()?.sealed ?? "");
  const checked = await tebura("policy", "check", `${folder.path}/signed.jws`);
  expect(checked).toMatchObject({ status: 0, said: { version: 2, rows: ["bus.boarding"] } });
  const explained = await tebura("policy", "explain", "--service", "bus.boarding");
  expect(explained.said.face.falsePositiveIdentificationRateMax).toBe(0.001);
  const simulated = await tebura("policy", "simulate", "--policy", file);
  expect(simulated).toMatchObject({ status: 0, said: { entries: 0, services: [] } });
  const odd = await tebura("policy", "explain", "--service", "hotel.breakfast");
  expect(odd.said.error.code).toBe("SERVICE_UNKNOWN");
});
