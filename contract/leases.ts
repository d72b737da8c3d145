import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { openWord, type WordKind } from "./gateway-word.ts";
import { type DeviceId, deviceIdSchema, wallMsSchema } from "./ids.ts";
import { limits } from "./limits.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal } from "./seal.ts";
import { nonceSchema } from "./step-up-statement.ts";

const hourMs = 3_600_000;

/**
 * How a gateway leases nonces ahead. A box can be offline for `offlineMs` at any moment and still ask
 * for cards, so a nonce lives longer than that, and one that would not last so long counts as spent
 * when it is decided whether a box needs more.
 */
export const leaseTerms = {
  nonces: 512,
  lifetimeMs: 96 * hourMs,
  offlineMs: 72 * hourMs,
} as const;

/** Nonces of one box that end together. Sent again until the box says that it holds them. */
export const leaseSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  expiresAt: wallMsSchema,
  nonces: z.array(nonceSchema).min(1).max(limits.leasedNoncesMax),
});
export type Lease = z.infer<typeof leaseSchema>;

const leaseKind: WordKind<Lease> = {
  ...{ type: "tebura-lease+jws", schema: leaseSchema },
  ...{ code: "LEASE_INVALID", what: "a lease of nonces" },
};

export async function sealLease(lease: Lease, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-lease+jws", lease, gatewayKeyId, privateKey);
}

/** Verifies and reads a lease for `device`. Throws LEASE_INVALID. */
export async function openLease(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<Lease> {
  return await openWord(leaseKind, sealed, device, publicKey);
}
