import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { commitmentsIn } from "#contract/evidence-commitment.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { StepUp } from "#contract/step-up-evidence.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { backUpGateway, restoreGateway } from "#gateway/backup.ts";
import { openVault } from "#gateway/evidence/open-vault.ts";
import { Ledger, type LedgerEntry } from "#gateway/ledger/ledger.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { RetentionKeeper } from "#gateway/retention/retention.ts";
import { silentLog } from "#runtime/log.ts";
import { type CardPlace, cardCity, ren, stepUp } from "#test/support/card-city.ts";
import { makeCard } from "#test/support/card-hierarchy.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { filesWith, tracesOfCard } from "#test/support/card-traces.ts";
import { runCommand } from "#test/support/run-command.ts";
import { temporaryFolder } from "./gateway-under-test.ts";
import { taro } from "./persons-under-test.ts";

/** One card in two services, of somebody whom the registry knows; and in one of them somebody else's. */
const services = ["bus.boarding", "payment"] as const satisfies readonly Service[];
const visits = 2;
const day = 86_400_000;
const other = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "ren") });
let city: Awaited<ReturnType<typeof cardCity>>;
let copies: ReturnType<typeof temporaryFolder>;
/** What the person's card proved, and what somebody else's did. */
const own: { readonly entry: LedgerEntry; readonly signed: StepUp; readonly place: CardPlace }[] =
  [];
let others: LedgerEntry;
let keyBefore: Buffer;

beforeAll(async () => {
  city = await cardCity();
  copies = temporaryFolder();
  const { gateway } = city;
  const added = await post("/api/registry/persons", { records: [taro] });
  expect(added.status).toBe(200);
  const id = gateway.persons.idOf(taro.reference)!;
  for (const [at, service] of services.entries()) {
    const place = await city.place(`box-${at}`, service);
    const person = gateway.persons.pseudonymOf(service, id);
    for (let visit = 0; visit < visits; visit++) {
      const { entry, signed } = await stepUp(place, { person });
      expect(entry.refusal).toBeNull();
      own.push({ entry, signed, place });
    }
  }
  ({ entry: others } = await stepUp(own[0]!.place, { card: other, person: ren }));
  expect(others.refusal).toBeNull();
  await gateway.signHead();
}, 60_000);
afterAll(async () => {
  await city?.[Symbol.asyncDispose]();
  copies?.[Symbol.dispose]();
});

const post = (path: string, body: object) =>
  city.ask(path, { method: "POST", body: JSON.stringify(body) });

const ownTraces = () =>
  tracesOfCard(
    stepUpCard.der,
    own.map(({ signed }) => signed.signature),
  );

/** Every value of sixteen characters and more in what is told of one service. */
function valuesOf(service: string, events: readonly { event: { body: object } }[]) {
  const values = (value: unknown): readonly string[] => {
    if (typeof value === "string") return value.length >= 16 ? [value] : [];
    if (typeof value !== "object" || value === null) return [];
    return Object.values(value).flatMap(values);
  };
  const mine = events.filter(
    ({ event: { body } }) => "service" in body && body.service === service,
  );
  expect(mine.length).toBeGreaterThanOrEqual(2 * visits);
  return new Set(mine.flatMap(({ event }) => values(event.body)));
}

const common = (sets: readonly ReadonlySet<string>[]) =>
  [...sets[0]!].filter((value) => sets[1]!.has(value));

interface Told {
  readonly events: readonly { readonly event: { readonly body: object } }[];
}

test("two services' complete lists of events have no value in common that tells the card", async () => {
  const { events } = (await (await city.ask("/api/events?limit=1000")).json()) as Told;
  expect(common(services.map((service) => valuesOf(service, events)))).toEqual([]);
  const commitments = own.map(({ entry }) => commitmentsIn(placed(entry).event.body)[0]!);
  expect(new Set(commitments).size).toBe(2 * visits);
});

test("two services' parts of the ledger's file have nothing in common either, in no table and no byte", () => {
  const file = new Database(city.files.ledger, { readonly: true });
  const tables = ["entries", "evidence"];
  const serviceAt = new Map<number, Service>();
  for (const { index, event } of city.gateway.ledger.after(0, 1_000).map(placed)) {
    if ("service" in event.body && event.body.service) serviceAt.set(index, event.body.service);
  }
  const parts = services.map((service) => {
    const rows = tables.flatMap(
      (table) => file.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[],
    );
    const mine = rows.filter((row) => serviceAt.get(row["position"] as number) === service);
    expect(mine.filter((row) => "nonce" in row).length).toBeGreaterThanOrEqual(visits);
    const values = mine.flatMap((row) => Object.values(row));
    const texts = values.filter((value) => typeof value === "string" && value.length >= 16);
    const events = texts.flatMap((text) => bodyIn(String(text)));
    const blobs = values.filter((value) => value instanceof Buffer) as Buffer[];
    // Every run of eight bytes of what lies sealed, at any place.
    const runs = blobs.flatMap((blob) =>
      Array.from({ length: blob.length - 7 }, (_, at) => blob.toString("latin1", at, at + 8)),
    );
    return new Set([...texts.map(String), ...events, ...runs]);
  });
  file.close();
  expect(parts[0]!.size).toBeGreaterThan(5_000);
  expect(common(parts)).toEqual([]);
  expect(filesWith(ownTraces(), city.dataDir, /^(ledger|quarantine)\.db/)).toEqual([]);
  // The search finds what there is to find: the register of cards knows the serial number.
  expect(filesWith(ownTraces(), city.dataDir, /^cards\.db/)).not.toEqual([]);
});

/** Values of a sealed event's body, without the words of the contract. */
function bodyIn(text: string): readonly string[] {
  const [, payload, signature] = text.split(".");
  if (!signature) return [];
  const { body } = JSON.parse(Buffer.from(payload!, "base64url").toString()) as { body: object };
  const values = JSON.stringify(body).match(/[\w-]{16,}/g) ?? [];
  return [signature, ...values.filter((one) => /\d|[A-Z]/.test(one))];
}

test("a proof shows the commitment alone; with the evidence, once the look at it is on record", async () => {
  const { entry, signed } = own[0]!;
  const proofOf = async (query: string) => {
    const answer = await city.ask(`/api/ledger/proof?index=${entry.index}${query}`);
    return ((await answer.json()) as { proof: { evidence?: { bytes: string }[] } }).proof;
  };
  const looks = () => bodies().filter(({ type }) => type === "registry.looked");
  const before = looks().length;
  const bare = await proofOf("");
  expect(bare).not.toHaveProperty("evidence");
  expect(looks().length).toBe(before);
  const whole = await proofOf("&evidence=true");
  const { bytes } = whole.evidence![0]!;
  expect(JSON.parse(Buffer.from(bytes, "base64url").toString())).toEqual(signed);
  expect(looks().at(-1)).toMatchObject({
    ...{ who: expect.stringMatching(/^api-key:/), what: "evidence", why: "audit" },
  });
  const [name, at] = [entry.device, entry.sequence];
  const command = ["ledger", "prove", `${name}/${at}`, "--evidence", "--gateway", city.httpUrl];
  const { status, out } = await runCommand([...command, "--data", city.folder.path]);
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ evidence: whole.evidence });
  expect(looks().length).toBe(before + 2);
  // The verifier that shares no code with this holds the evidence to what the box has signed.
  for (const [proof, holds] of [
    [bare, true],
    [whole, true],
    [{ ...whole, evidence: [{ ...whole.evidence![0], salt: "A".repeat(22) }] }, false],
  ] as const) {
    const file = join(copies.path, "proof.json");
    writeFileSync(file, JSON.stringify(proof));
    const verifier = fileURLToPath(new URL("../../docs/verify-inclusion.mjs", import.meta.url));
    const args = [verifier, file, city.files.publicKey];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stdout]).toEqual([holds ? 0 : 1, expect.any(String)]);
  }
});

test("a person's own data has what their card proved, and a copy of the gateway opens it as well", async () => {
  const asked = await post("/api/own-data", { reference: taro.reference, form: "json" });
  const { events } = (await asked.json()) as { events: { proof?: StepUp }[] };
  const proofs = events.flatMap(({ proof }) => proof ?? []);
  expect(proofs).toEqual(own.map(({ signed }) => signed));
  const [copy, standby] = ["copy", "standby"].map((name) => join(copies.path, name));
  backUpGateway(city.dataDir, copy!, 0 as WallMs);
  await restoreGateway(copy!, standby!);
  using ledger = new Ledger(join(standby!, "ledger.db"));
  using vault = openVault(standby!, ledger);
  const { entry } = own[1]!;
  expect(vault.openingOf(entry.index)).toEqual(city.gateway.vault.openingOf(entry.index));
  expect(vault.openingOf(entry.index)).toBeDefined();
});

const bodies = (): readonly EventBody[] =>
  city.gateway.ledger.after(0, 1_000).map((entry) => placed(entry).event.body);

test("whoever is forgotten is forgotten with all that their card proved; the ledger stands as it was", async () => {
  const { gateway } = city;
  const { vault } = gateway;
  keyBefore = sealedKey("payment");
  const count = gateway.ledger.count;
  const forgotten = await post("/api/registry/persons/forget", { reference: taro.reference });
  expect(await forgotten.json()).toEqual({ forgotten: true, consents: [] });
  expect(bodies().slice(count)).toMatchObject([
    { type: "retention.applied", what: "forgotten", count: 2 * visits },
  ]);
  for (const { entry } of own) {
    expect(vault.openingOf(entry.index)).toBeUndefined();
    expect(gateway.ledger.after(entry.index - 1, 1)).toEqual([entry]);
  }
  expect(vault.openingOf(others.index)).toBeDefined();
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
  const answer = await city.ask(`/api/ledger/proof?index=${own[0]!.entry.index}&evidence=true`);
  const { proof } = (await answer.json()) as { proof: { event: string; evidence: object[] } };
  expect(proof.evidence).toEqual([]);
  const { body } = JSON.parse(Buffer.from(proof.event.split(".")[1]!, "base64url").toString());
  expect(body.evidence[0].commitment).toMatch(/^[\w-]{43}$/);
  expect(filesWith(ownTraces(), city.dataDir)).toEqual([]);
  const again = await post("/api/registry/persons/forget", { reference: taro.reference });
  expect(await again.json()).toEqual({ forgotten: false, consents: [] });
});

/** The key of the one card that was used in a service, as it lies there. */
function sealedKey(service: Service): Buffer {
  const file = new Database(city.files.evidenceKeys, { readonly: true });
  const rows = file
    .prepare("SELECT sealed FROM keys WHERE owner LIKE ?")
    .all(`card ${service} %`) as { sealed: Buffer }[];
  file.close();
  expect(rows.length).toBe(1);
  return rows[0]!.sealed;
}

function keyCount(): number {
  const file = new Database(city.files.evidenceKeys, { readonly: true });
  const { count } = file.prepare("SELECT count(*) AS count FROM keys").get() as { count: number };
  file.close();
  return count;
}

test("what was proved goes after its years and what was refused after its month, and the ledger says so", async () => {
  const { gateway, clock, time } = city;
  const { place } = own[0]!;
  const { entry } = await stepUp(place, { card: other, person: ren, nonce: "A".repeat(22) });
  expect(entry.refusal).toBe("NONCE_NEVER_ISSUED");
  const keeper = new RetentionKeeper({
    ...{ clock, log: silentLog, quarantine: gateway.quarantine, vault: gateway.vault },
    details: gateway.boxLists.details,
    shelters: () => gateway.services.shelters,
    record: (body) => gateway.desk.record(body),
  });
  const kept = () =>
    [others, entry].map(({ index }) => gateway.vault.openingOf(index) !== undefined);
  const start = time.now;
  // With the evidence go the keys that open nothing any more: first that of the day, then the person's and card's.
  for (const [days, expected, keys] of [
    [29, [true, true], 3],
    [32, [true, false], 2],
    [1_829, [true, false], 2],
    [1_831, [false, false], 0],
  ] as const) {
    time.now = (start + days * day) as WallMs;
    await keeper.apply();
    expect([days, kept(), keyCount()]).toEqual([days, expected, keys]);
  }
  time.now = start;
  const again = await stepUp(place, { card: other, person: ren });
  expect([again.entry.refusal, keyCount()]).toEqual([null, 2]);
  expect(gateway.vault.openingOf(again.entry.index)).toEqual(again.openings[0]);
  await keeper.apply();
  expect(keyCount()).toBe(2);
  const said = bodies().filter((body) => body.type === "retention.applied");
  expect(said.filter(({ what }) => what === "evidence")).toMatchObject([
    { count: 1 },
    { count: 1 },
  ]);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
});

test("and when the gateway has stopped, nothing of it stands in any file: not even the key", async () => {
  await city.stop();
  const traces = new Map([...ownTraces(), ["a key", keyBefore]]);
  expect(filesWith(traces, city.dataDir)).toEqual([]);
  // In the copy from before it does: what a copy holds is for whoever keeps copies to let go of.
  expect(filesWith(traces, join(copies.path, "copy"), /^evidence-keys\.db/)).not.toEqual([]);
});
