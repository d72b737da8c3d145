import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "./errors.ts";
import { type DeviceId, type Digest, deviceIdSchema, digestSchema, wallMsSchema } from "./ids.ts";
import { claimedKeyId, seal, unseal } from "./seal.ts";

/** Who signs receipts: the gateway, under this key id. */
export const gatewayKeyId = "gateway";

/**
 * The gateway's word that events up to and including `sequence` are on disk. One digest is enough
 * for all of them, since each event names the digest of the one before.
 */
export const receiptSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** The last sequence that is on disk; 0 when the ledger holds nothing of this device. */
  sequence: z.int().min(0),
  /** Digest of that event's sealed bytes; the genesis digest at 0. */
  event: digestSchema,
  /** Where it stands in the ledger (from 1; 0 when nothing is held), and that entry's hash. */
  index: z.int().min(0),
  entry: digestSchema,
  at: wallMsSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;

/** The gateway's word that it did not take an event, and where it wants the device to go on. */
export const refusalSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  code: z.string().max(40),
  /** Digest of the refused bytes, so that the sender knows which. */
  event: digestSchema,
  /** The next sequence that the ledger would take. */
  expected: z.int().min(1),
  at: wallMsSchema,
});
export type Refusal = z.infer<typeof refusalSchema>;

export type Answer =
  | { readonly kind: "receipt"; readonly receipt: Receipt }
  | { readonly kind: "refusal"; readonly refusal: Refusal };

/** Seals what the gateway publishes below a device's `receipts`. */
export async function sealAnswer(answer: Answer, privateKey: KeyObject): Promise<string> {
  return answer.kind === "receipt"
    ? await seal("tebura-receipt+jws", answer.receipt, gatewayKeyId, privateKey)
    : await seal("tebura-refusal+jws", answer.refusal, gatewayKeyId, privateKey);
}

/**
 * Verifies and reads an answer for `device`. Throws RECEIPT_INVALID when it is not the gateway's,
 * not for this device, or not well formed.
 */
export async function openAnswer(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<Answer> {
  const answer = await tryOpen(sealed, publicKey);
  const named = answer?.kind === "receipt" ? answer.receipt.device : answer?.refusal.device;
  if (answer && named === device) return answer;
  throw new TeburaError("RECEIPT_INVALID", `an answer for ${device} did not verify`);
}

async function tryOpen(sealed: string, publicKey: KeyObject): Promise<Answer | undefined> {
  if (claimedKeyId(sealed) !== gatewayKeyId) return undefined;
  const receipt = await payloadOf("tebura-receipt+jws", sealed, publicKey);
  if (receipt) {
    const parsed = receiptSchema.safeParse(receipt);
    return parsed.success ? { kind: "receipt", receipt: parsed.data } : undefined;
  }
  const refusal = refusalSchema.safeParse(await payloadOf("tebura-refusal+jws", sealed, publicKey));
  return refusal.success ? { kind: "refusal", refusal: refusal.data } : undefined;
}

async function payloadOf(
  type: "tebura-receipt+jws" | "tebura-refusal+jws",
  sealed: string,
  publicKey: KeyObject,
): Promise<unknown> {
  try {
    const payload = await unseal(type, sealed, gatewayKeyId, publicKey);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
}

/** True when `receipt` covers the event with this sequence and, if it is the last, this digest. */
export function covers(receipt: Receipt, sequence: number, event: Digest): boolean {
  return sequence < receipt.sequence || (sequence === receipt.sequence && event === receipt.event);
}
