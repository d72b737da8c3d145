import { join } from "node:path";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { KeptViews } from "#gateway/views/kept-views.ts";
import { systemClock } from "#runtime/clock.ts";
import { temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { measureEvacuees } from "./projections/evacuees.ts";
import { YearOfEvents } from "./projections/year-of-events.ts";

const entriesDefault = 1_000_000;
const batch = 5_000;
const mebibyte = 1_024 * 1_024;

/** A gateway's start: the whole ledger read from disk and folded into every view; and a shelter's list. */
export async function run({ json }: { json: boolean }): Promise<void> {
  using folder = temporaryFolder();
  const entries = Number(process.env["TEBURA_BENCH_ENTRIES"] ?? entriesDefault);
  const path = join(folder.path, "ledger.db");
  using ledger = new Ledger(path);
  const events = new YearOfEvents(entries);
  for (let made = events.next(batch); made.length > 0; made = events.next(batch))
    ledger.append(made);
  const result = {
    entries,
    ...(await replay(ledger, entries)),
    evacuees: measureEvacuees(folder.path),
  };
  const { ours, sql } = result.evacuees;
  const ratioToSql = Math.round((ours.p50Ms / sql.p50Ms) * 100) / 100;
  const told = { ...result, ratioToSql };
  process.stdout.write(`${json ? JSON.stringify(told) : JSON.stringify(told, undefined, 2)}\n`);
}

async function replay(ledger: Ledger, entries: number) {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const from = systemClock.monotonic();
  await using views = new KeptViews({ ledger, timeZone: "Asia/Tokyo" });
  views.fold();
  const seconds = (systemClock.monotonic() - from) / 1_000;
  if (views.index !== entries) throw new Error("not every entry was folded in");
  const after = process.memoryUsage();
  const shown: Record<string, number> = {};
  for (const name of ["bus.boarding", "shelter.check-in", "taxi.subsidised-ride"]) {
    const began = systemClock.monotonic();
    views.show(name);
    shown[name] = Math.round(systemClock.monotonic() - began);
  }
  return {
    ...{ seconds: Math.round(seconds * 10) / 10, perSecond: Math.round(entries / seconds) },
    heapMiB: Math.round((after.heapUsed - before.heapUsed) / mebibyte),
    rssMiB: Math.round(after.rss / mebibyte),
    shownMs: shown,
  };
}
