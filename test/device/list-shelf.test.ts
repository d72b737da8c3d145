import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BookingSheet, sealSheet } from "#contract/box-lists.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { ListShelf } from "#device/lists/list-shelf.ts";

const gateway = generateKeyPairSync("ed25519");
const device = "taxi-1" as DeviceId;
const person = (letter: string) => letter.repeat(22) as Pseudonym;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-lists-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, "lists.db");
const shelf = () => new ListShelf({ path: path(), device, gatewayKey: gateway.publicKey });
const sheet = (serial: number, change: Partial<BookingSheet> = {}): BookingSheet => ({
  ...{ v: 1, device, serial, sheet: 1, sheets: 1, at: 0 as WallMs, until: 1 as WallMs },
  bookings: [
    {
      ...{
        booking: `b-${serial}`,
        company: "ueki",
        boardFrom: 0 as WallMs,
        boardUntil: 1 as WallMs,
      },
      mayBoard: [{ person: person("a"), as: "rider" }],
    },
  ],
  ...change,
});
const sealed = (one: BookingSheet, key = gateway.privateKey) =>
  sealSheet({ name: "taxi-bookings", sheet: one }, key);
const held = (lists: ListShelf) =>
  lists.whole("taxi-bookings")?.flatMap(({ bookings }) => bookings.map(({ booking }) => booking));

test("a list counts once all of its sheets are there, and until then the older one does", async () => {
  using lists = shelf();
  await lists.take(await sealed(sheet(1)));
  await lists.take(await sealed(sheet(2, { sheets: 2 })));
  expect(held(lists)).toEqual(["b-1"]);
  await lists.take(await sealed(sheet(2, { sheet: 2, sheets: 2 })));
  expect(held(lists)).toEqual(["b-2", "b-2"]);
  await lists.take(await sealed(sheet(1)));
  expect(held(lists)).toEqual(["b-2", "b-2"]);
  expect(lists.held()).toEqual([{ name: "taxi-bookings", serial: 2 }]);
});

test("another gateway's word, another box's and a changed one are refused", async () => {
  using lists = shelf();
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const good = await sealed(sheet(1));
  const refused = { code: "LIST_INVALID" };
  await expect(lists.take(await sealed(sheet(1), stranger))).rejects.toMatchObject(refused);
  const other = await sealed(sheet(1, { device: "taxi-2" as DeviceId }));
  await expect(lists.take(other)).rejects.toMatchObject(refused);
  await expect(lists.take(good.replace(/\.e/, ".f"))).rejects.toMatchObject(refused);
  await expect(lists.take("rubbish")).rejects.toMatchObject(refused);
  expect(held(lists)).toBeUndefined();
});

test("lists are there after a restart, and what somebody wrote to the disk is not believed", async () => {
  const first = shelf();
  await first.take(await sealed(sheet(1)));
  first[Symbol.dispose]();
  const again = shelf();
  expect(await again.load()).toBe(0);
  expect(held(again)).toEqual(["b-1"]);
  again[Symbol.dispose]();
  const forger = generateKeyPairSync("ed25519").privateKey;
  using database = {
    file: new Sqlite(path()),
    [Symbol.dispose]() {
      this.file.close();
    },
  };
  database.file
    .prepare("INSERT INTO sheets VALUES ('taxi-bookings', 9, 1, ?)")
    .run(await sealed(sheet(9), forger));
  using third = shelf();
  expect(await third.load()).toBe(1);
  expect(held(third)).toEqual(["b-1"]);
});

test("the end of a service takes the lists of its people, and not the word that it ended", async () => {
  using lists = shelf();
  await lists.take(await sealed(sheet(1)));
  const terms = [
    { service: "bus.boarding" as const, validFrom: "2026-04-01T00:00:00Z", endsAt: null },
  ];
  const { bookings: _, ...fields } = sheet(1);
  const word = { name: "service-terms", sheet: { ...fields, terms } } as const;
  await lists.take(await sealSheet(word, gateway.privateKey));
  lists.clear();
  expect(lists.held()).toEqual([{ name: "service-terms", serial: 1 }]);
});
