import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { City } from "./demo/city.ts";
import type { DayTotals } from "./demo/day.ts";
import { playWholeDay } from "./demo/whole-day.ts";
import { type Command, printResult } from "./io.ts";
import { clock } from "./parts.ts";

const help = `Usage: tebura demo day [OPTIONS]

A day in a city of a thousand residents and forty boxes, in under a minute: every service, two hours
without a network at noon, and attempts at fraud with the code that each was refused with. Everything
behind the cameras is real: decisions, outboxes, signatures, ledger, views.

  --keep DIR   keep the gateway's data there; "tebura gateway --data DIR" then shows the day
${commonHelp}
`;

export const demo: Command = {
  summary: "a day in a city, played in a minute",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      keep: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    if (positionals[0] !== "day" || positionals.length !== 1) {
      throw new TeburaError("USAGE", "tebura demo takes day. Try --help.");
    }
    const kept = values.keep === undefined ? undefined : resolve(values.keep);
    if (kept !== undefined && existsSync(kept)) {
      throw new TeburaError("CONFIG_INVALID", `${kept} exists; name a new folder`);
    }
    const folder = kept ?? mkdtempSync(join(tmpdir(), "tebura-demo-"));
    try {
      const from = clock.monotonic();
      const totals = await play(folder, io.signal);
      const seconds = Math.round((clock.monotonic() - from) / 100) / 10;
      printResult(io, values.json, { ...totals, seconds }, describe);
      return 0;
    } finally {
      if (kept === undefined) rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function play(folder: string, signal: AbortSignal): Promise<DayTotals> {
  await using city = new City(folder);
  await city.open(signal);
  return await playWholeDay(city);
}

function describe(totals: DayTotals & { readonly seconds: number }): string {
  const { residents, boxes, events, ledgerEntries, ledgerIntact, waitedForNetwork } = totals;
  const decisions = Object.entries(totals.decisions).map(
    ([service, counts]) =>
      `  ${service.padEnd(22)} ${Object.entries(counts)
        .map(([outcome, count]) => `${outcome} ${count}`)
        .join(", ")}`,
  );
  const frauds = totals.frauds.map(
    ({ what, refusedWith }) => `  ${refusedWith.padEnd(28)} ${what}`,
  );
  return [
    `${residents} residents, ${boxes} boxes, ${events} events, ${ledgerEntries} ledger entries`,
    `ledger ${ledgerIntact ? "intact" : "BROKEN"}; ${waitedForNetwork} events waited for the network`,
    "",
    ...decisions,
    ...Object.entries(totals.records).map(([type, count]) => `  ${type.padEnd(30)} ${count}`),
    "",
    "attempts at fraud, and what each was refused with:",
    ...frauds,
    "",
    `played in ${totals.seconds} s`,
  ].join("\n");
}
