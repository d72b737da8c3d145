import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { openTrialAuthority, trialPins } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import type { VirtualCardContents } from "#device/card/virtual/virtual-files.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { dimensions, GalleryBox, trustIn } from "#test/support/gallery-box.ts";
import { runCommand } from "#test/support/run-command.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const service = "bus.boarding";
const patience = { timeout: 60_000, interval: 50 };

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startSecureGateway>>;
let parts: Disposables;
let box: GalleryBox;
let hana: VirtualCardContents;
let ren: VirtualCardContents;

/** One of two cards of the same authority. */
function contentsOf(name: string, of?: string) {
  const path = join(folder.path, "cards", name);
  mkdirSync(path, { recursive: true });
  if (of) {
    const first = join(folder.path, "cards", of);
    const files = readdirSync(first).filter((file) => file.includes("authority"));
    for (const file of files) cpSync(join(first, file), join(path, file));
  }
  return openTrialAuthority(path, () => systemClock.wall());
}

beforeEach(async () => {
  folder = temporaryFolder();
  parts = new Disposables();
  const { card, trustDir } = contentsOf("hana");
  hana = card;
  ren = contentsOf("ren", "hana").card;
  trustIn(join(folder.path, "gateway"), trustDir);
  running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  box = parts.use(
    await GalleryBox.open(running, { folder: folder.path, id: "bus-a", service, trustDir }),
  );
  await box.start();
  await expect.poll(() => box.store.consents.sealTo, patience).toBeDefined();
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let faces = 0;
async function enrol(name: string, contents: VirtualCardContents, password: string | undefined) {
  faces += 1;
  box.password = password;
  const card = new VirtualCard(contents);
  await box.enrol(name, gaussianUnit(randomFrom(faces), dimensions), await openJpki(card));
  return card;
}

function events<Type extends EventBody["type"]>(type: Type): Extract<EventBody, { type: Type }>[] {
  const bodies = running.gateway.ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  return bodies.filter((body): body is Extract<EventBody, { type: Type }> => body.type === type);
}

/** What `tebura consent show` says of which keys signed, beside the running gateway: for programs and for people. */
async function shown(): Promise<readonly [unknown, string]> {
  const { person } = events("consent.given")[0]!;
  const words = ["consent", "show", service, person, "--data", folder.path];
  const { consent } = JSON.parse((await runCommand([...words, "--json"])).out);
  const { out } = await runCommand(words);
  return [consent.key, out];
}

test("a card that has a signing key signs with it as well, and its certificate is nowhere in the clear", async () => {
  await enrol("はな", hana, trialPins.signature);
  await expect.poll(() => events("consent.given"), patience).toMatchObject([{ key: "signature" }]);
  expect(await shown()).toEqual(["signature", expect.stringContaining("and its signing key")]);
  const certificate = Buffer.from(hana.signature!.certificate);
  const forms = [certificate, ...texts(certificate)];
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && !file.parentPath.includes("cards") && !file.name.endsWith(".cer"),
  );
  const scanned = files.map(({ parentPath, name }) => ({
    name,
    bytes: readFileSync(join(parentPath, name)),
  }));
  const holding = (what: Buffer) =>
    scanned.filter(({ bytes }) => bytes.includes(what)).map(({ name }) => name);
  for (const form of forms) expect(holding(form)).toEqual([]);
  // The scan finds what is there, in the very file beside which the statement lies.
  expect(holding(Buffer.from("box_keys"))).toContainEqual(expect.stringContaining("galleries.db"));
});

/** Base64 and base64url at each of the three places where its bytes may begin. */
function texts(bytes: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((skip) => {
    const part = bytes.subarray(skip, skip + 300);
    return [part.toString("base64"), part.toString("base64url")].map((text) => Buffer.from(text));
  });
}

test("whoever does not know the password goes on without, and a wrong one costs a try of its own", async () => {
  const card = await enrol("はな", hana, undefined);
  await expect
    .poll(() => events("consent.given"), patience)
    .toMatchObject([{ key: "authentication" }]);
  expect(await shown()).toEqual(["authentication", expect.not.stringContaining("signing key")]);
  expect([card.triesLeft("authentication"), card.triesLeft("signature")]).toEqual([3, 5]);
  const blocked = await enrol("れん", ren, "WRONG123");
  expect([blocked.triesLeft("authentication"), blocked.triesLeft("signature")]).toEqual([3, 0]);
  await expect
    .poll(() => events("consent.given").map(({ key }) => key), patience)
    .toEqual(["authentication", "authentication"]);
});

test("a signing certificate that came with one person's card counts beside nobody else's", async () => {
  await enrol("はな", hana, trialPins.signature);
  await expect.poll(() => events("consent.given").length, patience).toBe(1);
  await enrol("れん", { ...ren, signature: hana.signature! }, trialPins.signature);
  await expect
    .poll(() => events("consent.refused"), patience)
    .toMatchObject([{ code: "CONSENT_SIGNATURE_OTHER_CARD" }]);
  await expect.poll(() => box.store.find("れん"), patience).toBeUndefined();
  // His own does, and hers does again.
  await enrol("れん", ren, trialPins.signature);
  await enrol("はな", hana, trialPins.signature);
  await expect
    .poll(() => events("consent.given").map(({ key }) => key), patience)
    .toEqual(["signature", "signature", "signature"]);
});
