import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { importBatches } from "#gateway/import/import-batches.ts";
import { readFile } from "#gateway/import/read-file.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { personFields } from "#gateway/persons/records.ts";
import { clerk, registryUnderTest } from "./persons-under-test.ts";

const today = "2026-04-01";
const root = fileURLToPath(new URL("../..", import.meta.url));
const childPath = fileURLToPath(new URL("./import-child.ts", import.meta.url));

test("an import that is killed at any moment has brought everybody in or nobody", async () => {
  using under = registryUnderTest();
  const file = join(under.dir, "persons.csv");
  const people = 3_000;
  const rows = Array.from({ length: people }, (_, i) => `R-${i},手ぶら${i},1980-01-31\n`);
  writeFileSync(file, `管理番号,氏名,生年月日\n${rows.join("")}`);
  const counts = [];
  for (const waitMs of [0, 40, 120, 240]) {
    const child = spawn(process.execPath, ["--import", "tsx", childPath, under.dir, file], {
      ...{ cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    });
    const closed = once(child, "close");
    await once(child.stdout!, "data");
    await sleep(waitMs);
    child.kill("SIGKILL");
    await closed;
    counts.push(under.registry.count);
  }
  expect(counts.filter((count) => count !== 0 && count !== people)).toEqual([]);
  const batch = readFile("persons", readFileSync(file), { today });
  expect(importBatches(under.registry, [batch], false).imported).toBe(true);
  expect(under.registry.count).toBe(people);
});

test("a disk that fails in the middle leaves the registry as it was", () => {
  using under = registryUnderTest();
  const text = "reference,name\nR-1,Aoi\nR-2,Ren\n";
  const batch = readFile("persons", Buffer.from(text), { today });
  using database = guarded(new Database(personFiles(under.dir).records));
  database.exec(
    "CREATE TRIGGER fails BEFORE INSERT ON records WHEN (SELECT count(*) FROM records) > 0 " +
      "BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  expect(() => importBatches(under.registry, [batch], false)).toThrow("disk full");
  expect(under.registry.count).toBe(0);
  database.exec("DROP TRIGGER fails");
  expect(importBatches(under.registry, [batch], false).imported).toBe(true);
});

function guarded(database: Database.Database) {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}

/** Text as offices write it: any sign but those that no cell may hold. */
const cell = (signs: readonly string[], most: number) =>
  fc
    .string({ unit: fc.constantFrom(...signs), minLength: 1, maxLength: most })
    .map((text) => text.replace(/\s+/gu, " ").trim())
    // What begins as a formula is refused.
    .filter((text) => text !== "" && !text.startsWith("="));
const personArbitrary = fc.record(
  {
    name: cell(["手", "ぶ", "髙", "𠮷", " ", "A", ",", "'", "=", "葛\u{E0100}"], 20),
    kana: cell(["ア", "ガ", "ー", " "], 20),
    birthDate: fc
      .date({ min: new Date("1900-01-01"), max: new Date("2026-03-31"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    address: cell(["前", "橋", "1", "-", ",", "ﾋ", "ﾞ"], 40),
    postalCode: fc.constantFrom("371-8601", "379-0101"),
    protected: fc.boolean(),
  },
  { requiredKeys: ["name"] },
);

const sees = { ...clerk, seesProtected: true };

test("what was written as CSV is what is read, whatever it holds and however lines end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(personArbitrary, { minLength: 1, maxLength: 8 }),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.boolean(),
      async (people, lineEnd, mark) => {
        using under = registryUnderTest();
        const persons = people.map((person, i) => ({ reference: `R-${i}`, ...person }));
        const quoted = (value: unknown) => (value === undefined ? "" : `"${value}"`);
        const lines = persons.map((person: Readonly<Record<string, unknown>>) =>
          personFields.map((field) => quoted(person[field])).join(","),
        );
        const text = `${mark ? "\uFEFF" : ""}${[personFields.join(","), ...lines].join(lineEnd)}`;
        const batch = readFile("persons", Buffer.from(text), { today });
        expect(batch.problems).toEqual([]);
        const dry = importBatches(under.registry, [batch], true).batches;
        expect(importBatches(under.registry, [batch], false).batches).toEqual(dry);
        for (const person of persons) {
          const query = { by: "reference", reference: person.reference } as const;
          const [found] = await under.registry.look(sees, query, personFields);
          const { id: _, ...shown } = found!;
          expect(shown).toEqual(person);
        }
        const again = importBatches(under.registry, [batch], false).batches[0];
        expect(again).toMatchObject({ added: 0, changed: 0, unchanged: persons.length });
      },
    ),
    { numRuns: 40 },
  );
});
