import type { KeyObject } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import { openTreeHead } from "#contract/tree-head.ts";
import { entryBytes, type Ledger } from "../ledger.ts";
import type { Hash } from "./tree.ts";

type ProvingLedger = Pick<Ledger, "after" | "count" | "tree" | "hashBefore">;

/** Shows somebody who has the gateway's public key alone that an entry is in the ledger. */
export interface InclusionProof {
  readonly v: 1;
  readonly kind: "tebura-inclusion-proof";
  /** The event, as its device sealed it. */
  readonly event: string;
  /** The bytes that the leaf is made over; docs/ledger.md says what stands in them. */
  readonly entry: string;
  /** Where the entry stands, from 1. */
  readonly index: number;
  /** Hashes from the leaf to the root, nearest the leaf first. */
  readonly path: readonly string[];
  /** The signed tree head whose root the path leads to. */
  readonly head: string;
}

/** Shows that what an older head was signed over is the beginning of what the newer one is. */
export interface ConsistencyProof {
  readonly v: 1;
  readonly kind: "tebura-consistency-proof";
  readonly older: string;
  readonly newer: string;
  readonly path: readonly string[];
}

/**
 * Proves the entry with this index under the newest head. Throws LEDGER_ENTRY_MISSING,
 * LEDGER_HEAD_PENDING when no head is signed over it yet, LEDGER_BROKEN when the file does not hold.
 */
export function proveInclusion(ledger: ProvingLedger, index: number): InclusionProof {
  const entry = ledger.after(index - 1, 1)[0];
  if (entry?.index !== index) {
    throw new TeburaError("LEDGER_ENTRY_MISSING", `the ledger has ${ledger.count} entries`);
  }
  const head = ledger.tree.newestHead();
  if (!head || head.size < index) {
    throw new TeburaError(
      "LEDGER_HEAD_PENDING",
      "no head is signed over this entry yet; a running gateway signs one every minute",
    );
  }
  return {
    v: 1,
    kind: "tebura-inclusion-proof",
    event: entry.sealed,
    entry: entryBytes(entry, ledger.hashBefore(index)).toString("base64url"),
    index,
    path: ledger.tree.inclusion(index, head.size).map(text),
    head: head.sealed,
  };
}

/**
 * Proves that the newest head goes on from `older`, a signed head that somebody kept. Throws
 * LEDGER_HEAD_INVALID when it is not this gateway's, LEDGER_BROKEN when history was rewritten.
 */
export async function proveConsistency(
  ledger: ProvingLedger,
  older: string,
  gatewayKey: KeyObject,
): Promise<ConsistencyProof> {
  const kept = await openTreeHead(older, gatewayKey);
  const newest = ledger.tree.newestHead();
  if (!newest || newest.size < kept.size || ledger.count < kept.size) {
    throw new TeburaError(
      "LEDGER_BROKEN",
      `the head that was kept covers ${kept.size} entries; the ledger has ${ledger.count}`,
    );
  }
  const root = Buffer.from(kept.root, "base64url");
  const path = ledger.tree.consistency(kept.size, root, newest.size).map(text);
  return { v: 1, kind: "tebura-consistency-proof", older, newer: newest.sealed, path };
}

const text = (hash: Hash): string => hash.toString("base64url");
