import type { KeyObject } from "node:crypto";
import { CompactSign, compactVerify, decodeProtectedHeader, errors } from "jose";
import { TeburaError } from "./errors.ts";

/**
 * What a seal is for. It travels as `typ` in the protected header, so that a seal made for one
 * purpose never verifies as another (RFC 8725 section 3.11).
 */
export type SealType =
  | "tebura-event+jws"
  | "tebura-receipt+jws"
  | "tebura-refusal+jws"
  | "tebura-lease+jws"
  | "tebura-health+jws"
  | "tebura-tree-head+jws"
  | "tebura-connect+jws";

/**
 * Signs the exact bytes of `value` as JSON: JWS compact serialisation, Ed25519 (RFC 7515, RFC 8037).
 * `keyId` names the signer, and is what the verifier looks the public key up by.
 */
export async function seal(
  type: SealType,
  value: unknown,
  keyId: string,
  privateKey: KeyObject,
): Promise<string> {
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({ alg: "EdDSA", typ: type, kid: keyId })
    .sign(privateKey);
}

/** The signer that a seal claims, before anything is verified; undefined when it is no seal. */
export function claimedKeyId(sealed: string): string | undefined {
  try {
    const header = decodeProtectedHeader(sealed);
    return typeof header.kid === "string" ? header.kid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Verifies a seal and returns the payload's bytes; nothing of them was read before the signature
 * held. Throws EVENT_SIGNATURE_INVALID for a wrong signature, algorithm, purpose or signer.
 */
export async function unseal(
  type: SealType,
  sealed: string,
  keyId: string,
  publicKey: KeyObject,
): Promise<Uint8Array> {
  try {
    const { payload, protectedHeader } = await compactVerify(sealed, publicKey, {
      algorithms: ["EdDSA"],
    });
    const named = protectedHeader.typ === type && protectedHeader.kid === keyId;
    if (named && signatureSpeltOnce(sealed)) return payload;
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause;
  }
  throw new TeburaError("EVENT_SIGNATURE_INVALID", `not a valid ${type} of ${keyId}`);
}

/**
 * True when the signature is written in the one canonical way. Base64url has bits in its last
 * character that decoders drop, and an event whose bytes can change must not keep its seal: its
 * digest is what the next event names.
 */
function signatureSpeltOnce(sealed: string): boolean {
  const signature = sealed.slice(sealed.lastIndexOf(".") + 1);
  return Buffer.from(signature, "base64url").toString("base64url") === signature;
}
