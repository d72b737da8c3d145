import { TeburaError } from "#contract/errors.ts";
import { gatewayFiles } from "#gateway/app.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { verifyLedger } from "#gateway/ledger/verify.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { commonHelp, commonOptions, readArguments, readWholeNumber } from "./arguments.ts";
import { type Command, printResult } from "./io.ts";
import { foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura ledger list|verify [OPTIONS]

The gateway's record, read from its file alone; the gateway may be running.

  list              the newest entries
  verify            recompute every hash, every chain and every signature; status 1 when broken
  --limit N         with list: how many (default 20)
${commonHelp}
`;

export const ledger: Command = {
  summary: "the gateway's record",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      limit: { type: "string", default: "20" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const action = positionals[0];
    if (action !== "list" && action !== "verify") {
      throw new TeburaError("USAGE", "tebura ledger takes list or verify. Try --help.");
    }
    const limit = readWholeNumber(values.limit, "limit", 1_000_000) ?? 20;
    const files = gatewayFiles(foldersOf(settingsFrom(values)).gateway);
    using entries = new Ledger(files.ledger, { readonly: true });
    if (action === "list") {
      const rows = entries
        .after(Math.max(0, entries.count - limit), limit)
        .map((entry) => ({ ...placed(entry), receivedAt: entry.receivedAt, entry: entry.entry }));
      printResult(
        io,
        values.json,
        { count: entries.count, entries: rows },
        () => rows.map(describe).join("\n") || "the ledger is empty",
      );
      return 0;
    }
    using devices = new DeviceRegistry(files.devices, { readonly: true });
    const verdict = await verifyLedger(entries, (device) => devices.get(device)?.publicKey);
    printResult(io, values.json, verdict, (found) =>
      found.intact
        ? `intact: ${found.entries} entries, head ${found.head}`
        : `BROKEN at entry ${found.index} of ${found.entries}: ${found.code}: ${found.message}`,
    );
    return verdict.intact ? 0 : 1;
  },
};

function describe({ index, event }: ReturnType<typeof placed>): string {
  const { body } = event;
  const what =
    body.type === "decision.made" ? `${body.service} ${body.outcome} ${body.reason}` : body.type;
  return `${index}  ${new Date(event.at).toISOString()}  ${event.device} ${event.sequence}  ${what}`;
}
