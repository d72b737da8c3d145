import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { Desk } from "#gateway/desk/desk.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { verifyLedger } from "#gateway/ledger/verify.ts";

const started: EventBody = { type: "device.started", version: "1", service: "counter" };
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

function openDesk(dir: string) {
  const ledger = new Ledger(join(dir, "ledger.db"));
  const seen: Event[] = [];
  const desk = new Desk({
    ...{ ledger, privateKey, clock: { wall: () => 1_000 as WallMs } },
    onEntry: (_entry, event) => seen.push(event),
  });
  return { ledger, desk, seen };
}

test("what is recorded together is numbered in order, signed, and verified with the ledger", async () => {
  const dir = mkdtempSync(join(tmpdir(), "tebura-desk-"));
  const { ledger, desk, seen } = openDesk(dir);
  const recorded = await Promise.all(Array.from({ length: 40 }, () => desk.record(started)));
  expect(recorded.map(({ sequence }) => sequence)).toEqual([...Array(40).keys()].map((n) => n + 1));
  expect(seen.map(({ sequence }) => sequence)).toEqual(recorded.map(({ sequence }) => sequence));
  const keyOf = (device: string) => (device === deskDevice ? publicKey : undefined);
  expect(await verifyLedger(ledger, keyOf)).toMatchObject({ intact: true, entries: 40 });
  ledger[Symbol.dispose]();
  const again = openDesk(dir);
  expect(await again.desk.record(started)).toEqual({ index: 41, sequence: 41 });
  again.ledger[Symbol.dispose]();
});

test("an event that fits no schema is refused alone, and uses no number", async () => {
  const dir = mkdtempSync(join(tmpdir(), "tebura-desk-"));
  const { ledger, desk } = openDesk(dir);
  const bad = { ...started, version: "x".repeat(50) } as EventBody;
  const [first, refused, second] = await Promise.allSettled([
    desk.record(started),
    desk.record(bad),
    desk.record(started),
  ]);
  expect(first).toMatchObject({ value: { sequence: 1 } });
  expect(refused).toMatchObject({ reason: { code: "EVENT_MALFORMED" } });
  expect(second).toMatchObject({ value: { sequence: 2 } });
  ledger[Symbol.dispose]();
});

test("a ledger that cannot be written refuses the record, and the next one is taken again", async () => {
  const dir = mkdtempSync(join(tmpdir(), "tebura-desk-"));
  const { ledger, desk } = openDesk(dir);
  const { append } = ledger;
  ledger.append = () => {
    throw new Error("disk full");
  };
  await expect(desk.record(started)).rejects.toThrow("disk full");
  ledger.append = append;
  expect(await desk.record(started)).toEqual({ index: 1, sequence: 1 });
  ledger[Symbol.dispose]();
});
