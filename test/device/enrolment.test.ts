import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { theOneFace } from "#device/enrolment/one-face.ts";
import { checkedName, readPersonFolders } from "#device/enrolment/photo-folder.ts";
import { codeOf } from "#test/support/code-of.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-people-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function person(name: string, ...files: readonly string[]): void {
  mkdirSync(join(folder, name), { recursive: true });
  for (const file of files) writeFileSync(join(folder, name, file), "");
}

const face = (side: number) => ({ box: { x: 0, y: 0, width: side, height: side } });

test("a folder for each person gives names and sorted photographs", () => {
  person("花子", "b.jpg", "a.PNG", "notes.txt");
  person("Taro", "1.webp");
  person("nobody");
  expect(readPersonFolders(folder)).toEqual([
    { name: "Taro", photographs: [join(folder, "Taro", "1.webp")] },
    { name: "花子", photographs: [join(folder, "花子", "a.PNG"), join(folder, "花子", "b.jpg")] },
  ]);
});

test.each([
  {
    name: "a missing folder",
    make: () => rmSync(folder, { recursive: true }),
    code: "SOURCE_NOT_FOUND",
  },
  { name: "an empty folder", make: () => {}, code: "SOURCE_EMPTY" },
  {
    name: "folders without photographs",
    make: () => person("Taro", "x.txt"),
    code: "SOURCE_EMPTY",
  },
  {
    name: "one name in two spellings",
    make: () => {
      person("Taro", "1.jpg");
      person("TARO", "1.jpg");
    },
    code: "NAME_TAKEN",
  },
])("$name is refused with $code", ({ make, code }) => {
  make();
  expect(codeOf(() => readPersonFolders(folder))).toBe(code);
});

test.each(["", "   ", "a\u0000b", "x".repeat(81)])("%j is no name", (text) => {
  expect(codeOf(() => checkedName(text))).toBe("NAME_INVALID");
});

test("a name is kept in one Unicode form", () => {
  expect(checkedName(" か\u3099くと ")).toBe("がくと");
});

test("a photograph for enrolment shows one face, or one that is clearly the subject", () => {
  expect(codeOf(() => theOneFace([], "a.jpg"))).toBe("FACE_NOT_FOUND");
  expect(codeOf(() => theOneFace([face(100), face(90)], "a.jpg"))).toBe("FACE_AMBIGUOUS");
  expect(theOneFace([face(20), face(100)], "a.jpg")).toEqual(face(100));
  const aside = { box: { x: 150, y: 0, width: 80, height: 80 } };
  expect(theOneFace([aside, face(100)], "a.jpg", { width: 180, height: 180 })).toEqual(face(100));
  const wide = { width: 460, height: 180 };
  expect(codeOf(() => theOneFace([aside, face(100)], "a.jpg", wide))).toBe("FACE_AMBIGUOUS");
});
