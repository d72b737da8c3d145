import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type EventBody, parseEvent } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Receipt } from "#contract/receipts.ts";
import { unseal } from "#contract/seal.ts";
import { Outbox, type OutboxOptions } from "#device/delivery/outbox.ts";
import type { SealedEvent } from "#device/delivery/outbox-store.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { Disk } from "#test/simulation/disk.ts";
import { codeOf } from "#test/support/code-of.ts";

const device = "box-01" as DeviceId;
const key = keyOfSeed(1);
const body: EventBody = { type: "source.changed", source: "camera", state: "dark" };
const day = 86_400_000;
let folder: string;
let path: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-outbox-"));
  path = join(folder, "outbox.db");
  now = 1_790_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(change: Partial<OutboxOptions> = {}): Outbox {
  return new Outbox({
    ...{ path, device, privateKey: key.privateKey },
    wall: () => now as WallMs,
    clockQuality: () => "synced",
    ...change,
  });
}

async function fill(outbox: Outbox, count: number): Promise<readonly SealedEvent[]> {
  return await Promise.all(Array.from({ length: count }, () => outbox.append(body)));
}

function receiptFor({ sequence, digest }: SealedEvent): Receipt {
  const at = 0 as WallMs;
  return { v: 1, device, sequence, event: digest, index: sequence, entry: digest, at };
}

const refusal = (outbox: Outbox) => outbox.append(body).catch(errorCodeOf);

test("an outbox full in bytes takes nothing on, drops nothing, and goes on once there is room", async () => {
  using outbox = open({ bytesMax: 2_000 });
  const events: SealedEvent[] = [];
  while (outbox.bytes < 2_000) events.push(await outbox.append(body));
  expect(await refusal(outbox)).toBe("OUTBOX_FULL");
  expect(outbox.pending(1, 100)).toEqual(events);
  outbox.forget(receiptFor(events.at(-1)!));
  expect([outbox.bytes, outbox.depth]).toEqual([0, 0]);
  expect((await outbox.append(body)).sequence).toBe(events.length + 1);
});

test("the bytes are counted as they wait, by a new process too", async () => {
  const first = open();
  const events = await fill(first, 9);
  first.forget(receiptFor(events[3]!));
  const waiting = events.slice(4).reduce((sum, { sealed }) => sum + sealed.length, 0);
  expect(first.bytes).toBe(waiting);
  first[Symbol.dispose]();
  using again = open();
  expect(again.bytes).toBe(waiting);
});

test("an event that waited too long stops new ones, until it is delivered", async () => {
  using outbox = open({ ageMsMax: 30 * day });
  const [first] = await fill(outbox, 2);
  now += 31 * day;
  expect(await refusal(outbox)).toBe("OUTBOX_FULL");
  outbox.forget(receiptFor(first!));
  expect(await refusal(outbox)).toBe("OUTBOX_FULL");
  outbox.forget(receiptFor(outbox.pending(2, 1)[0]!));
  expect(await refusal(outbox)).toMatchObject({ sequence: 3 });
});

test.each([
  { name: "was not synced when the event was made", before: "unsynced", after: "synced" },
  { name: "is not synced now", before: "synced", after: "unsynced" },
] as const)(
  "a clock that jumps does not close the door when it $name",
  async ({ before, after }) => {
    let quality: "synced" | "unsynced" = before;
    using outbox = open({ ageMsMax: day, clockQuality: () => quality });
    await fill(outbox, 1);
    quality = after;
    now += 20_000 * day;
    expect(await refusal(outbox)).toMatchObject({ sequence: 2 });
  },
);

test.each(["full", "read-only"] as const)(
  "a disk that is %s refuses, uses no number, and all goes on when it is sound again",
  async (state) => {
    const disk = new Disk();
    using outbox = open({ open: disk.open });
    const [, second] = await fill(outbox, 3);
    disk.become(state);
    // A full disk still takes what fits into the pages that it has.
    const refused: unknown[] = [];
    for (let i = 0; i < 40; i++) refused.push(await refusal(outbox));
    expect(refused.at(-1)).toBe("DATA_UNWRITABLE");
    const { lastSequence } = outbox;
    expect(outbox.pending(1, 100)).toHaveLength(lastSequence);
    if (state === "read-only")
      expect(codeOf(() => outbox.forget(receiptFor(second!)))).toBe("DATA_UNWRITABLE");
    disk.become("sound");
    expect((await outbox.append(body)).sequence).toBe(lastSequence + 1);
    expect(outbox.forget(receiptFor(second!))).toBe(2);
  },
);

/** Every waiting event, checked as a gateway checks it; `first` and on, bound to one another. */
async function expectWhole(outbox: Outbox, first: number, count: number): Promise<void> {
  const events = outbox.pending(first, 1_000);
  expect(events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: count }, (_, i) => first + i),
  );
  let previous: string | undefined;
  for (const { sealed } of events) {
    const event = parseEvent(await unseal("tebura-event+jws", sealed, device, key.publicKey));
    if (previous) expect(event.previous).toBe(previous);
    previous = digestOf(sealed);
  }
}

const pageBytes = 4_096;

test("with any one page damaged but the first, nothing is lost and the numbers go on", async () => {
  const events: SealedEvent[] = [];
  {
    using outbox = open();
    events.push(...(await fill(outbox, 30)));
    outbox.forget(receiptFor(events[4]!));
  }
  const sound = readFileSync(path);
  const pages = sound.length / pageBytes;
  expect(pages).toBeGreaterThan(8);
  const noticed = new Set<string>();
  for (let page = 1; page < pages; page++) {
    for (const [at, bytes] of [
      [0, pageBytes],
      [pageBytes - 700, 40],
    ] as const) {
      const damaged = Buffer.from(sound);
      damaged.fill(0x5a, page * pageBytes + at, page * pageBytes + at + bytes);
      writeFileSync(path, damaged);
      using outbox = open({ onDamage: (what) => void noticed.add(what) });
      expect([outbox.lastSequence, outbox.receiptedSequence]).toEqual([30, 5]);
      await expectWhole(outbox, 6, 25);
      expect((await outbox.append(body)).sequence).toBe(31);
      outbox.forget(receiptFor(events[20]!));
      await expectWhole(outbox, 22, 10);
      // What was delivered is still kept for a gateway that has to begin from a copy.
      expect(outbox.takeBack(1)).toBe(true);
      await expectWhole(outbox, 1, 31);
    }
  }
  expect(noticed).toEqual(new Set(["event", "file"]));
  expect(existsSync(`${path}.damaged`)).toBe(true);
});

test("an event that is damaged in one place is found in the other, whichever page is lost beside it", async () => {
  {
    using outbox = open();
    await fill(outbox, 30);
  }
  const database = new Database(path);
  database.exec("UPDATE events_again SET sealed = 'x' WHERE sequence = 12");
  database.close();
  const sound = readFileSync(path);
  const refused: number[] = [];
  for (let page = 1; page < sound.length / pageBytes; page++) {
    writeFileSync(path, Buffer.from(sound).fill(0x5a, page * pageBytes, (page + 1) * pageBytes));
    try {
      using outbox = open();
      await expectWhole(outbox, 1, 30);
    } catch (error) {
      expect(errorCodeOf(error)).toBe("DATA_CORRUPT");
      refused.push(page);
    }
  }
  // The page that holds the event itself, and the one that leads there.
  expect(refused).toHaveLength(2);
});

test("an event that is damaged in both places is refused, and no number is used again", async () => {
  {
    using outbox = open();
    await fill(outbox, 3);
  }
  const database = new Database(path);
  for (const table of ["events", "events_again"]) {
    database.exec(`UPDATE ${table} SET sealed = 'x' WHERE sequence = 2`);
  }
  database.close();
  using outbox = open();
  expect(outbox.pending(1, 10).map(({ sequence }) => sequence)).toEqual([1]);
  expect(codeOf(() => outbox.pending(2, 10))).toBe("DATA_CORRUPT");
  expect((await outbox.append(body)).sequence).toBe(4);
});

test("a numbering that is damaged in both places is refused: it would begin again", async () => {
  {
    using outbox = open();
    await fill(outbox, 3);
  }
  const database = new Database(path);
  for (const table of ["head", "head_again"]) database.exec(`UPDATE ${table} SET sequence = 1`);
  database.close();
  expect(codeOf(() => open())).toBe("DATA_CORRUPT");
});

test("power cut between the two steps of mending leaves the mended file to be found", async () => {
  {
    using outbox = open();
    await fill(outbox, 3);
  }
  copyFileSync(path, `${path}.rebuilt`);
  rmSync(path);
  using outbox = open();
  await expectWhole(outbox, 1, 3);
});

test("delivered events are kept a while, and taken back for a gateway that lost them", async () => {
  using outbox = open({ keptMax: 4 });
  const events = await fill(outbox, 10);
  outbox.forget(receiptFor(events[8]!));
  expect(outbox.pending(1, 100)).toHaveLength(1);
  expect(outbox.takeBack(5)).toBe(false);
  expect(outbox.takeBack(6)).toBe(true);
  expect([outbox.depth, outbox.receiptedSequence]).toEqual([5, 5]);
  await expectWhole(outbox, 6, 5);
  expect(outbox.bytes).toBe(events.slice(5).reduce((sum, { sealed }) => sum + sealed.length, 0));
  expect(outbox.forget(receiptFor(events[9]!))).toBe(5);
});
