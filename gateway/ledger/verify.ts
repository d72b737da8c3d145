import type { KeyObject } from "node:crypto";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import { parseEvent } from "#contract/events.ts";
import type { DeviceId, Digest } from "#contract/ids.ts";
import { unseal } from "#contract/seal.ts";
import { entryBytes, entryHash, type Ledger, type LedgerEntry } from "./ledger.ts";
import { leafHash } from "./merkle/tree.ts";
import { TreeCheck } from "./merkle/verify-tree.ts";
import { pagesOf } from "./pages.ts";

export type Verdict =
  | {
      readonly intact: true;
      readonly entries: number;
      readonly head: Digest;
      /** Signed tree heads that were held against the entries; undefined without the gateway's key. */
      readonly treeHeads: number | undefined;
    }
  | {
      readonly intact: false;
      readonly entries: number;
      /** The first entry that does not hold. */
      readonly index: number;
      readonly code: ErrorCode;
      readonly message: string;
    };

/**
 * Recomputes the whole ledger from its bytes: that indexes have no gap, every hash, every device's
 * sequence and chain, every signature of a device that `keyOf` knows, and, given the gateway's key,
 * every signed head of the tree.
 */
export async function verifyLedger(
  ledger: Pick<Ledger, "after" | "count" | "tree">,
  keyOf: (device: DeviceId) => KeyObject | undefined,
  gatewayKey?: KeyObject,
): Promise<Verdict> {
  const tree = gatewayKey && new TreeCheck(ledger.tree, gatewayKey);
  const heads = new Map<DeviceId, { sequence: number; event: Digest }>();
  let previous = genesisDigest;
  let index = 0;
  for (const page of pagesOf(ledger)) {
    for (const entry of page) {
      const flaw =
        (await flawOf(entry, index + 1, previous, heads, keyOf)) ??
        broken(await tree?.add(leafHash(entryBytes(entry, previous))));
      if (flaw) return { intact: false, entries: ledger.count, index: index + 1, ...flaw };
      heads.set(entry.device, { sequence: entry.sequence, event: entry.event });
      previous = entry.entry;
      index = entry.index;
    }
  }
  const flaw = broken(tree?.end());
  if (flaw) return { intact: false, entries: index, index: index + 1, ...flaw };
  return { intact: true, entries: index, head: previous, treeHeads: tree?.headCount };
}

type Flaw = { readonly code: ErrorCode; readonly message: string };

function broken(message: string): Flaw;
function broken(message: string | undefined): Flaw | undefined;
function broken(message: string | undefined): Flaw | undefined {
  return message === undefined ? undefined : { code: "LEDGER_BROKEN", message };
}

async function flawOf(
  entry: LedgerEntry,
  index: number,
  previous: Digest,
  heads: ReadonlyMap<DeviceId, { sequence: number; event: Digest }>,
  keyOf: (device: DeviceId) => KeyObject | undefined,
): Promise<Flaw | undefined> {
  if (entry.index !== index) return broken(`entry ${index} is missing`);
  if (digestOf(entry.sealed) !== entry.event) return broken(`entry ${index} holds other bytes`);
  if (entryHash(entry, previous) !== entry.entry) return broken(`entry ${index} has a wrong hash`);
  const head = heads.get(entry.device) ?? { sequence: 0, event: genesisDigest };
  if (entry.sequence !== head.sequence + 1) {
    return broken(`entry ${index} does not follow its device's sequence`);
  }
  const key = keyOf(entry.device);
  if (!key) return broken(`entry ${index} is of a device that is not registered`);
  try {
    const event = parseEvent(await unseal("tebura-event+jws", entry.sealed, entry.device, key));
    const agrees =
      event.device === entry.device &&
      event.sequence === entry.sequence &&
      event.previous === head.event;
    return agrees ? undefined : broken(`entry ${index} does not say what its event says`);
  } catch (error) {
    const code = errorCodeOf(error);
    if (!code) throw error;
    return { code, message: `the event of entry ${index} does not verify` };
  }
}
