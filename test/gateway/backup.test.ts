import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { main } from "#cli/main.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { FolderOfEvents } from "./ledger-of-events.ts";
import { TestDevice } from "./test-device.ts";

let folder: ReturnType<typeof temporaryFolder>;
let copy: string;
beforeEach(() => {
  folder = temporaryFolder();
  copy = join(folder.path, "copy");
});
afterEach(() => folder[Symbol.dispose]());

async function tebura(data: string, ...args: readonly string[]) {
  const said: string[] = [];
  const take = (text: string) => void said.push(text);
  const io = { out: take, err: take, signal: new AbortController().signal, interactive: false };
  const status = await main(["ledger", ...args, "--data", join(folder.path, data)], io);
  return { status, says: said.join("") };
}

/** Publishes so many events and waits for the receipt of the last. */
async function report(
  running: Awaited<ReturnType<typeof startGateway>>,
  device: TestDevice,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) await device.publish(await device.next());
  for (;;) {
    const answer = await device.answer(running.gateway.publicKey);
    if (answer.kind === "receipt" && answer.receipt.sequence === device.sequence) return;
  }
}

test("a copy made while events come in is one moment of the ledger, whole and verified", async () => {
  await using device = new TestDevice("box-1", 1);
  await using running = await startGateway(join(folder.path, "one", "gateway"));
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  await report(running, device, 50);
  const coming = report(running, device, 200);
  for (let i = 0; i < 5; i++) {
    expect((await tebura("one", "backup", `${copy}-${i}`)).status).toBe(0);
    const target = `restored-${i}`;
    expect((await tebura(target, "restore", `${copy}-${i}`)).status).toBe(0);
    const { status, says } = await tebura(target, "verify", "--json");
    expect([status, JSON.parse(says)]).toEqual([0, expect.objectContaining({ intact: true })]);
    expect(JSON.parse(says).entries).toBeGreaterThanOrEqual(50);
  }
  await coming;
});

test("a second gateway takes over from a copy: same key, same boxes, the ledger goes on", async () => {
  await using device = new TestDevice("box-1", 1);
  let firstKey: string;
  {
    await using first = await startGateway(join(folder.path, "one", "gateway"));
    first.gateway.registerDevice(device.id, device.key.publicKey);
    await device.connect(first.mqttUrl);
    await report(first, device, 10);
    firstKey = first.gateway.publicKey.export({ type: "spki", format: "pem" }).toString();
  }
  await device[Symbol.asyncDispose]();
  expect((await tebura("one", "backup", copy)).status).toBe(0);
  const head = (await tebura("one", "head")).says;
  expect((await tebura("two", "restore", copy)).status).toBe(0);
  await using second = await startGateway(join(folder.path, "two", "gateway"));
  expect(second.gateway.publicKey.export({ type: "spki", format: "pem" }).toString()).toBe(
    firstKey,
  );
  await device.connect(second.mqttUrl);
  await report(second, device, 10);
  expect(await second.gateway.verifyLedger()).toMatchObject({ intact: true, entries: 20 });
  expect((await tebura("two", "head")).says).toBe(head);
});

test("nothing but a whole copy is put in place, and never over a ledger", async () => {
  const events = new FolderOfEvents(join(folder.path, "one", "gateway"));
  await events.add(30);
  expect((await tebura("one", "backup", copy)).status).toBe(0);
  expect((await tebura("one", "backup", copy)).says).toContain("CONFIG_INVALID");
  expect((await tebura("one", "restore", copy)).says).toContain("CONFIG_INVALID");
  expect((await tebura("two", "restore", join(folder.path, "one"))).says).toContain("DATA_CORRUPT");
  appendFileSync(join(copy, "devices.db"), "x");
  expect((await tebura("two", "restore", copy)).says).toContain(
    "devices.db of the copy is damaged",
  );
  expect(existsSync(join(folder.path, "two", "gateway", "ledger.db"))).toBe(false);
  expect((await tebura("none", "backup", `${copy}-2`)).says).toContain("SOURCE_NOT_FOUND");
  expect((await tebura("two", "restore", `${copy}-2`)).says).toContain("SOURCE_NOT_FOUND");
  expect(existsSync(`${copy}-2`)).toBe(false);
});

test("a copy of a ledger that does not verify is refused", async () => {
  const events = new FolderOfEvents(join(folder.path, "one", "gateway"));
  await events.add(30);
  {
    using ledger = new Ledger(events.files.ledger);
    const [last] = ledger.after(29, 1);
    ledger.append([{ ...last!, sequence: 99 }]);
  }
  expect((await tebura("one", "backup", copy)).status).toBe(0);
  expect((await tebura("two", "restore", copy)).says).toContain("DATA_CORRUPT");
});

test("a copy holds what a gateway's folder holds, and no lock or journal", async () => {
  const path = join(folder.path, "one", "gateway");
  await using running = await startGateway(path);
  expect((await tebura("one", "backup", copy)).status).toBe(0);
  const names = Object.values(gatewayFiles(copy)).filter(existsSync);
  const originals = Object.values(gatewayFiles(path)).filter(existsSync);
  expect(names.length).toBe(originals.length);
  expect(readdirSync(copy).filter((name) => /lock|-wal|-shm/.test(name))).toEqual([]);
  expect(running.httpUrl).toContain("127.0.0.1");
});
