import { readFileSync } from "node:fs";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import type { gatewayFiles } from "#gateway/config.ts";
import type { Ledger } from "#gateway/ledger/ledger.ts";
import { proveConsistency, proveInclusion } from "#gateway/ledger/merkle/proof.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { askGateway, type Question } from "./ask-gateway.ts";
import type { Io } from "./io.ts";
import type { CommandSettings } from "./settings.ts";

type Files = ReturnType<typeof gatewayFiles>;

/** Prints the newest signed head, for whoever wants to hold this gateway to it later. */
export function printHead(ledger: Ledger, io: Io): number {
  const head = ledger.tree.newestHead();
  if (!head) throw new TeburaError("LEDGER_HEAD_PENDING", "no head is signed yet");
  io.out(`${head.sealed}\n`);
  return 0;
}

/** Prints the proof that an event is in the ledger. */
export function printInclusion(ledger: Ledger, what: string | undefined, io: Io): number {
  io.out(`${JSON.stringify(proveInclusion(ledger, indexOf(ledger, what)), null, 2)}\n`);
  return 0;
}

/** Prints the same with what the event commits to beside it, as the gateway shows it. */
export async function printEvidence(
  settings: CommandSettings,
  url: string | undefined,
  what: string | undefined,
  io: Io,
): Promise<number> {
  const named = entryNamed(what);
  const query = new URLSearchParams({
    ...("index" in named
      ? { index: `${named.index}` }
      : { device: named.device, sequence: `${named.sequence}` }),
    evidence: "true",
  });
  const missing = new TeburaError("LEDGER_ENTRY_MISSING", `the ledger holds no ${what}`);
  const question: Question = {
    ...{ name: "tebura ledger", scopes: ["ledger:read"], refusals: { 404: missing } },
    path: `/api/ledger/proof?${query}`,
  };
  const { proof } = JSON.parse(await askGateway(settings, url, question, io));
  io.out(`${JSON.stringify(proof, null, 2)}\n`);
  return 0;
}

/** Prints the proof that the ledger goes on from a head that somebody kept. */
export async function printConsistency(
  ledger: Ledger,
  since: string | undefined,
  files: Files,
  io: Io,
): Promise<number> {
  if (since === undefined) {
    throw new TeburaError("USAGE", "tebura ledger consistency takes --since FILE, a head kept");
  }
  const proof = await proveConsistency(ledger, readHead(since), publicKeyFile(files.publicKey));
  io.out(`${JSON.stringify(proof, null, 2)}\n`);
  return 0;
}

/** What somebody kept: a head, or a proof that holds one. */
function readHead(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new TeburaError("SOURCE_NOT_FOUND", `${path} cannot be read`, { cause });
  }
  if (!text.startsWith("{")) return text;
  try {
    const { head, newer } = JSON.parse(text) as { head?: unknown; newer?: unknown };
    return String(head ?? newer);
  } catch (cause) {
    throw new TeburaError("LEDGER_HEAD_INVALID", `${path} holds no tree head`, { cause });
  }
}

function indexOf(ledger: Ledger, what: string | undefined): number {
  const named = entryNamed(what);
  if ("index" in named) return named.index;
  const index = ledger.indexOf(named.device, named.sequence);
  if (index === undefined) {
    throw new TeburaError("LEDGER_ENTRY_MISSING", `the ledger holds no ${what}`);
  }
  return index;
}

/** An entry, from how somebody names it: its index, or DEVICE/SEQUENCE. */
function entryNamed(what: string | undefined): { index: number } | EventRef {
  const [id, sequence] = what?.split("/") ?? [];
  if (sequence === undefined && /^[1-9]\d{0,14}$/.test(id ?? "")) return { index: Number(id) };
  const device = deviceIdSchema.safeParse(id);
  if (device.success && /^[1-9]\d{0,14}$/.test(sequence ?? "")) {
    return { device: device.data, sequence: Number(sequence) };
  }
  throw new TeburaError("USAGE", "tebura ledger prove takes DEVICE/SEQUENCE or an entry's index");
}
