import * as z from "zod";
import type { DeviceId, Pseudonym, WallMs } from "./ids.ts";
import type { Service } from "./services.ts";
import { bytesSchema, phoneCharactersMax, stepUpIn } from "./step-up-evidence.ts";

/**
 * What somebody's phone signed. The kinds of such signatures differ (a passkey, an application of a city),
 * so `scheme` says which verifier knows the form of the other two. A passkey's has the name of its key, the
 * same wherever it signs: so it travels beside its event, which commits to it (evidence-commitment.ts).
 */
export const phoneSignatureSchema = z.strictObject({
  kind: z.literal("phone"),
  scheme: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** The exact bytes that were signed (base64url). */
  statement: bytesSchema(phoneCharactersMax.statement),
  signature: bytesSchema(phoneCharactersMax.signature),
});
export type PhoneSignature = Readonly<z.infer<typeof phoneSignatureSchema>>;

/** The bytes of a phone's signature that its event commits to. */
export function encodePhone(signature: PhoneSignature): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(signature));
}

/** A phone's signature from such bytes; undefined where they are none. */
export function phoneIn(bytes: Uint8Array): PhoneSignature | undefined {
  const parsed = phoneSignatureSchema.safeParse(stepUpIn(bytes));
  return parsed.success ? parsed.data : undefined;
}

/** What a phone's signature has to be about. */
export interface PhoneExpected {
  readonly device: DeviceId;
  readonly service: Service;
  readonly person: Pseudonym;
  /** Of the event that brings it. */
  readonly at: WallMs;
  /** The one payment that it agrees to; undefined while only the person is looked at. */
  readonly payment?: { readonly reference: string; readonly amountYen: number } | undefined;
}

/** Why a phone's signature was refused. Stable, for programs. */
export type PhoneCode =
  /** The event says that a phone proved something, and brings none. */
  | "PHONE_MISSING"
  | "PHONE_MALFORMED"
  /** The event says something else of the phone than its evidence shows. */
  | "PHONE_DIFFERS"
  /** No verifier of that scheme is plugged in. */
  | "PHONE_NOT_VERIFIABLE"
  | "PHONE_SIGNATURE_INVALID"
  | "PHONE_OTHER_PERSON"
  | "PHONE_OTHER_PAYMENT";
