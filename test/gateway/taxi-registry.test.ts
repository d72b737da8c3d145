import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { openAllowance } from "#contract/taxi-allowance.ts";
import { defaultTaxiTerms } from "#firmware-config/taxi.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { allowanceList } from "#gateway/lists/allowance-list.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { type RecordKind, type RecordOf, recordSchemas } from "#gateway/persons/records.ts";
import { grantsByRegistry } from "#gateway/taxi/registry-grants.ts";
import { RegistryKeeper } from "#gateway/taxi/registry-keeper.ts";
import { registryWord } from "#gateway/taxi/registry-word.ts";
import type { TaxiEntitlement } from "#gateway/views/taxi-rides.ts";
import { dayIn } from "#gateway/views/view.ts";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { ann, tokyo } from "./taxi-history.ts";

type Facts = NonNullable<Parameters<typeof grantsByRegistry>[1]>;
const service = "taxi.subsidised-ride";
const facts = (birthDate?: string, ...held: Facts["held"]): Facts => ({ birthDate, held });
const licence = { entitlement: "no-driving-licence", from: "2020-01-01" } as const;
const returned = { entitlement: "returned-driving-licence", from: "2026-05-10" } as const;
const care = {
  entitlement: "care-certification",
  from: "2025-01-01",
  until: "2026-05-10",
} as const;
const renewed = { ...care, from: "2026-05-11", until: "2027-05-10" } as const;

test.each([
  { by: facts("1951-05-10"), category: "age-75", day: "2026-05-09", says: "contradicted" },
  { by: facts("1951-05-10"), category: "age-75", day: "2026-05-10", says: "held" },
  { by: facts("1952-02-29"), category: "age-75", day: "2027-02-28", says: "contradicted" },
  { by: facts("1952-02-29"), category: "age-75", day: "2027-03-01", says: "held" },
  { by: facts(), category: "age-75", day: "2026-05-10", says: "silent" },
  ...["2026-05-09", "2026-05-10"].map((day, i) => ({
    ...{ by: facts("1961-05-10", licence), category: "age-65-no-driving-licence", day },
    says: ["contradicted", "held"][i],
  })),
  ...["2025-02-28", "2025-03-01"].map((day, i) => ({
    ...{ by: facts("1960-02-29", licence), category: "age-65-no-driving-licence", day },
    says: ["contradicted", "held"][i],
  })),
  {
    ...{ by: facts("1961-05-10"), category: "age-65-no-driving-licence", day: "2026-05-10" },
    says: "silent",
  },
  ...["2026-05-09", "2026-05-10"].map((day, i) => ({
    ...{ by: facts("1980-01-01", returned), category: "returned-driving-licence", day },
    says: ["contradicted", "held"][i],
  })),
  ...["2024-12-31", "2025-01-01", "2026-05-10", "2026-05-11"].map((day, i) => ({
    ...{ by: facts("1980-01-01", care), category: "care-certification", day },
    says: ["contradicted", "held", "held", "contradicted"][i],
  })),
  { by: facts("1980-01-01"), category: "pregnancy", day: "2026-05-10", says: "silent" },
  { by: facts("1980-01-01"), category: "rich", day: "2026-05-10", says: undefined },
])("of $category on $day the registry of $by says $says", ({ by, category, day, says }) => {
  expect(registryWord(by, defaultTaxiTerms, category, day)?.says).toBe(says);
});

test("an age that a later row of the terms raises counts from that row on", () => {
  const [terms] = defaultTaxiTerms;
  const older = [{ category: "age-75", ageMin: 80, needs: null }];
  const table = [terms!, { ...terms!, validFrom: "2026-10-01", categories: older }];
  const on = (day: string) => registryWord(facts("1950-01-01"), table, "age-75", day)?.says;
  expect([on("2026-09-30"), on("2026-10-01")]).toEqual(["held", "contradicted"]);
});

const window = { today: "2026-05-08", until: "2026-05-14" };
const stated = (one: Partial<TaxiEntitlement>): TaxiEntitlement => ({
  ...{ entitlement: "E-1", category: "age-75", validFrom: "2026-01-01", validUntil: null },
  ...{ revokedFrom: null, ...one },
});
const settled = (entitlements: readonly TaxiEntitlement[], by: Facts | undefined) =>
  grantsByRegistry({ person: ann, entitlements }, by, defaultTaxiTerms, window).map(
    ({ type: _, person: __, ...one }) => Object.values(one).join(" "),
  );

test.each([
  ["turning 75", [], facts("1951-05-10"), ["registry-1 age-75 2026-05-10 "]],
  [
    "a certificate's last days, renewed",
    ...([[], facts("1980-01-01", care, renewed)] as const),
    ["registry-1 care-certification 2026-05-08 2027-05-10"],
  ],
  [
    "a certificate that ends before the 75th birthday",
    ...([[], facts("1951-05-13", care)] as const),
    ["registry-1 care-certification 2026-05-08 2026-05-10", "registry-2 age-75 2026-05-13 "],
  ],
  [
    "a stated certificate that has ended",
    [stated({ category: "care-certification" })],
    facts("1980-01-01", care),
    ["E-1 care-certification 2026-01-01 2026-05-10"],
  ],
  [
    "a stated age that is wrong",
    ...([[stated({})], facts("1960-01-01")] as const),
    ["E-1 age-75 2026-01-01 2026-05-07"],
  ],
  [
    "a stated category of which the registry holds nothing",
    ...([[stated({ category: "pregnancy" })], facts("1990-01-01"), []] as const),
  ],
  [
    "a granted category of which the registry holds nothing any more",
    [stated({ entitlement: "registry-1", category: "pregnancy" })],
    facts("1990-01-01"),
    ["registry-1 pregnancy 2026-01-01 2026-05-07"],
  ],
  [
    "somebody who left the registry",
    [stated({ entitlement: "registry-1" }), stated({})],
    undefined,
    ["registry-1 age-75 2026-01-01 2026-05-07"],
  ],
  [
    "somebody from whom a clerk took it",
    ...([[stated({ revokedFrom: "2026-05-01" })], facts("1940-01-01"), []] as const),
  ],
] as const)("what goes on record of %s", (_, entitlements, by, expected) => {
  expect(settled(entitlements, by)).toEqual(expected);
});

test("what was put on record once needs nothing more on the days after", () => {
  const by = facts("1951-05-13", care);
  const first = grantsByRegistry({ person: ann, entitlements: [] }, by, defaultTaxiTerms, window);
  const held = first.map(({ type: _, person: __, ...one }) => ({ ...one, revokedFrom: null }));
  for (const today of ["2026-05-08", "2026-05-10", "2026-05-11", "2026-05-13"]) {
    const later = { today, until: "2026-05-30" };
    const again = { person: ann, entitlements: held };
    expect(grantsByRegistry(again, by, defaultTaxiTerms, later)).toEqual([]);
  }
});

const key = generateKeyPairSync("ed25519");
const clock = { ...systemClock, wall: () => now as WallMs };
let now = tokyo("2026-05-09T23:59:00");
let city: Awaited<ReturnType<typeof cityWithRegistry>>;
beforeAll(async () => {
  city = await cityWithRegistry();
});
afterAll(async () => await city?.[Symbol.asyncDispose]());

async function cityWithRegistry() {
  const folder = temporaryFolder();
  const running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
  const { gateway } = running;
  const put = <K extends RecordKind>(kind: K, record: RecordOf<K>) => {
    const parsed = recordSchemas[kind].parse(record) as unknown as RecordOf<K>;
    gateway.persons.write(() => {
      for (const draft of draftsOf(kind, parsed)) gateway.persons.put(draft);
      return { result: undefined, keep: true };
    });
  };
  const enrol = async (reference: string, birthDate: string, more: object = {}) => {
    put("persons", { reference, name: reference, birthDate, ...more });
    const id = gateway.persons.idOf(reference) as PersonId;
    const person = gateway.persons.pseudonymOf(service, id);
    const from = tokyo("2026-01-01T00:00:00") as WallMs;
    const span = { signedAt: from, from, until: tokyo("2030-01-01T00:00:00") as WallMs };
    await gateway.desk.record({
      ...{ type: "consent.given", service, person, ...span, by: "self" },
      statement: "A".repeat(43),
    } as never);
    return person;
  };
  const client = new ApiClient(gateway, running.httpUrl, ["taxi:read", "taxi:write"]);
  const { taxiRegistry } = gateway.services;
  const spoil = (id: PersonId) => {
    const database = new Database(join(folder.path, "registry.db"));
    database.prepare("UPDATE records SET sealed = zeroblob(60) WHERE id = ?").run(id);
    database.close();
  };
  const view = async () =>
    (
      (await (await running.ask(`/api/views/${service}`)).json()) as {
        view: { persons: unknown[] };
      }
    ).view;
  return {
    ...{ gateway, put, enrol, client, view, taxiRegistry, spoil },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const grant = (person: Pseudonym, category: string, more: object = {}) =>
  city.client.post("/api/taxi/entitlements", {
    ...{ entitlement: "E-1", person, category, validFrom: "2026-05-09", validUntil: null },
    ...more,
  });

test("a stated category is refused with what the registry lacks, and the look at it is on record", async () => {
  const person = await city.enrol("young", "1951-05-10");
  const refused = await grant(person, "age-75");
  expect(refused).toMatchObject({ status: 422, body: { code: "TAXI_CATEGORY_NOT_HELD" } });
  expect(refused.body["message"]).toBe(
    "the registry does not give age-75 on 2026-05-09: it lacks the age of 75",
  );
  expect((await grant(person, "pregnancy")).body["message"]).toMatch(/lacks pregnancy that counts/);
  const looks = city.gateway.ledger
    .after(0, 1_000)
    .filter((entry) => placed(entry).event.body.type === "registry.looked");
  expect(looks).toHaveLength(2);
  expect(await grant(person, "age-75", { validFrom: "2026-05-10" })).toMatchObject({ status: 200 });
});

test("a number of the registry's own grants is nobody else's", async () => {
  const refused = await grant(ann, "age-75", { entitlement: "registry-1" });
  expect(refused).toMatchObject({ status: 422, body: { code: "ENTITLEMENT_NUMBER_RESERVED" } });
  expect(refused.body["message"]).toContain("give it another number");
  expect(await grant(ann, "age-75", { entitlement: "registered-1" })).toMatchObject({
    status: 200,
  });
});

test("an entitlement ends with the registry's certificate, however long it was stated", async () => {
  const person = await city.enrol("cared", "1980-01-01");
  city.put("entitlements", { person: "cared", ...care });
  expect((await grant(person, "care-certification")).body).toMatchObject({
    validUntil: "2026-05-10",
  });
});

test("whom the registry does not know, and who is under protection, are entitled as stated", async () => {
  expect(await grant(ann, "age-75")).toMatchObject({ status: 200 });
  const hidden = await city.enrol("hidden", "1990-01-01", { protected: true });
  expect(await grant(hidden, "age-75")).toMatchObject({ status: 200 });
});

test("turning 75 is on the next allowance without a clerk, and a certificate's end takes somebody off", async () => {
  const turning = await city.enrol("turning", "1951-05-10");
  const ending = await city.enrol("ending", "1980-01-01");
  city.put("entitlements", { person: "ending", ...care });
  const dayOf = dayIn("Asia/Tokyo");
  const shown = async (at: string) => {
    now = tokyo(at);
    await city.taxiRegistry.settle();
    const { persons } = (await city.view()) as { persons: { person: string }[] };
    const source = allowanceList({
      ...{ record: async () => ({ index: 7 }), clock, dayOf, terms: () => defaultTaxiTerms },
      ...{ rides: () => ({ persons, overdraws: [], findings: [], counted: [] }) as never },
      privateKey: key.privateKey,
      settleByRegistry: () => city.taxiRegistry.settle(),
    });
    const list = await source.current("taxi-1" as never, 0, now as WallMs);
    const sheet = await openAllowance(list!.sheets[0]!, "taxi-1" as never, key.publicKey);
    return [turning, ending].map(
      (one) => sheet.persons.find(({ person }) => person === one)?.entitledUntil,
    );
  };
  expect(await shown("2026-05-09T23:59:59")).toEqual([undefined, "2026-05-10"]);
  expect(await shown("2026-05-10T00:00:00")).toEqual(["2026-05-16", "2026-05-10"]);
  expect(await shown("2026-05-11T00:00:00")).toEqual(["2026-05-17", undefined]);
});

test("one record that does not open leaves the others their allowances, and one line of the log tells its code", async () => {
  now = tokyo("2026-06-01T09:00:00");
  const spoilt = await city.enrol("spoilt", "1940-01-01");
  const later = await city.enrol("later", "1941-01-01");
  const { persons, desk } = city.gateway;
  city.spoil(persons.idOf("spoilt")!);
  const lines: (readonly [string, object | undefined])[] = [];
  const granted: unknown[] = [];
  const keeper = new RegistryKeeper({
    ...{ registry: persons, clock, dayOf: dayIn("Asia/Tokyo"), terms: () => defaultTaxiTerms },
    rides: () => ({ persons: [], overdraws: [], findings: [], counted: [] }),
    agreed: () => [spoilt, later],
    record: async (body) => granted.push(body) && desk.record(body),
    log: (event, fields) => lines.push([event, fields]),
  });
  await keeper.settle();
  expect(granted).toMatchObject([{ person: later, category: "age-75" }]);
  expect(lines).toEqual([["taxi.registry-unreadable", { code: "DATA_CORRUPT", count: 1 }]]);
  expect(JSON.stringify(lines)).not.toContain(spoilt);
});
