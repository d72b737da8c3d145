import { digestOf } from "./digest.ts";
import type { Digest, WallMs } from "./ids.ts";
import { type Certificate, parseCertificate } from "./pki/certificate.ts";
import { algorithmPolicy, type SignatureCheck, verifySignature } from "./pki/signature.ts";
import {
  type PathInputs,
  type PathVerdict,
  type RevocationInputs,
  validatePath,
} from "./pki/validate-path.ts";

const algorithms = {
  "rsa-sha256": { oid: "1.2.840.113549.1.1.11", curves: [] },
  "p384-sha384": { oid: "1.2.840.10045.4.3.3", curves: ["secp384r1"] },
} as const;

/**
 * A certificate as a registry knows it. Generations of an authority share one name and may use one
 * serial number each, so the issuer is told by its key.
 */
export interface CardIdentity {
  /** SHA-256 of the issuer's public key. */
  readonly issuerKey: Digest;
  /** Hexadecimal. */
  readonly serial: string;
}

/** How a registry names the card of `certificate`, which `issuer` signed. */
export function cardIdentity(certificate: Certificate, issuer: Certificate): CardIdentity {
  return Object.freeze({
    issuerKey: digestOf(issuer.publicKey.spki),
    serial: certificate.serial,
  });
}

/** What a card signed, each part in base64url. */
export interface CardSigned {
  readonly algorithm: keyof typeof algorithms;
  readonly statement: string;
  readonly signature: string;
  readonly certificate: string;
  readonly intermediates: readonly string[];
}

/** Why what a card signed does not count, before its certificate's path is looked at. */
export type CardSignatureCode =
  | "DER_MALFORMED"
  | "STATEMENT_SIGNATURE_INVALID"
  | "STATEMENT_KEY_REFUSED";

export type SignatureReading =
  | {
      readonly ok: true;
      /** The exact bytes that were signed: believed from here on to be the certificate's. */
      readonly bytes: Uint8Array;
      readonly certificate: Certificate;
      readonly candidates: readonly Certificate[];
    }
  | { readonly ok: false; readonly code: CardSignatureCode };

/** Verifies the signature alone, against the certificate beside it. Never throws for what it is given. */
export function readCardSignature(signed: CardSigned): SignatureReading {
  const certificate = readCertificate(signed.certificate);
  const intermediates = signed.intermediates.map(readCertificate);
  if (!certificate || intermediates.includes(undefined))
    return { ok: false, code: "DER_MALFORMED" };
  const bytes = Buffer.from(signed.statement, "base64url");
  const { oid, curves } = algorithms[signed.algorithm];
  const input = {
    algorithm: { oid, parameters: undefined },
    spki: certificate.publicKey.spki,
    data: bytes,
    signature: Buffer.from(signed.signature, "base64url"),
  };
  const verdict = verifySignature(input, { ...algorithmPolicy, curves });
  if (verdict !== "valid") {
    const isWrong = verdict === "SIGNATURE_INVALID";
    return { ok: false, code: isWrong ? "STATEMENT_SIGNATURE_INVALID" : "STATEMENT_KEY_REFUSED" };
  }
  const candidates = intermediates.filter((one) => one !== undefined);
  return { ok: true, bytes, certificate, candidates };
}

/** What a card is held to at a moment. */
export interface CardRules {
  readonly anchors: readonly Certificate[];
  /** Policies of which the card's certificate must carry one: they tell what it is for. */
  readonly policies: readonly string[];
  readonly revocation: RevocationInputs;
  /** For certificates, CRLs and OCSP; `rememberingCheck` where many cards are verified. */
  readonly check?: SignatureCheck;
}

/** Whether the certificate of a signature that holds counted at that moment. */
export function validateCard(
  {
    certificate,
    candidates,
  }: Pick<Extract<SignatureReading, { ok: true }>, "certificate" | "candidates">,
  at: WallMs,
  { anchors, policies, revocation, check }: CardRules,
): PathVerdict {
  const inputs: PathInputs = {
    target: certificate,
    candidates,
    anchors,
    at,
    policies: { acceptable: policies, requireExplicit: true },
    usages: ["digitalSignature"],
    revocation,
    ...(check ? { check } : {}),
  };
  return validatePath(inputs);
}

function readCertificate(text: string): Certificate | undefined {
  try {
    return parseCertificate(Buffer.from(text, "base64url"));
  } catch {
    return undefined;
  }
}
