import * as z from "zod";
import type { DeviceId, Pseudonym, WallMs } from "./ids.ts";
import type { Service } from "./services.ts";
import { bytesSchema } from "./step-up-evidence.ts";

/**
 * What somebody's phone signed. The kinds of such signatures differ (a passkey, an application of a city),
 * so `scheme` says which verifier knows the form of the other two.
 */
export const phoneEvidenceSchema = z.strictObject({
  kind: z.literal("phone"),
  scheme: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** The exact bytes that were signed (base64url). */
  statement: bytesSchema(768),
  signature: bytesSchema(1_024),
});
export type PhoneEvidence = Readonly<z.infer<typeof phoneEvidenceSchema>>;

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
  /** No verifier of that scheme is plugged in. */
  | "PHONE_NOT_VERIFIABLE"
  | "PHONE_SIGNATURE_INVALID"
  | "PHONE_OTHER_PERSON"
  | "PHONE_OTHER_PAYMENT";
