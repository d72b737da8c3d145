import * as z from "zod";
import {
  type CardIdentity,
  type CardRules,
  type CardSignatureCode,
  cardIdentity,
  readCardSignature,
  validateCard,
} from "./card-signature.ts";
import { openWith, sealTo } from "./hpke.ts";
import type { WallMs } from "./ids.ts";
import type { PathCode } from "./pki/codes.ts";
import { bytesSchema } from "./step-up-evidence.ts";

/**
 * A second signature over the very bytes of a consent, by the key whose certificate names its owner (署名用).
 * Name, address and birth date stand in that certificate, so it is never written down or sent like this.
 */
const consentSignatureSchema = z.strictObject({
  algorithm: z.enum(["rsa-sha256", "p384-sha384"]),
  signature: bytesSchema(768),
  certificate: bytesSchema(4_096),
});
export type ConsentSignature = Readonly<z.infer<typeof consentSignatureSchema>>;

/** Sealed to the gateway, in base64url: certificate and signature at their greatest, and what sealing adds. */
export const sealedSignatureSchema = bytesSchema(6_800);

const info = "tebura-consent-signature-v1";

/** Seals a signature to the gateway, so that it opens nowhere else and beside no other statement. */
export async function sealConsentSignature(
  signature: ConsentSignature,
  statement: Uint8Array,
  gatewayKey: Uint8Array,
): Promise<string> {
  const plain = new TextEncoder().encode(JSON.stringify(signature));
  const sealed = await sealTo(gatewayKey, plain, { info, aad: statement });
  return Buffer.from(sealed).toString("base64url");
}

/** Undefined for what this gateway cannot open, or what is no signature. */
export async function openConsentSignature(
  sealed: string,
  statement: Uint8Array,
  secret: Uint8Array,
): Promise<ConsentSignature | undefined> {
  try {
    const bytes = Buffer.from(sealed, "base64url");
    const plain = await openWith(secret, bytes, { info, aad: statement });
    return consentSignatureSchema.parse(JSON.parse(Buffer.from(plain).toString("utf8")));
  } catch {
    return undefined;
  }
}

export type ConsentSignatureVerdict =
  | { readonly ok: true; readonly certificate: CardIdentity }
  | { readonly ok: false; readonly code: CardSignatureCode | PathCode };

/** Verifies a signature from its bytes alone. `rules.policies` are those of signing certificates. */
export function verifyConsentSignature(
  { algorithm, signature, certificate }: ConsentSignature,
  statement: Uint8Array,
  { at, ...rules }: CardRules & { readonly at: WallMs },
): ConsentSignatureVerdict {
  const signed = readCardSignature({
    ...{ algorithm, signature, certificate, intermediates: [] },
    statement: Buffer.from(statement).toString("base64url"),
  });
  if (!signed.ok) return signed;
  const path = validateCard(signed, at, rules);
  if (!path.ok) return { ok: false, code: path.code };
  return {
    ok: true,
    certificate: cardIdentity(signed.certificate, path.path.at(-2) ?? path.anchor),
  };
}
