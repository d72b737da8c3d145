import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "./errors.ts";
import { digestSchema, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal, unseal } from "./seal.ts";

/**
 * The gateway's word on its whole ledger at one time: the root of the Merkle tree (RFC 9162 section
 * 2.1) over its first `size` entries. Whoever keeps one can later be shown that nothing under it changed.
 */
export const treeHeadSchema = z.strictObject({
  v: z.literal(1),
  size: z.int().min(1),
  root: digestSchema,
  at: wallMsSchema,
});
export type TreeHead = z.infer<typeof treeHeadSchema>;

export async function sealTreeHead(head: TreeHead, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-tree-head+jws", head, gatewayKeyId, privateKey);
}

/** Verifies and reads a signed head. Throws LEDGER_HEAD_INVALID when it is not this gateway's. */
export async function openTreeHead(sealed: string, publicKey: KeyObject): Promise<TreeHead> {
  try {
    const payload = await unseal("tebura-tree-head+jws", sealed, gatewayKeyId, publicKey);
    return treeHeadSchema.parse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)),
    );
  } catch (cause) {
    throw new TeburaError("LEDGER_HEAD_INVALID", "a tree head is not signed by this gateway", {
      cause,
    });
  }
}
