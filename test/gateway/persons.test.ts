import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pseudonymSchema, type WallMs } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { openPersons, personFiles } from "#gateway/persons/open-persons.ts";
import { nameToFind } from "#gateway/persons/readings.ts";
import { personFields, recordSchemas } from "#gateway/persons/records.ts";
import { Sealer } from "#gateway/persons/sealer.ts";
import { type KeyStore, sealedMark } from "#runtime/key-store/vault.ts";
import { codeOf, rejectedWith } from "#test/support/code-of.ts";
import { clerk, hanako, registryUnderTest, taro } from "./persons-under-test.ts";

test("a look shows the fields that were asked for and no others, and is written down first", async () => {
  using under = registryUnderTest();
  expect(under.put("persons", hanako)).toEqual(["added"]);
  const query = { by: "reference", reference: hanako.reference } as const;
  const [found] = await under.registry.look(clerk, query, ["name", "language"]);
  const id = under.registry.idOf(hanako.reference)!;
  expect(found).toEqual({ id, name: hanako.name });
  expect(under.written).toEqual([
    {
      ...{ who: "operator:desk-1", why: "counter", at: Date.parse("2026-04-01T00:00:00Z") },
      ...{ what: "person", by: "reference", persons: [id], fields: ["name", "language"] },
    },
  ]);
  const text = JSON.stringify(under.written);
  for (const value of Object.values(hanako)) expect(text).not.toContain(value);
});

test("what cannot be written down is not shown", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  const audit = () => Promise.reject(new Error("the ledger is full"));
  using again = openPersons(under.dir, { clock: { wall: () => 0 as never }, audit });
  const query = { by: "reference", reference: hanako.reference } as const;
  await expect(again.registry.look(clerk, query, ["name"])).rejects.toThrow("the ledger is full");
  await expect(again.registry.ties(clerk, "wards", "R-0001")).rejects.toThrow("the ledger is full");
});

test("nothing of anybody lies open in the files: no name, no number, no tie", () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  under.put("persons", taro);
  const bond = { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true } as const;
  under.put("guardians", bond);
  under.put("entitlements", { person: "R-0002", entitlement: "pregnancy", from: "2026-04-01" });
  under.close();
  const secrets = [...Object.values(hanako), ...Object.values(taro), "father", "pregnancy"];
  for (const file of readdirSync(under.dir).filter((name) => name.startsWith("registry.db"))) {
    const bytes = readFileSync(join(under.dir, file));
    for (const secret of secrets) expect(bytes.includes(Buffer.from(secret))).toBe(false);
  }
  const files = personFiles(under.dir);
  for (const path of [files.key, files.pseudonyms]) expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("where a key store seals the keys, the folder alone opens nothing", async () => {
  const turned = (text: string) => [...text].reverse().join("");
  const store: KeyStore = {
    kind: "tpm",
    protect: (_name, text) => `${sealedMark}${turned(text)}`,
    reveal: (_name, text) =>
      text.startsWith(sealedMark) ? turned(text.slice(sealedMark.length)) : text,
    destroy: () => undefined,
  };
  using under = registryUnderTest();
  under.put("persons", hanako);
  under.close();
  const ports = { clock: { wall: () => 0 as WallMs }, audit: async () => undefined };
  openPersons(under.dir, ports, store)[Symbol.dispose](); // Keys that lay open are sealed from now on.
  expect(codeOf(() => openPersons(under.dir, ports))).toBe("KEY_STORE_UNUSABLE");
  using again = openPersons(under.dir, ports, store);
  const query = { by: "reference", reference: hanako.reference } as const;
  expect(await again.registry.look(clerk, query, ["name"])).toMatchObject([{ name: hanako.name }]);
});

test("a record that was changed, moved to another row or met with another key does not open", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  under.put("persons", taro);
  const files = personFiles(under.dir);
  const database = new Database(files.records);
  const query = { by: "reference", reference: hanako.reference } as const;
  database.exec(
    "UPDATE records SET sealed = (SELECT sealed FROM records WHERE number = 2) WHERE number = 1",
  );
  expect(await rejectedWith(under.registry.look(clerk, query, ["name"]))).toBe("DATA_CORRUPT");
  const sealer = new Sealer(Buffer.alloc(32, 1));
  const sealed = sealer.seal("person a", "text");
  expect(sealer.open("person a", sealed)).toBe("text");
  expect(codeOf(() => new Sealer(Buffer.alloc(32, 2)).open("person a", sealed))).toBe(
    "DATA_CORRUPT",
  );
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i]! ^= 1;
    expect(codeOf(() => sealer.open("person a", changed))).toBe("DATA_CORRUPT");
    expect(codeOf(() => sealer.open("person a", sealed.subarray(0, i)))).toBe("DATA_CORRUPT");
  }
  database.close();
});

test("the same record once more changes nothing, in whatever order its fields come", () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  const turned = Object.fromEntries(Object.entries(hanako).reverse()) as typeof hanako;
  expect(under.put("persons", turned)).toEqual(["unchanged"]);
  expect(under.put("persons", { ...hanako, phone: "027-224-1112" })).toEqual(["changed"]);
  expect(under.registry.count).toBe(1);
});

test("somebody is found by name or reading with the birth date, in any spelling, and never by one alone", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  const { birthDate } = hanako;
  const id = under.registry.idOf(hanako.reference);
  for (const name of ["手ぶら花子", "手ぶら　花子", "てぶらはなこ", "ﾃﾌﾞﾗ ﾊﾅｺ", "テブラ・ハナコ"]) {
    expect(await under.registry.look(clerk, { by: "name", name, birthDate }, [])).toEqual([{ id }]);
  }
  const other = { by: "name", name: hanako.name, birthDate: "2016-05-04" } as const;
  expect(await under.registry.look(clerk, other, ["name"])).toEqual([]);
  expect(under.written.at(-1)).toMatchObject({ by: "name", persons: [] });
  under.put("persons", { ...hanako, name: "前橋 花子", kana: "マエバシ ハナコ" });
  const before = { by: "name", name: hanako.name, birthDate } as const;
  expect(await under.registry.look(clerk, before, [])).toEqual([]);
});

test("two spellings of a name are the same exactly when width, case, kana and spaces are all they differ in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (text) => {
      expect(nameToFind(nameToFind(text))).toBe(nameToFind(text));
    }),
  );
  expect(nameToFind("ガッコウ")).not.toBe(nameToFind("カッコウ"));
});

test("a pseudonym of the gateway is the one that a box with the same secret gives", () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  const box = join(under.dir, "box");
  openIdentity(box);
  rmSync(join(box, "keys", "pseudonym.key"));
  copyFileSync(personFiles(under.dir).pseudonyms, join(box, "keys", "pseudonym.key"));
  const identity = openIdentity(box);
  const id = under.registry.idOf(hanako.reference)!;
  const names = serviceNames.map((service) => under.registry.pseudonymOf(service, id));
  expect(names).toEqual(serviceNames.map((service) => identity.pseudonymOf(service, id)));
  expect(new Set(names).size).toBe(serviceNames.length);
});

test("a pseudonym leads back to its person in its own service only, also for who came later", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  const { registry } = under;
  const id = registry.idOf(hanako.reference)!;
  const pseudonym = registry.pseudonymOf("bus.boarding", id);
  expect(registry.personOf("bus.boarding", pseudonym)).toBe(id);
  expect(registry.personOf("payment", pseudonym)).toBeUndefined();
  under.put("persons", taro);
  const later = registry.idOf(taro.reference)!;
  expect(registry.personOf("bus.boarding", registry.pseudonymOf("bus.boarding", later))).toBe(
    later,
  );
  const query = { by: "pseudonym", service: "bus.boarding", pseudonym } as const;
  expect(await registry.look(clerk, query, ["kana"])).toEqual([{ id, kana: hanako.kana }]);
  expect(registry.personOf("payment", pseudonymSchema.parse("A".repeat(22)))).toBeUndefined();
});

test("ties are found from both ends, and a place in a class brings its class", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  under.put("persons", taro);
  const bond = { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true } as const;
  under.put("guardians", bond);
  const place = { class: "4-2", person: "R-0001", role: "pupil", number: 7 } as const;
  const group = { school: "桃井小学校", schoolYear: 2026, grade: "4年", name: "2組" } as const;
  expect(under.put("classes", { ...place, ...group })).toEqual(["added", "added"]);
  for (const person of ["R-0001", "R-0002"]) {
    under.put("households", { household: "H-1", person, relation: "other" });
  }
  const { registry } = under;
  expect(await registry.ties(clerk, "guardians", "R-0001")).toEqual([bond]);
  expect(await registry.ties(clerk, "wards", "R-0002")).toEqual([bond]);
  expect(await registry.ties(clerk, "wards", "R-0001")).toEqual([]);
  expect(await registry.ties(clerk, "class", "4-2")).toEqual([{ ...place, ...group }]);
  expect(await registry.ties(clerk, "household", "H-1")).toHaveLength(2);
  expect(under.put("households", { household: "H-2", person: "R-0001", relation: "head" })).toEqual(
    ["changed"],
  );
  expect(await registry.ties(clerk, "household", "H-1")).toHaveLength(1);
});

test("who is forgotten leaves nothing behind, not even a tie or a pseudonym", async () => {
  using under = registryUnderTest();
  under.put("persons", hanako);
  under.put("persons", taro);
  const { registry } = under;
  under.put("guardians", { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true });
  under.put("entitlements", {
    person: "R-0001",
    entitlement: "care-certification",
    from: "2026-04-01",
  });
  under.put("households", { household: "H-1", person: "R-0001", relation: "child" });
  const pseudonym = registry.pseudonymOf("payment", registry.idOf("R-0001")!);
  expect(registry.personOf("payment", pseudonym)).toBeDefined();
  registry.forget("R-0001");
  expect(registry.idOf("R-0001")).toBeUndefined();
  expect(registry.personOf("payment", pseudonym)).toBeUndefined();
  expect(await registry.ties(clerk, "wards", "R-0002")).toEqual([]);
  expect(codeOf(() => registry.forget("R-0001"))).toBe("PERSON_NOT_FOUND");
  const database = new Database(personFiles(under.dir).records, { readonly: true });
  for (const table of ["records", "found", "aliases"]) {
    const rows = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
    expect(rows).toEqual({ rows: table === "records" ? 1 : table === "found" ? 2 : 1 });
  }
  database.close();
});

test("twelve digits, which may be an Individual Number, are no reference", () => {
  expect(recordSchemas.persons.safeParse({ ...taro, reference: "123456789018" }).success).toBe(
    false,
  );
  expect(recordSchemas.persons.safeParse({ ...taro, reference: "12345678901" }).success).toBe(true);
});

test("every field of a person can be asked for, and what was never said is not there", async () => {
  using under = registryUnderTest();
  under.put("persons", taro);
  const id = under.registry.idOf(taro.reference)!;
  expect(await under.registry.look(clerk, { by: "id", ids: [id] }, personFields)).toEqual([
    { id, ...taro },
  ]);
});

test("whoever asks finds nobody under protection, nor a tie to them, without the right to", async () => {
  using under = registryUnderTest();
  under.put("persons", { ...hanako, protected: true });
  under.put("persons", { ...taro, protected: false });
  under.put("guardians", { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true });
  for (const person of ["R-0001", "R-0002"]) {
    under.put("households", { household: "H-1", person, relation: "other" });
  }
  const family = { who: "api-key:inquiry", why: "family-inquiry" } as const;
  const { name, birthDate } = hanako;
  const asked = { by: "name", name, birthDate } as const;
  const missing = { by: "name", name: "nobody", birthDate } as const;
  const { registry } = under;
  const answers = [
    await registry.look(family, asked, []),
    await registry.look(family, missing, []),
  ];
  expect(answers).toEqual([[], []]);
  expect(await registry.ties(family, "wards", "R-0002")).toEqual([]);
  expect(await registry.ties(family, "guardians", "R-0001")).toEqual([]);
  expect(await registry.ties(family, "household", "H-1")).toMatchObject([{ person: "R-0002" }]);
  expect(await registry.look(family, { by: "reference", reference: "R-0002" }, [])).toHaveLength(1);
  expect(await registry.look(clerk, asked, ["protected"])).toEqual([]);
  expect(await registry.ties(clerk, "household", "H-1")).toHaveLength(1);
  const carer = { ...clerk, seesProtected: true };
  expect(await registry.look(carer, asked, ["protected"])).toMatchObject([{ protected: true }]);
  expect(await registry.ties(carer, "household", "H-1")).toHaveLength(2);
  // A family has no right that anybody could have given it.
  expect(await registry.look({ ...family, seesProtected: true }, asked, [])).toEqual([]);
  // The auditor sees whom the question met, which the one who asked does not.
  expect(under.written[0]).toMatchObject({
    why: "family-inquiry",
    persons: [registry.idOf("R-0001")],
  });
});
