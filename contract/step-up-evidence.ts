import assert from "node:assert/strict";
import * as z from "zod";
import { limits } from "./limits.ts";

/** Strict base64url: nothing that decodes to the same bytes as something else. */
export const bytesSchema = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .regex(/^[A-Za-z0-9_-]+$/)
    .refine((text) => Buffer.from(text, "base64url").toString("base64url") === text);

const charactersMax = { statement: 512, signature: 768, certificate: 3_072, intermediates: 1 };

/** Of what a phone signed (phone-evidence.ts). */
export const phoneCharactersMax = { statement: 768, signature: 1_024 } as const;

// Beside its event the evidence is base64url once more, after its salt.
const charactersOfCard =
  charactersMax.statement +
  charactersMax.signature +
  charactersMax.certificate * (1 + charactersMax.intermediates);
const charactersOfPhone = phoneCharactersMax.statement + phoneCharactersMax.signature;
assert(
  (Math.max(charactersOfCard, charactersOfPhone) + 256) * (4 / 3) + 64 <= limits.evidenceBytesMax,
);

/** What a card signed, with all that somebody needs to verify it later and elsewhere. */
export const stepUpSchema = z.strictObject({
  kind: z.literal("card"),
  /** What really opened the key: a PIN, or mere possession of the card. */
  factor: z.enum(["pin", "possession"]),
  algorithm: z.enum(["rsa-sha256", "p384-sha384"]),
  /** The exact bytes that were signed (base64url). */
  statement: bytesSchema(charactersMax.statement),
  /** RSA PKCS#1 v1.5, or the DER of an ECDSA signature (base64url). */
  signature: bytesSchema(charactersMax.signature),
  /**
   * The card's certificate, and any between it and the anchor (DER in base64url). A signature
   * certificate holds its owner's name and address, and no name travels from a door: policies
   * that take one are for use inside a gateway only.
   */
  certificate: bytesSchema(charactersMax.certificate),
  intermediates: z.array(bytesSchema(charactersMax.certificate)).max(charactersMax.intermediates),
});
export type StepUp = z.infer<typeof stepUpSchema>;

/** The bytes of a step-up that its event commits to. */
export function encodeStepUp(stepUp: StepUp): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(stepUp));
}

/** What stands in such bytes, whatever it is; undefined where it is no JSON. */
export function stepUpIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
