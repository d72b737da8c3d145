import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

/** Sends events and waits until the last of them is receipted. */
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

test("a gateway that comes back goes on where its ledger ends, and takes nothing twice", async () => {
  using folder = temporaryFolder();
  await using device = new TestDevice("box-1", 1);
  {
    await using first = await startGateway(folder.path);
    first.gateway.registerDevice(device.id, device.key.publicKey);
    await device.connect(first.mqttUrl);
    await report(first, device, 5);
  }
  await device[Symbol.asyncDispose]();
  await using second = await startGateway(folder.path);
  await device.connect(second.mqttUrl);
  await report(second, device, 5);
  expect(second.gateway.ledger.count).toBe(10);
  expect(await second.gateway.verifyLedger()).toMatchObject({ intact: true, entries: 10 });
});

test.each([
  { name: "other bytes of an event", column: "sealed", value: "x" },
  { name: "another time of receipt", column: "received_at", value: 1 },
  { name: "another device", column: "device", value: "box-9" },
  { name: "another digest", column: "event", value: "A".repeat(43) },
  { name: "another hash", column: "entry", value: "A".repeat(43) },
])("verifying finds $name, at its entry", async ({ column, value }) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  await using device = new TestDevice("box-1", 1);
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  await report(running, device, 6);
  const database = new Database(gatewayFiles(folder.path).ledger);
  database.exec("DROP TRIGGER entries_stay; DROP TRIGGER entries_remain");
  database.prepare(`UPDATE entries SET ${column} = ? WHERE position = 4`).run(value);
  database.close();
  const verdict = await running.gateway.verifyLedger();
  expect(verdict).toMatchObject({ intact: false, index: 4, code: "LEDGER_BROKEN" });
});

test("verifying finds an entry that was taken out, at its place", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  await using device = new TestDevice("box-1", 1);
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  await report(running, device, 4);
  const database = new Database(gatewayFiles(folder.path).ledger);
  database.exec("DROP TRIGGER entries_remain; DELETE FROM entries WHERE position = 2");
  database.close();
  expect(await running.gateway.verifyLedger()).toMatchObject({ intact: false, index: 2 });
});

test("the database itself refuses to change or remove an entry", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "ledger.db");
  new Ledger(path)[Symbol.dispose]();
  const database = new Database(path);
  database.exec("INSERT INTO entries VALUES (1, 'box-1', 1, 1, 'd', 's', 'e', NULL)");
  expect(() => database.exec("UPDATE entries SET sequence = 2")).toThrow("only grows");
  expect(() => database.exec("DELETE FROM entries")).toThrow("only grows");
  database.close();
});

test("a ledger of a newer release is refused with DATA_NEWER_VERSION", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "ledger.db");
  const database = new Database(path);
  database.pragma("user_version = 99");
  database.close();
  expect(() => new Ledger(path)).toThrow(expect.objectContaining({ code: "DATA_NEWER_VERSION" }));
});

test("a ledger file that is no database is refused with DATA_CORRUPT", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "ledger.db");
  writeFileSync(path, "no database, and long enough to be sure of it. ".repeat(40));
  expect(() => new Ledger(path)).toThrow(expect.objectContaining({ code: "DATA_CORRUPT" }));
});

test.skipIf(process.getuid?.() === 0)(
  "a folder that cannot be written is refused with DATA_UNWRITABLE (skipped as root)",
  () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o500);
    expect(() => new Ledger(join(folder.path, "ledger.db"))).toThrow(
      expect.objectContaining({ code: "DATA_UNWRITABLE" }),
    );
    chmodSync(folder.path, 0o700);
  },
);
