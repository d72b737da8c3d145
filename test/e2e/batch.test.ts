import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaceView, makeFace } from "#test/support/made-faces.ts";

const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));
let folder: string;

/** Two people who are enrolled, and two who are not; drawn faces, nobody's photograph. */
const people = { Aoi: 1, 蓮: 6 } as const;
const strangers = [7, 8] as const;
const turned: FaceView = { yawDegrees: 8, x: 0.47, grain: 3 };
const tilted: FaceView = { rollDegrees: 6, size: 0.21, light: 0.3, grain: 4 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-e2e-"));
  for (const [name, seed] of Object.entries(people)) {
    await draw(join("gallery", name, "1.png"), seed, {});
    await draw(join("gallery", name, "2.png"), seed, { ...tilted, grain: 9 });
  }
  await draw("door/1-aoi.png", people.Aoi, turned);
  await draw("door/2-aoi.png", people.Aoi, tilted);
  await draw("door/3-ren.png", people.蓮, turned);
  for (const seed of strangers) await draw(`door/4-stranger-${seed}.png`, seed, turned);
  writeFileSync(join(folder, "door/5-broken.jpg"), "this is no picture");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function draw(path: string, seed: number, view: FaceView): Promise<void> {
  const { width, height, data } = makeFace(seed, view);
  mkdirSync(join(folder, path, ".."), { recursive: true });
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(join(folder, path));
}

function startTebura(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [tebura, ...args, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
    cwd: folder,
  });
}

/** Runs a command to its end: its exit status, and its one line of JSON. */
async function run(...args: readonly string[]): Promise<{ status: number; json: unknown }> {
  const child = startTebura(...args);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [status] = (await once(child, "close")) as [number];
  expect(text.trim().split("\n")).toHaveLength(1);
  return { status, json: JSON.parse(text) };
}

function batch(data: string): readonly string[] {
  return [
    "start",
    "--source",
    "door",
    "--gallery",
    "gallery",
    "--service",
    "bus.boarding",
    "--once",
    "--data",
    data,
  ];
}

test("the batch form admits the enrolled, refuses strangers, and every event is receipted", async () => {
  const { status, json } = await run(...batch("data"));
  expect(status).toBe(0);
  expect(json).toMatchObject({
    frames: 5,
    faces: 5,
    tracks: 5,
    events: 5,
    admitted: { Aoi: 2, 蓮: 1 },
    receipts: 5,
    ledgerEntries: 5,
    ledgerIntact: true,
    enrolled: 2,
  });
  // A stranger who resembles somebody a little may be asked for a card; nobody else is let in.
  const { refused, stepUp } = json as { refused: number; stepUp: number };
  expect(refused + stepUp).toBe(strangers.length);
  expect(refused).toBeGreaterThan(0);
  const verdict = await run("ledger", "verify", "--data", "data");
  expect(verdict).toMatchObject({ status: 0, json: { intact: true, entries: 5 } });
  const listed = await run("ledger", "list", "--data", "data");
  expect(JSON.stringify(listed.json)).not.toMatch(/Aoi|蓮/);
  const enrolled = await run("gallery", "list", "--data", "data");
  expect(enrolled.json).toMatchObject({ people: [{ name: "Aoi" }, { name: "蓮" }] });
});

test("a second run keeps who is who, and counts only its own events", async () => {
  await run(...batch("twice"));
  const first = await run("ledger", "list", "--data", "twice");
  const { json } = await run(...batch("twice"));
  expect(json).toMatchObject({ events: 5, receipts: 5, ledgerEntries: 5, carriedOver: 0 });
  const second = await run("ledger", "list", "--data", "twice");
  expect(personsOf(second.json)).toEqual(personsOf(first.json));
});

function personsOf(listing: unknown): readonly string[] {
  const { entries } = listing as { entries: { event: { body: { person?: string } } }[] };
  return [...new Set(entries.map(({ event }) => event.body.person ?? ""))].sort();
}

test("killed in the middle again and again, no event is lost and none is there twice", async () => {
  let kills = 0;
  for (const delayMs of [900, 1_200, 1_500, 1_800, 2_100]) {
    const child = startTebura(...batch("killed"));
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    const timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
    const [, signal] = await closed;
    clearTimeout(timer);
    if (signal === "SIGKILL") kills += 1;
  }
  expect(kills).toBeGreaterThan(0);
  const { json } = await run(...batch("killed"));
  const last = json as { events: number; receipts: number; ledgerEntries: number };
  expect(last.receipts).toBe(last.events);
  expect(last.ledgerEntries).toBe(last.events);
  const { json: listing } = await run("ledger", "list", "--limit", "1000", "--data", "killed");
  const { entries } = listing as { entries: { event: { sequence: number } }[] };
  const sequences = entries.map(({ event }) => event.sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  expect((await run("ledger", "verify", "--data", "killed")).json).toMatchObject({ intact: true });
});

test.each([
  {
    name: "an unknown service",
    args: ["start", "--service", "tram"],
    code: "SERVICE_UNKNOWN",
    status: 1,
  },
  {
    name: "a source that is not there",
    args: ["start", "--source", "nowhere", "--once"],
    code: "SOURCE_NOT_FOUND",
    status: 1,
  },
  {
    name: "an empty gallery folder",
    args: ["start", "--source", "door", "--gallery", "door", "--once"],
    code: "SOURCE_EMPTY",
    status: 1,
  },
  {
    name: "an option that does not exist",
    args: ["start", "--sauce", "x"],
    code: "USAGE",
    status: 2,
  },
  { name: "a command that does not exist", args: ["stop"], code: "USAGE", status: 2 },
  {
    name: "a port that is none",
    args: ["start", "--http-port", "99999"],
    code: "USAGE",
    status: 2,
  },
  {
    name: "a missing settings file",
    args: ["gallery", "list", "--config", "none.json"],
    code: "CONFIG_INVALID",
    status: 1,
  },
  {
    name: "a name nobody has",
    args: ["gallery", "remove", "Nobody"],
    code: "PERSON_NOT_FOUND",
    status: 1,
  },
])("$name ends with $code", async ({ args, code, status }) => {
  const { status: ended, json } = await run(...args, "--data", "mistakes");
  expect(json).toMatchObject({ error: { code } });
  expect(ended).toBe(status);
});

test("an unknown key in the settings is named", async () => {
  writeFileSync(join(folder, "settings.json"), '{ "device": { "servise": "bus.boarding" } }');
  const { json } = await run("gallery", "list", "--config", "settings.json");
  expect(json).toMatchObject({ error: { code: "CONFIG_INVALID" } });
  expect(JSON.stringify(json)).toContain("servise");
});

test("enrolling: two faces of one size, no face, and a name twice are refused with their codes", async () => {
  const { data, width, height } = makeFace(1);
  const [face, blank] = [join(folder, "one.png"), join(folder, "blank.png")];
  const one = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  writeFileSync(face, one);
  await sharp({ create: { width: 640, height: 480, channels: 3, background: "#888" } })
    .png()
    .toFile(blank);
  await sharp({ create: { width: 2 * width, height, channels: 3, background: "#888" } })
    .composite([
      { input: one, left: 0, top: 0 },
      { input: one, left: width, top: 0 },
    ])
    .png()
    .toFile(join(folder, "two.png"));
  const enrol = (name: string, path: string) =>
    run("enrol", "--name", name, path, "--data", "enrolment");
  expect((await enrol("Aoi", face)).json).toMatchObject({ enrolled: ["Aoi"], photographs: 1 });
  expect((await enrol("AOI", face)).json).toMatchObject({ error: { code: "NAME_TAKEN" } });
  expect((await enrol("Ren", blank)).json).toMatchObject({ refused: [{ code: "FACE_NOT_FOUND" }] });
  expect((await enrol("Ren", "two.png")).json).toMatchObject({
    refused: [{ code: "FACE_AMBIGUOUS" }],
  });
  expect((await run("gallery", "remove", "Aoi", "--data", "enrolment")).status).toBe(0);
  expect((await run("gallery", "list", "--data", "enrolment")).json).toEqual({ people: [] });
});

test("a damaged gallery is refused, the copy is offered, and restoring it brings everybody back", async () => {
  await run("enrol", "--folder", "gallery", "--data", "restored");
  await run("gallery", "backup", "restored/device/gallery.backup.db", "--data", "restored");
  const path = join(folder, "restored/device/gallery.db");
  for (const ending of ["-wal", "-shm"]) rmSync(path + ending, { force: true });
  writeFileSync(path, "this is no database, and long enough to be looked at");
  const refused = await run("gallery", "list", "--data", "restored");
  expect(refused.json).toMatchObject({ error: { code: "DATA_CORRUPT" } });
  expect(JSON.stringify(refused.json)).toContain("tebura gallery restore");
  expect((await run("gallery", "restore", "--data", "restored")).json).toEqual({ people: 2 });
  const listed = await run("gallery", "list", "--data", "restored");
  expect(listed.json).toMatchObject({ people: [{ name: "Aoi" }, { name: "蓮" }] });
  const foreign = await run("gallery", "restore", "door/1-aoi.png", "--data", "restored");
  expect(foreign.json).toMatchObject({ error: { code: "DATA_CORRUPT" } });
});
