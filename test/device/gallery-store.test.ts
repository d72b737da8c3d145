import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { codeOf } from "#test/support/code-of.ts";

const dimensions = 4;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-gallery-"));
  path = join(folder, "gallery.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(change: { key?: number; model?: string; path?: string } = {}): GalleryStore {
  const { key = 1, model = "test-4" } = change;
  const options = { path: change.path ?? path, key: new Uint8Array(32).fill(key) };
  return new GalleryStore({
    ...options,
    model,
    dimensions,
    wall: () => 1_790_000_000_000 as WallMs,
  });
}

const template = (...values: number[]) => Float32Array.from([...values, 0, 0, 0].slice(0, 4));

test("several templates of a person come back to the bit, in a later process too", () => {
  const first = open();
  const templates = [template(0.1, -2), template(3)];
  const person = first.enrol({ name: "One", templates, replace: false });
  first.addTemplates(person, [template(1e-30)]);
  first[Symbol.dispose]();
  using again = open();
  expect([...again.load()]).toEqual(
    [...templates, template(1e-30)].map((one) => ({ person, template: one })),
  );
  expect(again.list()).toEqual([
    { person, name: "One", templates: 3, enrolledAt: 1_790_000_000_000 },
  ]);
});

test.each([
  { name: "the same", again: "José" },
  { name: "in capitals", again: "JOSÉ" },
  { name: "with its accent in two pieces", again: "Jose\u0301" },
])("a name twice is refused, and replaced only on request: $name", ({ again }) => {
  using store = open();
  const person = store.enrol({ name: "José", templates: [template(1)], replace: false });
  const request = { name: again, templates: [template(2)] };
  expect(codeOf(() => store.enrol({ ...request, replace: false }))).toBe("NAME_TAKEN");
  expect(store.enrol({ ...request, replace: true })).toBe(person);
  expect([...store.load()]).toEqual([{ person, template: template(2) }]);
});

test("a bulk import is all or nothing", () => {
  using store = open();
  const importing = () =>
    store.transaction(() => {
      store.enrol({ name: "One", templates: [template(1)], replace: false });
      store.enrol({ name: "Two", templates: [template(2)], replace: false });
      store.enrol({ name: "one", templates: [template(3)], replace: false });
    });
  expect(codeOf(importing)).toBe("NAME_TAKEN");
  expect(store.list()).toEqual([]);
});

test.each([
  { name: "of another length", bad: new Float32Array(3) },
  { name: "with a number that is none", bad: template(Number.NaN) },
])("a template $name is not stored, nor the person with it", ({ bad }) => {
  using store = open();
  const request = { name: "One", templates: [template(1), bad], replace: false };
  expect(codeOf(() => store.enrol(request))).toContain("AssertionError");
  expect(store.list()).toEqual([]);
});

test("templates for nobody are refused", () => {
  using store = open();
  expect(codeOf(() => store.addTemplates("nobody" as PersonId, [template(1)]))).toBe(
    "PERSON_NOT_FOUND",
  );
});

test("who is removed leaves nothing in the file or its journal", () => {
  using store = open();
  const person = store.enrol({ name: "One", templates: [template(1)], replace: false });
  const disk = () =>
    Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
  expect(disk().includes(person)).toBe(true);
  expect(store.remove(person)).toBe(true);
  expect(store.remove(person)).toBe(false);
  expect(disk().includes(person)).toBe(false);
  expect([...store.load()]).toEqual([]);
});

test("under another key nobody can be enrolled beside those whom it cannot read", () => {
  const store = open();
  const person = store.enrol({ name: "One", templates: [template(1)], replace: false });
  store[Symbol.dispose]();
  using other = open({ key: 2 });
  const request = { name: "One", templates: [template(1)], replace: false };
  expect(codeOf(() => other.enrol(request))).toBe("GALLERY_CORRUPT");
  expect(codeOf(() => other.addTemplates(person, [template(1)]))).toBe("GALLERY_CORRUPT");
});

test("a row that was changed, or moved to another person, is named and not opened", () => {
  const store = open();
  store.enrol({ name: "One", templates: [template(1)], replace: false });
  store.enrol({ name: "Two", templates: [template(2)], replace: false });
  store[Symbol.dispose]();
  const file = new Database(path);
  file.exec(
    "UPDATE templates SET sealed = (SELECT sealed FROM templates WHERE id = 1) WHERE id = 2",
  );
  file.close();
  using again = open();
  expect(() => [...again.load()]).toThrow(/^template 2 of the gallery does not open/);
});

test("templates of another model are refused, with what to do", () => {
  open()[Symbol.dispose]();
  expect(codeOf(() => open({ model: "other-4" }))).toBe("GALLERY_MODEL_MISMATCH");
  expect(() => open({ model: "other-4" })).toThrow(/enrol everybody anew/);
});

test("a newer file, a damaged one, and a folder that is none have their codes", () => {
  open()[Symbol.dispose]();
  const file = new Database(path);
  file.pragma("user_version = 99");
  file.close();
  expect(codeOf(() => open())).toBe("DATA_NEWER_VERSION");
  writeFileSync(path, "this is no database, and long enough to be looked at by anybody");
  expect(codeOf(() => open())).toBe("DATA_CORRUPT");
  expect(codeOf(() => open({ path: join(path, "below-a-file.db") }))).toBe("DATA_UNWRITABLE");
});
