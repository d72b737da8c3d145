import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { openTrialAuthority, trialPins } from "#device/card/virtual/trial-authority.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { createRotation } from "#device/gallery/rotation.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { systemClock } from "#runtime/clock.ts";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { filesWith, tracesOfCard } from "#test/support/card-traces.ts";
import { CuttingProxy } from "#test/support/cutting-proxy.ts";
import { freePort } from "#test/support/free-port.ts";
import { KioskVisitor } from "#test/support/kiosk-visitor.ts";
import { faceJpeg, madePeople, plainImage } from "#test/support/made-images.ts";
import { RecordingBroker } from "#test/support/recording-broker.ts";
import { RunningTebura, tebura } from "#test/support/running-tebura.ts";
import { tracesIn } from "#test/support/template-traces.ts";

const name = "Aoi Karappo";
const service = "bus.boarding";
const patience = { timeout: 60_000, interval: 250 };
const running: RunningTebura[] = [];
let folder: string;
let broker: RecordingBroker;
let proxy: CuttingProxy;
let fleetPort: number;
let gateway: RunningTebura;
let ask: Ask;
/** Where the data of the gateway lies that runs now. */
let city = "city";
let pictures: Buffer[];
let card: ReturnType<typeof openTrialAuthority>["card"];
let nobody: Buffer;

const at = (...parts: readonly string[]) => join(folder, ...parts);

function start(args: readonly string[]): RunningTebura {
  const begun = new RunningTebura(args);
  running.push(begun);
  return begun;
}

async function startGateway(data: string): Promise<void> {
  const ports = ["--http-port", "0", "--fleet-port", `${fleetPort}`];
  const files = ["--data", at(data), "--config", at("city.json")];
  const url = ["--broker-url", `mqtts://127.0.0.1:${broker.port}`];
  gateway = start(["gateway", ...files, ...ports, ...url]);
  const ready = await gateway.ready<{ gateway: string }>();
  city = data;
  ask = askProcess(ready.gateway, at(data));
}

function say(data: string, ...args: readonly string[]) {
  const command = [tebura, ...args, "--data", at(data), "--config", at("city.json"), "--json"];
  const { stdout } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return JSON.parse(stdout === "" ? "{}" : stdout);
}

/** Settings of one process: all trust the trial card's authority and go by signed consents. */
function settings(file: string, consent: object = {}): void {
  const stepUp = { trustDir: at("a", "trial-card", "trust") };
  const all = { consent: { rule: "signed", ...consent }, device: { stepUp }, gateway: { stepUp } };
  writeFileSync(at(file), JSON.stringify(all));
}

async function boxAt(
  id: string,
  config: string,
  ...more: readonly string[]
): Promise<KioskVisitor> {
  const where = ["--host", "127.0.0.1", "--port", `${fleetPort}`];
  const { invitation } = say("city", "fleet", "invite", ...where);
  expect(say(id, "device", "join", invitation, "--id", `bus-${id}`)).toMatchObject({});
  const run = ["device", "run", "--data", at(id), "--config", at(config), "--kiosk-port", "0"];
  const { kiosk } = await start([...run, ...more]).ready<{ kiosk: string }>();
  return await KioskVisitor.at(kiosk);
}

function bodies<Type extends EventBody["type"]>(type: Type): Extract<EventBody, { type: Type }>[] {
  using ledger = new Ledger(gatewayFiles(at(city, "gateway")).ledger, { readonly: true });
  const all = ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  return all.filter((body): body is Extract<EventBody, { type: Type }> => body.type === type);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-consent-"));
  ({ card } = openTrialAuthority(at("a", "trial-card"), () => systemClock.wall()));
  mkdirSync(at("city", "gateway"), { recursive: true });
  broker = await RecordingBroker.start(at("city", "gateway"));
  proxy = new CuttingProxy(broker.port);
  fleetPort = await freePort();
  settings("city.json");
  settings("brief.json", { galleryAgeHoursMax: 30 / 3_600 });
  pictures = await Promise.all(
    [0, 3, -3].map((yawDegrees, grain) => faceJpeg(madePeople[0], { yawDegrees, grain })),
  );
  const { width, height, data } = plainImage(320, 320, 120);
  nobody = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
  await startGateway("city");
});

afterAll(async () => {
  for (const one of running.toReversed()) await one[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The template as box A keeps it, and as it was before the deployment's rotation. */
function templatesOfA() {
  const { storageKey: key, rotationSeed } = openIdentity(at("a", "device"));
  const path = at("a", "device", "gallery.db");
  const kept = new Sqlite(path, { readonly: true });
  const told = kept.prepare("SELECT model, dimensions FROM gallery").get() as {
    model: string;
    dimensions: number;
  };
  kept.close();
  using rotation = createRotation(rotationSeed, told.dimensions);
  using store = new GalleryStore({ ...told, path, key, wall: () => systemClock.wall() });
  return [...store.load()].map(({ template }) => ({
    rotated: template,
    plain: rotation.unrotate(template),
  }));
}

/** Whoever stood there goes away: once the box has seen the empty place for a while, the camera sleeps. */
async function leaves(box: KioskVisitor): Promise<void> {
  box.show([nobody]);
  await box.until(({ kind, boxes }) => kind === "faces" && boxes?.length === 0);
  await sleep(3_000);
  box.show([]);
}

/** What a box says of the person who comes and goes, until it says what is waited for. */
async function comes(box: KioskVisitor, until: (outcome: string | undefined) => boolean) {
  for (let visit = 0; visit < 30; visit++) {
    box.show(pictures);
    const outcome = await box.outcome(120_000);
    await leaves(box);
    if (until(outcome)) return outcome;
  }
  throw new Error("thirty visits, and the box has not changed its mind");
}

/** Resolves when each of these boxes has said how its gallery is, once more, since a moment. */
async function heartbeatOf(devices: readonly string[], since: number): Promise<void> {
  const heard = async () => {
    const told = (await (await ask("/api/devices")).json()) as {
      devices: readonly { device: string; health?: { at: number } }[];
    };
    return devices.every((id) =>
      told.devices.some(({ device, health }) => device === id && (health?.at ?? 0) > since),
    );
  };
  await expect.poll(heard, patience).toBe(true);
}

test("enrolled with the card, recognised at three boxes, withdrawn, recognised nowhere, and proved", async () => {
  await using a = await boxAt("a", "city.json", "--virtual-card");
  await using b = await boxAt("b", "city.json");
  const through = ["--mqtt-url", `mqtts://127.0.0.1:${await proxy.start()}`];
  await using c = await boxAt("c", "brief.json", ...through);

  a.show(pictures);
  a.say({ kind: "consents-please" });
  await a.until(({ kind }) => kind === "consents");
  a.say({ kind: "enrol", name, consent: true, services: [service] });
  await a.useCard(trialPins.authentication);
  await a.until(({ screen }) => screen?.secret === "password");
  a.enterPassword(trialPins.signature);
  expect(await a.until(({ kind }) => kind === "enrolled")).toMatchObject({ ok: true });
  a.say({ kind: "virtual-card", place: "away" });
  for (const box of [a, b, c]) await comes(box, (outcome) => outcome === "admit");
  const templates = templatesOfA();
  expect(templates.length).toBeGreaterThan(0);

  // The city's gateway goes, and a second one takes over from a copy of it: same key, same boxes.
  await gateway[Symbol.asyncDispose]();
  expect(say("city", "ledger", "backup", at("copy"))).toMatchObject({ folder: at("copy") });
  say("standby", "ledger", "restore", at("copy"));
  await startGateway("standby");
  await heartbeatOf(["bus-a", "bus-b", "bus-c"], Date.now());
  for (const box of [a, b, c]) await comes(box, (outcome) => outcome === "admit");

  // Box C loses its network, and knows the person still.
  proxy.cut(true);
  a.say({ kind: "withdraw" });
  await a.useCard(trialPins.authentication);
  expect(await a.until(({ kind }) => kind === "withdrawn")).toMatchObject({
    ok: true,
    services: 1,
  });
  await heartbeatOf(["bus-a", "bus-b"], Date.now());
  for (const box of [a, b]) expect(await comes(box, () => true)).not.toBe("admit");
  const { person } = bodies("consent.withdrawn")[0]!;
  await expect
    .poll(() => say(city, "consent", "show", service, person).deletion, patience)
    .toMatchObject({ gone: 2, of: 3, waiting: [{ device: "bus-c" }], certified: false });

  // It never hears of it, and by its policy's greatest age of a gallery it refuses all the same.
  expect(await comes(c, (outcome) => outcome !== "admit")).not.toBe("admit");
  // Back again, its first decision is a refusal, and it says that it has deleted.
  proxy.heal();
  await expect
    .poll(() => say(city, "consent", "show", service, person).deletion, patience)
    .toMatchObject({ gone: 3, of: 3, waiting: [], certified: true });
  expect(await comes(c, () => true)).not.toBe("admit");

  const page = at("certificate.html");
  const { certificate } = say(city, "consent", "certificate", service, person, "--html", page);
  expect(certificate).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
  // The second gateway's certificate verifies with the first one's key: to a person they are one.
  const key = gatewayFiles(at("city", "gateway")).publicKey;
  expect(say("elsewhere", "consent", "verify", page, "--gateway-key", key)).toMatchObject({
    valid: true,
    boxes: [{ device: "bus-a" }, { device: "bus-b" }, { device: "bus-c" }],
  });

  // Who gave no template is served by their card. What it proves lies beside the ledger, and is forgotten.
  a.say({ kind: "virtual-card", place: "away" });
  a.say({ kind: "virtual-card", place: "down" });
  await a.until(({ screen }) => screen?.step === "pin");
  a.enterPin(trialPins.authentication);
  expect(await a.outcome()).toBe("admit");
  const proved = () => bodies("decision.made").find(({ reason }) => reason === "card-proved");
  await expect.poll(proved, patience).toMatchObject({ evidence: [{ kind: "card" }], person });
  const data = at(city, "gateway");
  const shown = [card.authentication, ...(card.signature ? [card.signature] : [])];
  const cardIn = (named?: RegExp) =>
    shown.flatMap(({ certificate: der }) => filesWith(tracesOfCard(der), data, named));
  expect(cardIn(/^(ledger|quarantine|galleries)\.db/)).toEqual([]);
  expect(cardIn(/^cards\.db/)).not.toEqual([]);
  const forget = { method: "POST", body: JSON.stringify({ service, person }) };
  const forgotten = await ask("/api/registry/persons/forget", forget);
  expect(await forgotten.json()).toMatchObject({
    forgotten: true,
    consents: [{ service, person }],
  });
  expect(bodies("retention.applied")).toMatchObject([{ what: "forgotten", count: 1 }]);
  await gateway[Symbol.asyncDispose]();
  expect(cardIn()).toEqual([]);
  expect(say(city, "ledger", "verify")).toMatchObject({ intact: true });

  // Every byte that crossed the broker, and every byte on the disks of both gateways and in the copy.
  const disk = ["city", "copy", "standby"].flatMap((data) =>
    readdirSync(at(data), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => readFileSync(join(one.parentPath, one.name))),
  );
  expect(broker.crossed.length).toBeGreaterThan(100);
  for (const bytes of [Buffer.concat(broker.crossed), Buffer.concat(disk)]) {
    expect(tracesIn(bytes, { templates, names: [name] })).toEqual([]);
  }
  // The search finds what it looks for where it is: in what a box seals, before it seals it.
  const planted = Buffer.concat([Buffer.alloc(7), Buffer.from(templates[0]!.rotated.buffer)]);
  expect(tracesIn(planted, { templates, names: [name] })).not.toEqual([]);
}, 600_000);
