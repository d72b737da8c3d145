import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { readEventMessage } from "#contract/event-message.ts";
import type { EventBody } from "#contract/events.ts";
import { commitmentOf, type Opening, openingOf } from "#contract/evidence-commitment.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { messageOf, type SealedEvent } from "#device/delivery/outbox-store.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const device = "box-01" as DeviceId;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-beside-"));
  path = join(folder, "outbox.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (change: { bytesMax?: number; keptMax?: number } = {}) =>
  new Outbox({
    ...{ path, device, privateKey: keyOfSeed(1).privateKey, ...change },
    wall: () => 1_790_000_000_000 as WallMs,
    clockQuality: () => "synced",
  });

/** Evidence as long as a card's mostly is: longer than a page of the file. */
const evidenceOf = (at: number): Opening =>
  openingOf(Buffer.alloc(5_000, `evidence ${at} `), Buffer.alloc(16, at));

function committing(opening: Opening): EventBody {
  const card = "A".repeat(22) as Pseudonym;
  return {
    ...{ type: "decision.made", service: "payment", outcome: "admit", reason: "card-proved" },
    evidence: [
      {
        ...{ kind: "card", virtual: false, revocationAgeMs: 0, factor: "pin", card },
        commitment: commitmentOf(opening),
      },
    ],
  };
}

const record = (outbox: Outbox, at: number) =>
  outbox.append(committing(evidenceOf(at)), [evidenceOf(at)]);

async function fill(outbox: Outbox, count: number): Promise<readonly SealedEvent[]> {
  const all: SealedEvent[] = [];
  for (let at = 1; at <= count; at++) all.push(await record(outbox, at));
  return all;
}

const receiptFor = ({ sequence, digest: event }: SealedEvent) => ({
  ...{ v: 1 as const, device, sequence, event, index: sequence, entry: event, at: 0 as WallMs },
});

function expectWhole(outbox: Outbox, from: number, to: number): void {
  const events = outbox.read(from, 100);
  expect(events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: to - from + 1 }, (_, i) => from + i),
  );
  for (const event of events) {
    expect(event.openings).toEqual([evidenceOf(event.sequence)]);
    const { sealed, openings } = event;
    expect(readEventMessage(Buffer.from(messageOf(event)))).toEqual({ sealed, openings });
  }
}

test("evidence is on disk with its event, counts as bytes, and is let go with it", async () => {
  let bytes = 0;
  {
    using outbox = open({ keptMax: 2 });
    const events = await fill(outbox, 6);
    bytes = events.reduce((sum, event) => sum + messageOf(event).length, 0);
    expect(outbox.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(6 * 6_000);
  }
  using outbox = open({ keptMax: 2 });
  expect(outbox.bytes).toBe(bytes);
  expectWhole(outbox, 1, 6);
  const [event] = outbox.pending(5, 1);
  outbox.forget(receiptFor(event!));
  expect(outbox.bytes).toBe(messageOf(outbox.pending(6, 1)[0]!).length);
  // The newest that were receipted are kept whole, for a gateway that has to be restored from a copy.
  expect(outbox.takeBack(4)).toBe(true);
  expectWhole(outbox, 4, 6);
  const file = new Database(path, { readonly: true });
  for (const table of ["events", "events_again"]) {
    const rows = file.prepare(`SELECT sequence FROM ${table} WHERE evidence IS NOT NULL`).all();
    expect(rows).toEqual([4, 5, 6].map((sequence) => ({ sequence })));
  }
  file.close();
});

test("an outbox that is full of evidence is full", async () => {
  using outbox = open({ bytesMax: 20_000 });
  await fill(outbox, 3);
  expect(await record(outbox, 4).catch(errorCodeOf)).toBe("OUTBOX_FULL");
});

test.each([
  { what: "no evidence", given: [], code: "EVENT_EVIDENCE_MISSING" },
  { what: "other evidence", given: [evidenceOf(9)], code: "EVENT_EVIDENCE_MISMATCH" },
  {
    what: "too much evidence",
    given: [evidenceOf(1), evidenceOf(1)],
    code: "EVENT_EVIDENCE_SUPERFLUOUS",
  },
])("an event with $what, which no gateway would take, uses no number", async ({ given, code }) => {
  using outbox = open();
  expect(await outbox.append(committing(evidenceOf(1)), given).catch(errorCodeOf)).toBe(code);
  expect((await record(outbox, 1)).sequence).toBe(1);
});

test("evidence beyond its size is refused before it is signed for", async () => {
  using outbox = open();
  const big = openingOf(Buffer.alloc(limits.evidenceBytesMax), Buffer.alloc(16));
  expect(await outbox.append(committing(big), [big]).catch(errorCodeOf)).toBe("EVENT_OVERSIZED");
  expect(outbox.lastSequence).toBe(0);
});

test("evidence that was damaged in one place is read from the other, whichever page was lost", async () => {
  {
    using outbox = open();
    await fill(outbox, 4);
  }
  const database = new Database(path);
  database.exec("UPDATE events SET evidence = 'x' WHERE sequence = 2");
  database.exec("UPDATE events SET evidence = NULL WHERE sequence = 3");
  database.close();
  {
    using outbox = open();
    expectWhole(outbox, 1, 4);
  }
  const sound = readFileSync(path);
  const pageBytes = 4_096;
  let refused = 0;
  for (let page = 1; page < sound.length / pageBytes; page++) {
    writeFileSync(path, Buffer.from(sound).fill(0x5a, page * pageBytes, (page + 1) * pageBytes));
    try {
      using outbox = open();
      expectWhole(outbox, 1, 4);
    } catch (error) {
      expect(errorCodeOf(error)).toBe("DATA_CORRUPT");
      refused += 1;
    }
  }
  // Pages of the second copy of the two events of which the first was taken away already.
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(8);
});
