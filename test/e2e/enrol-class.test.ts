import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFace } from "#test/support/made-faces.ts";
import {
  madePeople,
  plainImage,
  sideBySide,
  writeFace,
  writeImage,
} from "#test/support/made-images.ts";

const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));
const [aoi, ren, yui, sora, kai] = madePeople;
let folder: string;
const at = (...parts: readonly string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-class-"));
  const pictures = at("class");
  await writeFace(join(pictures, "青井はな", "1.png"), aoi);
  await writeFace(join(pictures, "青井はな", "2.png"), aoi, { grain: 9, yawDegrees: 4 });
  await writeFace(join(pictures, "青井そら.png"), aoi, { grain: 3, yawDegrees: -3 });
  await writeFace(join(pictures, "Ren 1.png"), ren);
  await writeFace(join(pictures, "Ren 2.png"), sora);
  await writeFace(join(pictures, "ゆい.png"), yui);
  await writeFace(join(pictures, "かい.png"), kai);
  await writeImage(join(pictures, "みお.png"), plainImage(320, 320, 120));
  await writeImage(join(pictures, "りく.png"), sideBySide([makeFace(yui), makeFace(kai)]));
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, "こわれ.jpg"), "this is no picture");
  const lines = [
    "青井はな",
    "青井そら,2099-03-31",
    "Ren",
    "かい,2020-03-31",
    "みお",
    "りく",
    "こわれ",
  ];
  writeFileSync(at("consents.csv"), `\uFEFF${[...lines, "いない"].join("\r\n")}\r\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: readonly string[]) {
  const command = [tebura, ...args, "--data", at("data"), "--json"];
  const { stdout, status } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, json: JSON.parse(stdout) };
}

const order = () => [
  ...["enrol", "--class", "3年2組", "--folder", at("class"), "--consents", at("consents.csv")],
];

test("a class is enrolled from a folder: who, which picture, what is wrong, what to do", () => {
  const dry = run(...order(), "--dry-run", "--report", at("dry.html"));
  expect(dry.json).toMatchObject({ class: "3年2組", dryRun: true, enrolled: 2 });
  expect(readFileSync(at("dry.html"), "utf8")).toContain("何も保存していません");
  expect(run("gallery", "list").json).toMatchObject({ people: [] });

  const { json, status } = run(...order(), "--report", at("report.html"));
  expect(status).toBe(1);
  const rows = json.children as { name: string; enrolled: boolean; problem?: string }[];
  const problems = Object.fromEntries(rows.map(({ name, problem }) => [name, problem]));
  expect(problems).toEqual({
    ...{ 青井はな: undefined, 青井そら: undefined, Ren: "PICTURES_DIFFER" },
    ...{ ゆい: "CONSENT_NEEDED", かい: "CONSENT_ENDED", みお: "FACE_NOT_FOUND" },
    ...{ りく: "FACE_AMBIGUOUS", こわれ: "IMAGE_UNREADABLE", いない: "PICTURE_MISSING" },
  });
  // Of whom nobody has agreed for, no picture was even opened.
  expect(rows.find(({ name }) => name === "ゆい")).toMatchObject({ pictures: [] });
  expect(rows.find(({ name }) => name === "青井はな")).toMatchObject({ looksLike: ["青井そら"] });
  const kept = run("gallery", "list").json.people as { name: string }[];
  expect(kept.map(({ name }) => name).sort()).toEqual(["青井そら", "青井はな"]);

  const page = readFileSync(at("report.html"), "utf8");
  for (const words of ["3年2組", "こわれ.jpg: 画像として開けません", "一人だけの写真に替える"]) {
    expect(page).toContain(words);
  }
  // A second time everybody who is there is told so, and --replace takes the newer pictures.
  const again = run(...order()).json.children as typeof rows;
  expect(again.filter(({ problem }) => problem === "NAME_TAKEN")).toHaveLength(2);
  expect(run(...order(), "--replace").json).toMatchObject({ enrolled: 2 });
}, 300_000);

test("without a list of consents nobody is looked at", () => {
  const { json, status } = run("enrol", "--class", "3年2組", "--folder", at("class"));
  expect(status).not.toBe(0);
  expect(json.error).toMatchObject({ code: "USAGE" });
  const config = at("signed.json");
  writeFileSync(config, JSON.stringify({ consent: { rule: "signed" } }));
  // Where cards sign, a file proves nothing, and of whom no card has signed here no picture is opened.
  expect(run(...order(), "--config", config).json.error).toMatchObject({ code: "USAGE" });
  const signed = run(...order().slice(0, -2), "--config", config).json;
  expect(signed.enrolled).toBe(0);
  for (const child of signed.children) {
    expect(child).toMatchObject({ problem: "CONSENT_NEEDED", pictures: [] });
  }
  const photographs = ["enrol", "--folder", at("class"), "--config", config];
  expect(run(...photographs).json.error).toMatchObject({ code: "CONSENT_NEEDED" });
});
