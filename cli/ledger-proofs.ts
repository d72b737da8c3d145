import { readFileSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import type { gatewayFiles } from "#gateway/config.ts";
import type { Ledger } from "#gateway/ledger/ledger.ts";
import { proveConsistency, proveInclusion } from "#gateway/ledger/merkle/proof.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import type { Io } from "./io.ts";

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

/** An entry's index, from how somebody names it: its index, or DEVICE/SEQUENCE. */
function indexOf(ledger: Ledger, what: string | undefined): number {
  const [id, sequence] = what?.split("/") ?? [];
  if (sequence === undefined && /^[1-9]\d{0,14}$/.test(id ?? "")) return Number(id);
  const device = deviceIdSchema.safeParse(id);
  if (!device.success || !/^[1-9]\d{0,14}$/.test(sequence ?? "")) {
    throw new TeburaError("USAGE", "tebura ledger prove takes DEVICE/SEQUENCE or an entry's index");
  }
  const index = ledger.indexOf(device.data, Number(sequence));
  if (index === undefined) {
    throw new TeburaError("LEDGER_ENTRY_MISSING", `the ledger holds no ${what}`);
  }
  return index;
}
