import { TeburaError } from "#contract/errors.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { verifyLedger } from "#gateway/ledger/verify.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { reading } from "#runtime/database.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments, readWholeNumber } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { backUp, restore } from "./ledger-backup.ts";
import { printConsistency, printEvidence, printHead, printInclusion } from "./ledger-proofs.ts";
import { foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura ledger ACTION [OPTIONS]

The gateway's record, read from its file alone; the gateway may be running.

  list              the newest entries
  verify            recompute every hash, every chain, every signature and the tree under every
                    signed head; status 1 when broken
  prove EVENT       print the proof that an event (DEVICE/SEQUENCE, or an entry's index) is in the
                    ledger; docs/verify-inclusion.mjs checks it without Tebura. With --evidence, what
                    the event commits to is beside it while it stands: the gateway is asked for it,
                    and has on record first that somebody looked
  head              print the newest signed head: keep it, and nothing under it can change unseen
  consistency       print the proof that the ledger goes on from a head that was kept; status 1
                    when its history was rewritten
  backup FOLDER     copy all that the gateway keeps, key and all, to a new folder
  restore FOLDER    verify a copy and put it where no gateway's data is yet
  --gateway URL     with --evidence: where the gateway's page is
  --limit N         with list: how many (default 20)
  --since FILE      with consistency: a head, or an earlier proof
${commonHelp}
`;

export const ledger: Command = {
  summary: "the gateway's record",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      evidence: { type: "boolean", default: false },
      gateway: { type: "string" },
      limit: { type: "string", default: "20" },
      since: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, what] = positionals;
    const settings = settingsFrom(values);
    const folder = foldersOf(settings).gateway;
    const files = gatewayFiles(folder);
    const open = () => new Ledger(files.ledger, { readonly: true });
    return await reading(files.ledger, async () => {
      switch (action) {
        case "list": {
          using entries = open();
          return list(entries, readWholeNumber(values.limit, "limit", 1_000_000) ?? 20, values, io);
        }
        case "verify": {
          using entries = open();
          return await verify(entries, files, values, io);
        }
        case "prove": {
          if (values.evidence) return await printEvidence(settings, values.gateway, what, io);
          using entries = open();
          return printInclusion(entries, what, io);
        }
        case "head": {
          using entries = open();
          return printHead(entries, io);
        }
        case "consistency": {
          using entries = open();
          return await printConsistency(entries, values.since, files, io);
        }
        case "backup":
          return backUp(folder, what, values.json, io);
        case "restore":
          return await restore(folder, what, values.json, io);
        default:
          throw new TeburaError("USAGE", `tebura ledger cannot "${action ?? ""}". Try --help.`);
      }
    });
  },
};

function list(entries: Ledger, limit: number, { json }: { json: boolean }, io: Io): number {
  const rows = entries.after(Math.max(0, entries.count - limit), limit).map((entry) => {
    const { event, ...one } = placed(entry);
    return { ...one, event, receivedAt: entry.receivedAt, entry: entry.entry };
  });
  printResult(
    io,
    json,
    { count: entries.count, entries: rows },
    () => rows.map(describe).join("\n") || "the ledger is empty",
  );
  return 0;
}

async function verify(
  entries: Ledger,
  files: ReturnType<typeof gatewayFiles>,
  { json }: { json: boolean },
  io: Io,
): Promise<number> {
  using devices = new DeviceRegistry(files.devices, { readonly: true });
  const verdict = await verifyLedger(
    entries,
    (device) => devices.get(device)?.publicKey,
    publicKeyFile(files.publicKey),
  );
  printResult(io, json, verdict, (found) =>
    found.intact
      ? `intact: ${found.entries} entries, ${found.treeHeads} signed heads, head ${found.head}`
      : `BROKEN at entry ${found.index} of ${found.entries}: ${found.code}: ${found.message}`,
  );
  return verdict.intact ? 0 : 1;
}

function describe({ index, event }: ReturnType<typeof placed>): string {
  const { body } = event;
  const what =
    body.type === "decision.made" ? `${body.service} ${body.outcome} ${body.reason}` : body.type;
  return `${index}  ${new Date(event.at).toISOString()}  ${event.device} ${event.sequence}  ${what}`;
}
