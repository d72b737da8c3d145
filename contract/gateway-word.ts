import type { KeyObject } from "node:crypto";
import type * as z from "zod";
import { type ErrorCode, TeburaError } from "./errors.ts";
import type { DeviceId } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { type SealType, unseal } from "./seal.ts";

/** What a word of the gateway to one box is: its seal, its form, and what is said when it is none. */
export interface WordKind<Word> {
  readonly type: SealType;
  readonly schema: z.ZodType<Word>;
  readonly code: ErrorCode;
  /** As in "a lease of nonces". */
  readonly what: string;
}

/**
 * Verifies and reads what the gateway says to one box. Throws the kind's code for a wrong seal, form or
 * addressee, and says nothing of the contents.
 */
export async function openWord<Word extends { readonly device: DeviceId }>(
  { type, schema, code, what }: WordKind<Word>,
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<Word> {
  try {
    const payload = await unseal(type, sealed, gatewayKeyId, publicKey);
    const word = schema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
    if (word.device === device) return word;
  } catch {
    // Told below, without what it said.
  }
  throw new TeburaError(code, `${what} for ${device} did not verify`);
}
