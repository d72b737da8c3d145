import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPolicy } from "#contract/policy-word.ts";
import { defaultFares } from "#firmware-config/fares.ts";
import { namedIn, policyFileSchema } from "#firmware-config/policy-file.ts";
import { defaultTaxiTerms } from "#firmware-config/taxi.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { PolicyBook } from "#gateway/policy/policy-book.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const [ann] = [person("a")];
const [terms] = defaultTaxiTerms;
const [fares] = defaultFares;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** Signs as another process would: a running gateway has to see it. */
async function sign(policy: object): Promise<void> {
  using book = new PolicyBook(gatewayFiles(folder.path).policies);
  await book.sign(policy, 0 as never, keyPairFile(gatewayFiles(folder.path).key).privateKey, "t");
}

/** A gateway, and a box whose events reach its ledger. */
async function cityWith(id: string) {
  const running = await startGateway(folder.path);
  const { gateway, mqttUrl, httpUrl, ask } = running;
  const box = new TestDevice(id, 7);
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(mqttUrl);
  const say = async (body: object, at: string) => {
    await box.publish(await box.next(body as never, { at: Date.parse(at) as never }));
    expect(await box.answer(gateway.publicKey)).toMatchObject({ kind: "receipt" });
  };
  const admit = async (service: string, at: string) => {
    const made = { type: "decision.made", service, outcome: "admit", reason: "face-matched" };
    await say({ ...made, person: ann, evidence: [face] }, at);
  };
  const scopes = ["policy:read", "taxi:write", "bus:read"] as const;
  const client = new ApiClient(gateway, httpUrl, [...scopes]);
  const view = async <Of>(name: string) =>
    ((await (await ask(`/api/views/${name}`)).json()) as { view: Of }).view;
  return {
    ...{ gateway, client, say, admit, view },
    [Symbol.asyncDispose]: async () => {
      await box[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

test("a yearly cap of the taxi that is lowered from a date counts from that date, and not before", async () => {
  await using city = await cityWith("taxi-1");
  const { client, say, admit, view } = city;
  await client.post("/api/taxi/entitlements", {
    ...{ entitlement: "E-1", person: ann, validFrom: "2026-01-01", validUntil: null },
    category: "age-75",
  });
  for (const [i, day] of ["2026-09-29", "2026-09-30", "2026-10-01"].entries()) {
    await admit("taxi.subsidised-ride", `${day}T12:00:00+09:00`);
    const rider = { person: ann, tap: i * 2 + 1, tapAgoMs: 600_000, subsidyYen: 500 };
    const riders = [{ ...rider, leftToday: 1, leftThisYear: 100, allowance: 1 }];
    const ride = { type: "taxi.ride-ended", company: "C-1", fareYen: 1_000, riders };
    await say(ride, `${day}T12:10:00+09:00`);
  }
  const rides = () => view<TaxiRides>("taxi.subsidised-ride");
  expect((await rides()).overdraws).toEqual([]);
  const policy = { rules: { taxi: [{ ...terms, validFrom: "2026-10-01", ridesPerYear: 1 }] } };
  const simulated = (await client.post("/api/policy/simulate", { policy })).body;
  const differing = { rides: 3, differing: 1, overdraws: { now: 0, changed: 1 } };
  expect(simulated).toMatchObject({
    rules: { taxi: { ...differing, examples: [{ device: "taxi-1", sequence: 6 }] } },
  });
  await sign(policy);
  expect((await rides()).overdraws).toMatchObject([
    { day: "2026-10-01", flaw: "over-year", ofYear: 3 },
  ]);
  const explained = async (at: string) =>
    await client.json(`/api/policy/explain?service=taxi.subsidised-ride&at=${at}`);
  const cap = (ridesPerYear: number) => ({ rules: { taxi: { ridesPerYear } } });
  expect(await explained("2026-09-30T14:59:59.999Z")).toMatchObject(cap(120));
  expect(await explained("2026-09-30T15:00:00Z")).toMatchObject(cap(1));
});

test("a fare that changes from a day is charged from that day, in the view and in the operator's file", async () => {
  await using city = await cityWith("bus-1");
  const { client, admit, view } = city;
  for (const day of ["2026-09-30", "2026-10-01"]) {
    await admit("bus.boarding", `${day}T08:00:00+09:00`);
  }
  const yen = async () =>
    (await view<BusBoarding>("bus.boarding")).serviceDays.map((one) => one.fares.yen);
  expect(await yen()).toEqual([200, 200]);
  const raised = { ...fares, validFrom: "2026-10-01", single: { kind: "flat", yen: 230 } };
  const policy = { rules: { bus: { fares: [raised] } } };
  const simulated = (await client.post("/api/policy/simulate", { policy })).body;
  const differing = { yen: { now: 400, changed: 430 }, differing: 1, days: ["2026-10-01"] };
  expect(simulated).toMatchObject({ rules: { bus: differing } });
  await sign(policy);
  expect(await yen()).toEqual([230, 200]);
  const rows = await (await client.get("/api/bus/days/2026-10-01/rides.csv")).text();
  expect(rows).toContain("230");
});

test("a service day goes by its own rules: another minute, and another hour at which days begin", async () => {
  await using city = await cityWith("bus-1");
  const { admit, view } = city;
  for (const at of ["2026-09-30T08:00:00", "2026-09-30T08:01:30", "2026-10-01T08:00:00"]) {
    await admit("bus.boarding", `${at}+09:00`);
  }
  await admit("bus.boarding", "2026-10-01T08:01:30+09:00");
  await admit("bus.boarding", "2026-10-02T01:30:00+09:00");
  const days = async () =>
    (await view<BusBoarding>("bus.boarding")).serviceDays.map(({ day, vehicles }) => [
      ...[day, vehicles[0]?.boarded],
    ]);
  expect(await days()).toEqual([
    ["2026-10-01", 3],
    ["2026-09-30", 2],
  ]);
  const changed = { validFrom: "2026-10-01T00:00:00+09:00", repeatWindowSeconds: 120 };
  await sign({ rules: { bus: { rules: [{ ...changed, serviceDayStartsHour: 0 }] } } });
  expect(await days()).toEqual([
    ["2026-10-02", 1],
    ["2026-10-01", 1],
    ["2026-09-30", 2],
  ]);
});

test("a policy with rules is signed in the second form, and one without in the first", async () => {
  await using city = await cityWith("bus-1");
  const { gateway } = city;
  const word = async () =>
    await openPolicy(gateway.policies.book.newest()?.sealed ?? "", gateway.publicKey);
  await sign({ counter: { method: "phone" } });
  expect(await word()).toMatchObject({ v: 1, rows: { counter: { method: "phone" } } });
  const rules = { serviceTerms: [{ service: "payment", validFrom: past, endsAt: past }] };
  await sign({ counter: { method: "phone" }, rules });
  expect(await word()).toMatchObject({ v: 2, rows: { counter: { method: "phone" } }, rules });
  expect(gateway.policies.rules.serviceTerms).toEqual(rules.serviceTerms);
  // What the next file no longer names is what ships again.
  await sign({});
  expect(gateway.policies.rules.serviceTerms).toEqual([]);
  expect(gateway.policies.table.counter[0]?.policy.method).toBe("card");
  expect(await rejectedWith(sign({ rules: { taxi: [] } }))).toBe("CONFIG_INVALID");
  expect(await rejectedWith(sign({ rules: { taxis: [terms] } }))).toBe("CONFIG_INVALID");
});

const past = "2026-04-01T00:00:00+09:00";

test("the policy that the page shows is one", () => {
  const page = readFileSync(new URL("../../docs/services.md", import.meta.url), "utf8");
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const policy = policyFileSchema.parse(JSON.parse(example));
  expect(namedIn(policy)).toEqual(["payment", "rules.taxi", "rules.serviceTerms"]);
});
