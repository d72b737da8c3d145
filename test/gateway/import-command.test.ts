import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { columnTable } from "#gateway/import/column-table.ts";
import { openPersons } from "#gateway/persons/open-persons.ts";
import { runCommand } from "#test/support/run-command.ts";
import { clerk } from "./persons-under-test.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-import-command-"));
  mkdirSync(join(folder, "city"));
  for (const [name, text] of Object.entries(city)) write(name, text);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const city = {
  persons: "管理番号,氏名,生年月日\nR-1,手ぶら花子,H28.5.3\nR-2,手ぶら太郎,1980/1/31\n",
  guardians: "保護者番号,児童番号,続柄,通知\nR-2,R-1,父,はい\n",
  households: "世帯番号,管理番号,続柄\nH-1,R-1,子\nH-1,R-2,世帯主\n",
};

function write(name: string, text: string): void {
  writeFileSync(join(folder, "city", `${name}.csv`), text);
}

async function importing(...args: readonly string[]) {
  return await runCommand(["import", ...args, "--data", join(folder, "data")]);
}

test("a folder is imported as one, and once more changes nothing", async () => {
  const first = await importing(join(folder, "city"), "--json");
  expect(first.status).toBe(0);
  expect(JSON.parse(first.out)).toMatchObject({
    imported: true,
    batches: [
      { kind: "persons", added: 2 },
      { kind: "households", added: 2 },
      { kind: "guardians", added: 1 },
    ],
  });
  const again = await importing(join(folder, "city"));
  expect(again.out).toContain("persons: 2 rows, 0 new, 0 changed, 2 unchanged, 0 problems");
  const gateway = join(folder, "data", "gateway");
  const audit = async () => undefined;
  using persons = openPersons(gateway, { clock: { wall: () => 0 as never }, audit });
  expect(await persons.registry.ties(clerk, "guardians", "R-1")).toHaveLength(1);
});

test("a dry run says what is wrong with file, line and column, and leaves the registry as it was", async () => {
  write("guardians", "保護者番号,児童番号,続柄,通知\nR-2,R-9,叔父,はい\n");
  const dry = await importing(join(folder, "city"), "--dry-run");
  expect(dry.status).toBe(1);
  expect(dry.out).toContain("guardians.csv:2: 続柄: CHOICE_UNKNOWN: write one of mother (母)");
  expect(dry.out).toContain("nothing imported");
  write("guardians", "保護者番号,児童番号,続柄,通知\nR-2,R-9,父,はい\n");
  const unknown = await importing(join(folder, "city"));
  expect(unknown.out).toContain("guardians.csv:2: 児童番号: PERSON_UNKNOWN");
  write("guardians", city.guardians);
  const clean = await importing(join(folder, "city"), "--dry-run");
  expect(clean).toMatchObject({ status: 0, err: "" });
  expect(clean.out).toContain("persons: 2 rows, 2 new");
  expect(clean.out).toContain("would be imported");
});

test("one file says by --kind what it holds", async () => {
  const file = join(folder, "people.txt");
  cpSync(join(folder, "city", "persons.csv"), file);
  expect((await importing(file, "--kind", "persons", "--encoding", "utf-8")).status).toBe(0);
  expect((await importing(file)).status).toBe(2);
  expect((await importing(file, "--kind", "dogs")).status).toBe(2);
  expect((await importing(join(folder, "city"), "--kind", "persons")).status).toBe(2);
  expect((await importing()).status).toBe(2);
  expect((await importing(join(folder, "none.csv"), "--kind", "persons")).err).toContain(
    "SOURCE_NOT_FOUND",
  );
  expect((await importing(join(folder, "none"))).err).toContain("SOURCE_NOT_FOUND");
  mkdirSync(join(folder, "empty"));
  expect((await importing(join(folder, "empty"))).err).toContain("SOURCE_NOT_FOUND");
});

test("the columns are listed, and the page of the registry names every file and field", async () => {
  const { out } = await importing("--columns");
  expect(out).toMatch(/^persons\.csv$/m);
  expect(out).toMatch(/^ {2}birthDate .*生年月日/m);
  const page = readFileSync(new URL("../../docs/registry.md", import.meta.url), "utf8");
  for (const { kind, columns } of columnTable()) {
    const row = page.split("\n").find((line) => line.startsWith(`| ${kind}.csv |`)) ?? "";
    const [, , key = "", needed = "", rest = ""] = row.split("|");
    for (const { field, ...column } of columns) {
      const cell = column.key ? key : column.required ? needed : rest;
      expect([kind, cell]).toEqual([kind, expect.stringMatching(new RegExp(`\\b${field}\\b`))]);
    }
  }
});
