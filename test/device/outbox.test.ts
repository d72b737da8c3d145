import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type EventBody, parseEvent } from "#contract/events.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import type { Receipt } from "#contract/receipts.ts";
import { unseal } from "#contract/seal.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import type { SealedEvent } from "#device/delivery/outbox-store.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { BundledScripts } from "#test/support/bundled-scripts.ts";
import { codeOf } from "#test/support/code-of.ts";

const device = "box-01" as DeviceId;
const key = keyOfSeed(1);
const body: EventBody = { type: "source.changed", source: "camera", state: "dark" };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-outbox-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(change: { eventsMax?: number; device?: DeviceId; path?: string } = {}): Outbox {
  return new Outbox({
    path: join(folder, "outbox.db"),
    device,
    privateKey: key.privateKey,
    wall: () => 1_790_000_000_000 as WallMs,
    clockQuality: () => "synced",
    ...change,
  });
}

function receiptFor({ sequence, digest }: SealedEvent): Receipt {
  const at = 0 as WallMs;
  return { v: 1, device, sequence, event: digest, index: sequence, entry: digest, at };
}

/** Reads every waiting event, and checks numbers, signatures and chain from `previous` on. */
async function expectChain(events: readonly SealedEvent[], first = 1, before = genesisDigest) {
  let previous: Digest = before;
  for (const [index, { sequence, digest, sealed }] of events.entries()) {
    const event = parseEvent(await unseal("tebura-event+jws", sealed, device, key.publicKey));
    expect(sequence).toBe(first + index);
    expect(event).toMatchObject({ device, sequence, previous });
    expect(digestOf(sealed)).toBe(digest);
    previous = digest;
  }
}

test("events made at the same time are numbered without a gap, chained and signed", async () => {
  using outbox = open();
  const appended = await Promise.all(Array.from({ length: 50 }, () => outbox.append(body)));
  expect(appended.map(({ sequence }) => sequence)).toEqual(appended.map((_, i) => i + 1));
  await expectChain(outbox.pending(1, 100));
  expect(outbox.depth).toBe(50);
});

test("a new process goes on where the old one stood, also when everything was forgotten", async () => {
  const first = open();
  await first.append(body);
  const second = await first.append(body);
  expect(first.forget(receiptFor(second))).toBe(2);
  first[Symbol.dispose]();
  using again = open();
  expect([again.lastSequence, again.receiptedSequence, again.depth]).toEqual([2, 2, 0]);
  await again.append(body);
  await expectChain(again.pending(1, 10), 3, second.digest);
});

test("only a receipt for an event of ours makes it forget", async () => {
  using outbox = open();
  const first = await outbox.append(body);
  const second = await outbox.append(body);
  const forged = { ...receiptFor(second), event: digestOf("another event") };
  expect(codeOf(() => outbox.forget(forged))).toBe("RECEIPT_INVALID");
  const ahead = { ...receiptFor(second), sequence: 9 };
  expect(codeOf(() => outbox.forget(ahead))).toBe("RECEIPT_INVALID");
  expect(outbox.depth).toBe(2);
  expect(outbox.forget(receiptFor(first))).toBe(1);
  expect(outbox.forget(receiptFor(first))).toBe(0);
  expect(outbox.pending(1, 10).map(({ sequence }) => sequence)).toEqual([2]);
});

test("a full outbox refuses a new event and keeps the old ones", async () => {
  using outbox = open({ eventsMax: 2 });
  const first = await outbox.append(body);
  await outbox.append(body);
  expect(await outbox.append(body).catch(errorCodeOf)).toBe("OUTBOX_FULL");
  expect(outbox.depth).toBe(2);
  outbox.forget(receiptFor(first));
  expect((await outbox.append(body)).sequence).toBe(3);
});

test.each([
  { name: "beyond the schema", version: "x".repeat(41) },
  { name: "beyond its size", version: "x".repeat(20_000) },
])("an event $name is refused, and its number goes to the next", async ({ version }) => {
  using outbox = open();
  const bad: EventBody = { type: "device.started", version, service: "bus.boarding" };
  expect(await outbox.append(bad).catch(errorCodeOf)).toBe("EVENT_MALFORMED");
  expect((await outbox.append(body)).sequence).toBe(1);
  await expectChain(outbox.pending(1, 10));
});

test("an outbox that cannot be made has its code", () => {
  writeFileSync(join(folder, "file"), "");
  expect(codeOf(() => open({ path: join(folder, "file", "outbox.db") }))).toBe("DATA_UNWRITABLE");
});

test("another box's outbox, a newer one and a damaged one are refused", async () => {
  using outbox = open();
  await outbox.append(body);
  expect(codeOf(() => open({ device: "box-02" as DeviceId }))).toBe("CONFIG_INVALID");
  outbox[Symbol.dispose]();
  const database = new Database(join(folder, "outbox.db"));
  database.pragma("user_version = 99");
  database.close();
  expect(codeOf(() => open())).toBe("DATA_NEWER_VERSION");
  rmSync(join(folder, "outbox.db-wal"), { force: true });
  writeFileSync(join(folder, "outbox.db"), "this is no database, and long enough to be looked at");
  expect(codeOf(() => open())).toBe("DATA_CORRUPT");
});

test("killed in the middle of appending, again and again, it loses nothing that it had promised", async () => {
  const source = new URL("./outbox-child.ts", import.meta.url);
  using scripts = new BundledScripts(source);
  const script = scripts.at(source);
  const promised = new Map<number, string>();
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [script, join(folder, "outbox.db")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split("\n").length > 20 + 7 * round) child.kill("SIGKILL");
    });
    await once(child, "close");
    for (const line of text.split("\n").slice(0, -1)) {
      const [sequence, digest] = line.split(" ");
      expect(promised.has(Number(sequence))).toBe(false); // No number is ever used twice.
      promised.set(Number(sequence), digest ?? "");
    }
  }
  using outbox = open();
  const events = outbox.pending(1, 100_000);
  await expectChain(events);
  const kept = new Map(events.map(({ sequence, digest }) => [sequence, digest as string]));
  for (const [sequence, digest] of promised) expect(kept.get(sequence)).toBe(digest);
  expect(promised.size).toBeGreaterThan(100);
});
