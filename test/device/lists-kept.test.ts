import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { type HandoverKey, type SheetOf, sealSheet } from "#contract/box-lists.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { ListShelf } from "#device/lists/list-shelf.ts";
import { temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { rejectedWith } from "#test/support/code-of.ts";

const device = "taxi-1" as DeviceId;
const gateway = keyOfSeed(2);

const sealed = async (serial: number, sheet: number, sheets: number, to = device) => {
  const times = { at: 0 as WallMs, until: 1 as WallMs };
  const made: SheetOf<"taxi-bookings"> = {
    ...{ v: 1, device: to, serial, sheet, sheets, ...times, bookings: [] },
  };
  return await sealSheet({ name: "taxi-bookings", sheet: made }, gateway.privateKey);
};

test("a newer list takes an older one's place once it is whole, and outlives a restart", async () => {
  using folder = temporaryFolder();
  const options = { path: `${folder.path}/lists.db`, device, gatewayKey: gateway.publicKey };
  {
    using shelf = new ListShelf(options);
    await shelf.take(await sealed(5, 1, 1));
    await shelf.take(await sealed(9, 1, 2));
    expect(shelf.held()).toEqual([{ name: "taxi-bookings", serial: 5 }]);
    await shelf.take(await sealed(9, 2, 2));
    await shelf.take(await sealed(7, 1, 1));
    expect(shelf.held()).toEqual([{ name: "taxi-bookings", serial: 9 }]);
  }
  using again = new ListShelf(options);
  expect(await again.load()).toBe(0);
  expect(again.whole("taxi-bookings")?.map(({ sheet }) => sheet)).toEqual([1, 2]);
});

test("a sheet for another box, of another key, or written to the disk by hand counts for nothing", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/lists.db`;
  using shelf = new ListShelf({ path, device, gatewayKey: gateway.publicKey });
  const other = await sealed(1, 1, 1, "taxi-2" as DeviceId);
  expect(await rejectedWith(shelf.take(other))).toBe("LIST_INVALID");
  const key: HandoverKey = {
    ...{ v: 1, device, serial: 1, sheet: 1, sheets: 1, key: "A".repeat(43), keptTo: 0 },
  };
  const forged = await sealSheet({ name: "handover-key", sheet: key }, keyOfSeed(3).privateKey);
  expect(await rejectedWith(shelf.take(forged))).toBe("LIST_INVALID");
  await shelf.take(await sealed(4, 1, 1));
  const disk = new Database(path);
  disk.prepare("UPDATE sheets SET sealed = ?").run(forged);
  disk.close();
  using again = new ListShelf({ path, device, gatewayKey: gateway.publicKey });
  expect(await again.load()).toBe(1);
  expect(again.held()).toEqual([]);
});

test("of a service that is over no list of people is taken, and what tells of nobody is kept", async () => {
  using folder = temporaryFolder();
  let isEnded = false;
  const options = { path: `${folder.path}/lists.db`, device, gatewayKey: gateway.publicKey };
  using shelf = new ListShelf({ ...options, isEnded: () => isEnded });
  const key: HandoverKey = {
    ...{ v: 1, device, serial: 1, sheet: 1, sheets: 1, key: "A".repeat(43), keptTo: 0 },
  };
  await shelf.take(await sealSheet({ name: "handover-key", sheet: key }, gateway.privateKey));
  await shelf.take(await sealed(1, 1, 1));
  isEnded = true;
  shelf.clear();
  await shelf.take(await sealed(2, 1, 1));
  expect(shelf.held()).toEqual([{ name: "handover-key", serial: 1 }]);
  isEnded = false; // Prolonged.
  await shelf.take(await sealed(3, 1, 1));
  expect(shelf.held()).toContainEqual({ name: "taxi-bookings", serial: 3 });
});
