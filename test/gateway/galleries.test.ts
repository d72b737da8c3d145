import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ConsentKey } from "#contract/consent.ts";
import { openCertificate } from "#contract/deletion-certificate.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId } from "#contract/ids.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { Disposables } from "#runtime/disposables.ts";
import {
  type BoxOptions,
  dimensions,
  GalleryBox,
  trialCard,
  trustIn,
} from "#test/support/gallery-box.ts";
import type { SoftCard } from "#test/support/soft-card.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const patience = { timeout: 60_000, interval: 50 };
const aoi = gaussianUnit(randomFrom(1), dimensions);
const ren = gaussianUnit(randomFrom(2), dimensions);

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startSecureGateway>>;
let parts: Disposables;
let trustDir: string;
let card: SoftCard;
beforeEach(async () => {
  folder = temporaryFolder();
  parts = new Disposables();
  ({ card, trustDir } = trialCard(join(folder.path, "card")));
  trustIn(join(folder.path, "gateway"), trustDir);
  running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function box(id: string, change: Partial<BoxOptions> = {}): Promise<GalleryBox> {
  const options = {
    folder: folder.path,
    id,
    service: "bus.boarding",
    trustDir,
    ...change,
  } as const;
  const opened = parts.use(await GalleryBox.open(running, options));
  await opened.start();
  await expect.poll(() => opened.uplink.isConnected, patience).toBe(true);
  return opened;
}

function events<Type extends EventBody["type"]>(type: Type): Extract<EventBody, { type: Type }>[] {
  const bodies = running.gateway.ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  return bodies.filter((body): body is Extract<EventBody, { type: Type }> => body.type === type);
}

const states = () => running.gateway.galleries.boxes().map(({ state }) => state);
const keyOfAoi = (): ConsentKey => events("consent.given")[0]!;

test("somebody who enrols at one box with their card is recognised at every box of the service", async () => {
  const [a, b] = [await box("bus-a"), await box("bus-b")];
  const other = await box("school-1", { service: "school.attendance" });
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  await expect.poll(() => a.recognises(aoi), patience).toBe(person);
  expect(await b.recognises(ren)).toBeUndefined();
  expect(other.index.people).toBe(0);
  // The name stays where it was told.
  expect([a.store.nameOf(person), b.store.nameOf(person)]).toEqual(["Aoi", undefined]);
  // A box that comes later gets its gallery from one that holds it.
  const late = await box("bus-late");
  await expect.poll(() => late.recognises(aoi), patience).toBe(person);
  await expect.poll(states, patience).toEqual(["in-step", "in-step", "in-step", "in-step"]);
  // What was received was sealed by a box, envelope by envelope.
  const sealed = new Set(events("gallery.sealed").map(({ envelope }) => envelope));
  expect(events("gallery.received").every(({ envelope }) => sealed.has(envelope))).toBe(true);
  expect(await running.gateway.verifyLedger()).toMatchObject({ intact: true });
});

test("withdrawn at a box: nobody matches any more, each box says so, and the person gets a proof", async () => {
  const [a, b] = [await box("bus-a"), await box("bus-b")];
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  expect(await b.withdraw(card)).toBe(1);
  // On the box where it was signed it counts at once.
  expect(await b.recognises(aoi)).toBeUndefined();
  await expect.poll(() => a.recognises(aoi), patience).toBeUndefined();
  expect(a.store.templateCount + b.store.templateCount).toBe(0);
  const key = keyOfAoi();
  const { deletions } = running.gateway.galleries;
  await expect
    .poll(() => deletions.status(key), patience)
    .toMatchObject({ deletion: { gone: 2, of: 2, waiting: [], certified: true } });
  const made = await deletions.certificate(key);
  if (!made.ok) throw new Error(made.code);
  expect(await openCertificate(made.certificate, running.gateway.publicKey)).toMatchObject({
    boxes: [
      { device: "bus-a", how: "deleted" },
      { device: "bus-b", how: "deleted" },
    ],
  });
  expect(events("gallery.deletion-certified")).toHaveLength(1);
  // Whoever comes back signs anew.
  await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
});

test("withdrawn at the counter while a box is away: it is waited for, and refuses when it is back", async () => {
  const [a, b] = [await box("bus-a"), await box("bus-b")];
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  const { galleries } = running.gateway;
  await b[Symbol.asyncDispose]();
  expect(await galleries.desk.withdraw(keyOfAoi(), "counter", "clerk-7")).toMatchObject({
    ok: true,
  });
  await expect.poll(() => a.recognises(aoi), patience).toBeUndefined();
  await expect
    .poll(() => galleries.deletions.status(keyOfAoi()), patience)
    .toMatchObject({
      deletion: { gone: 1, of: 2, waiting: [{ device: "bus-b" }], certified: false },
    });
  expect(await galleries.deletions.certificate(keyOfAoi())).toMatchObject({
    ok: false,
    code: "DELETION_PENDING",
  });
  const options = { folder: folder.path, id: "bus-b", service: "bus.boarding", trustDir } as const;
  const back = parts.use(await GalleryBox.open(running, options));
  await back.start();
  await expect.poll(() => back.uplink.isConnected, patience).toBe(true);
  // Its first decision after reconnecting waits for what the gateway has to say.
  expect(await back.recognises(aoi)).toBeUndefined();
  await expect
    .poll(() => galleries.deletions.status(keyOfAoi()), patience)
    .toMatchObject({ deletion: { gone: 2, of: 2, certified: true } });
});

test("a box that hears nothing stops matching when its gallery is too old, and a clock set back helps nobody", async () => {
  let aheadMs = 0;
  const a = await box("bus-a", { aheadMs: () => aheadMs });
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => a.recognises(aoi), patience).toBe(person);
  await running[Symbol.asyncDispose]();
  await expect.poll(() => a.uplink.isConnected, patience).toBe(false);
  expect(await a.recognises(aoi)).toBe(person);
  aheadMs = 71 * 3_600_000;
  expect(await a.recognises(aoi)).toBe(person);
  aheadMs = 73 * 3_600_000;
  expect(await a.recognises(aoi)).toBeUndefined();
  aheadMs = -3_600_000;
  expect(await a.recognises(aoi)).toBeUndefined();
});

test("a new secret of the deployment re-keys every box, and an old copy matches nothing", async () => {
  const [a, b] = [await box("bus-a"), await box("bus-b")];
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  const [before] = a.store.templatesOf(person);
  const { rotation } = running.gateway.galleries;
  rotation.renew();
  await expect
    .poll(() => [a.store.model, b.store.model], patience)
    .toEqual(Array(2).fill(`made-faces+${rotation.name}`));
  const [after] = a.store.templatesOf(person);
  const cosine = before!.reduce((sum, value, i) => sum + value * after![i]!, 0);
  expect(Math.abs(cosine)).toBeLessThan(0.5);
  expect(a.store.templatesOf(person)).toEqual(b.store.templatesOf(person));
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  // A box that joins now is given the new secret, and is sealed what went through it.
  const late = await box("bus-late");
  await expect.poll(() => late.recognises(aoi), patience).toBe(person);
  expect(events("gallery.rekeyed").length).toBeGreaterThanOrEqual(2);
});

test("a box is brought back into step from nothing", async () => {
  const [a, b] = [await box("bus-a"), await box("bus-b")];
  const person = await a.enrol("Aoi", aoi, card);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  running.gateway.galleries.hub.resync("bus-b" as DeviceId);
  await expect.poll(() => b.store.consents.order, patience).toBe(3);
  await expect.poll(() => b.recognises(aoi), patience).toBe(person);
  await expect.poll(states, patience).toEqual(["in-step", "in-step"]);
});
