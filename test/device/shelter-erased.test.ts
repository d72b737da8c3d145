import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { HandoverKey, ListName } from "#contract/box-lists.ts";
import { publicHalfOf } from "#contract/hpke.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { HandingOver } from "#device/shelter/handing-over.ts";
import { NamesStore } from "#device/shelter/names-store.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const device = "shelter-1" as DeviceId;
const [ann, ben, cho] = ["A", "B", "C"].map((letter) => letter.repeat(22) as Pseudonym);
const storageKey = Buffer.alloc(32, 3);
const patience = { timeout: 60_000 };

test("a box lets go of the names that headquarters erased, and of none that it has not handed over", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "names.db");
  const keep = (names: NamesStore, person: Pseudonym, kana: string) =>
    names.keep(person, {
      ...{ at: 1 as WallMs, details: { kana }, id: `id-${kana}` as PersonId },
      families: [{ kana: "ハナ", birthDate: "1975-01-02" }],
    });
  let keptTo = 1;
  const key = publicHalfOf(Buffer.alloc(32, 7));
  const sheet = { v: 1, device, serial: 1, sheet: 1, sheets: 1 } as const;
  const held: Partial<Record<ListName, () => readonly unknown[]>> = {
    "handover-key": () => [{ ...sheet, key, keptTo } satisfies HandoverKey],
    "shelter-erased": () => [{ ...sheet, at: 0, until: 1, persons: [ann, ben] }],
  };
  const handed: string[] = [];
  {
    using names = new NamesStore(path, storageKey);
    keep(names, ann!, "アン");
    keep(names, ben!, "ベン");
    const sealed = sealedOf(path, ann!);
    expect(isOnDisk(folder.path, sealed)).toBe(true);
    await using handing = new HandingOver({
      ...{ device, names, clock: systemClock, log: silentLog },
      privateKey: keyOfSeed(1).privateKey,
      lists: { whole: ((name: ListName) => held[name]?.()) as never },
      ...{ isEnded: () => false, onErased: () => undefined },
      publish: (word) => handed.push(word) > 0,
    });
    handing.start();
    await expect.poll(() => names.of(ann!), patience).toBeUndefined();
    expect(isOnDisk(folder.path, sealed)).toBe(false);
    // Erased there or not: nobody else holds it yet.
    await expect.poll(() => handed.length, patience).toBeGreaterThan(0);
    expect(names.of(ben!)?.kana).toBe("ベン");
    expect(names.after(0, 9).rows).toMatchObject([
      { person: ann, details: null, families: [] },
      { person: ben, details: { kana: "ベン" } },
    ]);
    keptTo = 2;
    await expect.poll(() => names.of(ben!), patience).toBeUndefined();
    // The numbers of those who are gone are given to nobody else, who would never be handed over.
    keep(names, cho!, "チョウ");
    expect(names.after(2, 9)).toMatchObject({ number: 3, rows: [{ person: cho }] });
  }
  using again = new NamesStore(path, storageKey);
  expect([ann, ben, cho].map((one) => again.of(one!)?.kana)).toEqual([
    ...[undefined, undefined, "チョウ"],
  ]);
});

function sealedOf(path: string, person: Pseudonym): Buffer {
  const database = new Database(path, { readonly: true });
  const sealed = database.prepare("SELECT sealed FROM names WHERE person = ?").pluck().get(person);
  database.close();
  return sealed as Buffer;
}

const isOnDisk = (folder: string, sealed: Buffer) =>
  readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(sealed));
