import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "./errors.ts";
import { wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal, unseal } from "./seal.ts";

/** Bytes of a signed policy, so that it fits into one message. */
export const policyBytesMax = 60_000;

const named = z.record(z.string().max(80), z.unknown());
const fields = {
  /** From 1; of two policies the one with the greater version holds. */
  version: z.int().min(1),
  signedAt: wallMsSchema,
  rows: named,
};

/**
 * A city's policy as the gateway signs it, the same for every box: what services ask for, and from the
 * second form on the rules that they go by. What rows and rules mean is not the wire's matter.
 */
const policyWordSchema = z.discriminatedUnion("v", [
  z.strictObject({ v: z.literal(1), ...fields }),
  z.strictObject({ v: z.literal(2), ...fields, rules: named }),
]);
export type PolicyWord = Readonly<z.infer<typeof policyWordSchema>>;

/** Signs a policy with the gateway's key. Throws POLICY_INVALID for one that no message could carry. */
export async function sealPolicy(word: PolicyWord, privateKey: KeyObject): Promise<string> {
  const sealed = await seal("tebura-policy+jws", word, gatewayKeyId, privateKey);
  if (sealed.length <= policyBytesMax) return sealed;
  throw new TeburaError(
    "POLICY_INVALID",
    `the signed policy has ${sealed.length} bytes of at most ${policyBytesMax}; leave out what is the default, and fare tables that are long over`,
  );
}

/** Verifies and reads a signed policy. Throws POLICY_INVALID, and says nothing of its contents. */
export async function openPolicy(sealed: string, gatewayKey: KeyObject): Promise<PolicyWord> {
  try {
    if (sealed.length <= policyBytesMax) {
      const payload = await unseal("tebura-policy+jws", sealed, gatewayKeyId, gatewayKey);
      return policyWordSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
    }
  } catch {
    // Told below, without what it said.
  }
  throw new TeburaError("POLICY_INVALID", "a policy table did not verify with the gateway's key");
}
