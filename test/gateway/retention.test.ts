import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { Quarantine } from "#gateway/ingest/quarantine.ts";
import { RetentionKeeper } from "#gateway/retention/retention.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

const day = 86_400_000;
const start = Date.parse("2026-04-01T09:00:00+09:00");

/** A gateway whose clock a test sets: everything else of it is real. */
async function city(folder: string, days = { now: 0 }) {
  const clock = { ...systemClock, wall: () => (start + days.now * day) as WallMs };
  const running = await startGateway(folder, "Asia/Tokyo", 0, clock);
  const { gateway } = running;
  const keeper = new RetentionKeeper({
    ...{ clock, log: silentLog, quarantine: gateway.quarantine },
    vault: gateway.vault,
    details: gateway.boxLists.details,
    shelters: () => gateway.services.shelters,
    record: (body) => gateway.desk.record(body),
  });
  return { ...running, days, keeper };
}

test("names of people who left a shelter go after their time, and the ledger says so and still verifies", async () => {
  using folder = temporaryFolder();
  const { gateway, days, keeper, ...running } = await city(folder.path);
  await using _ = running;
  const { details } = gateway.boxLists;
  const [stays, left] = ["AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBA"] as Pseudonym[];
  for (const [i, person] of [stays!, left!].entries()) {
    details.keep(person, { kana: "テブラ", name: `避難者 ${i}` } as never, start as WallMs);
    const body = { type: "shelter.checked-in", person, shelter: "gym", means: "hand" } as const;
    await gateway.desk.record(body);
  }
  days.now = 1;
  const out = { type: "shelter.checked-out", person: left!, shelter: "gym", reason: "home" };
  await gateway.desk.record(out as unknown as EventBody);

  days.now = 120;
  await keeper.apply();
  expect(details.of(left!)).toMatchObject({ name: "避難者 1" });
  days.now = 122;
  const before = gateway.ledger.count;
  await keeper.apply();
  await keeper.apply();
  expect([details.of(stays!), details.of(left!)]).toMatchObject([{ name: "避難者 0" }, undefined]);
  const said = gateway.ledger.after(before, 9).map(({ sealed }) => {
    return JSON.parse(Buffer.from(sealed.split(".")[1]!, "base64url").toString()).body;
  });
  expect(said).toEqual([
    {
      ...{ type: "retention.applied", what: "shelter-details", count: 1 },
      before: start + 2 * day,
    },
  ]);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
});

test("refused messages go after their time, bytes and all, and one refused again stays", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "quarantine.db");
  {
    using quarantine = new Quarantine(path);
    const box = "box-1" as DeviceId;
    const at = (days: number) => (start + days * day) as WallMs;
    const [secret, again] = [Buffer.from("SECRET-BYTES-OF-A-BOX"), Buffer.from("again")];
    quarantine.keep(box, "EVENT_MALFORMED", secret, at(0));
    quarantine.keep(box, "EVENT_MALFORMED", again, at(0));
    quarantine.keep(box, "EVENT_MALFORMED", again, at(40));
    expect(quarantine.forgetBefore(at(30))).toBe(1);
    expect(quarantine.list(9)).toMatchObject([{ bytes: again.length, times: 2 }]);
  }
  const raw = new Database(path);
  raw.pragma("wal_checkpoint(TRUNCATE)");
  expect(raw.serialize().includes("SECRET-BYTES")).toBe(false);
  raw.close();
});
