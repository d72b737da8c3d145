import { createHash } from "node:crypto";
import type { WallMs } from "../ids.ts";
import { type Certificate, keyUsage } from "./certificate.ts";
import type { RevocationCode } from "./codes.ts";
import type { CertId, OcspResponse } from "./ocsp.ts";
import { digestNames, oid } from "./oids.ts";
import type { RevocationStatus } from "./revocation.ts";
import type { SignatureCheck } from "./signature.ts";

export interface OcspContext {
  readonly now: WallMs;
  /** How old a response may be, whatever it promises itself. */
  readonly ocspAgeMsMax: number;
  /** The nonce of our own request; a response must then carry it. */
  readonly nonce: Uint8Array | undefined;
  readonly check: SignatureCheck;
  /** Whether a delegated responder itself is revoked, by CRL. */
  readonly responderStatus: (responder: Certificate) => RevocationStatus["status"];
}

/**
 * What one OCSP response says about `certificate`, which `issuer` signed (RFC 6960 section 3.2).
 * The signature is checked before anything that the response says is read.
 */
export function ocspStatus(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
  context: OcspContext,
): RevocationStatus {
  const unknown = (code: RevocationCode): RevocationStatus => ({ status: "unknown", code });
  const unproven = whyUnproven(response, issuer, context);
  if (unproven) return unknown(unproven);
  if (response.unknownCritical.length > 0) return unknown("OCSP_EXTENSION_UNKNOWN");
  if (context.nonce && !Buffer.from(context.nonce).equals(response.nonce ?? new Uint8Array())) {
    return unknown("OCSP_NONCE_MISMATCH");
  }
  const single = response.responses.find((one) => isAbout(one.certId, certificate, issuer));
  if (!single) return unknown("OCSP_OTHER_CERTIFICATE");
  const { thisUpdate, nextUpdate } = single;
  if (thisUpdate > context.now || response.producedAt > context.now) {
    return unknown("OCSP_NOT_YET_VALID");
  }
  const ageMs = context.now - thisUpdate;
  if (ageMs > context.ocspAgeMsMax) return unknown("OCSP_STALE");
  if (nextUpdate !== undefined && nextUpdate <= context.now) return unknown("OCSP_STALE");
  const { fingerprint } = response;
  const source = { kind: "ocsp", thisUpdate, nextUpdate, ageMs, fingerprint } as const;
  switch (single.status) {
    case "good":
      return { status: "good", sources: [source] };
    case "unknown":
      return unknown("OCSP_STATUS_UNKNOWN");
    case "revoked": {
      const revokedAt = single.revokedAt ?? thisUpdate;
      return { status: "revoked", revokedAt, reason: single.reason, source };
    }
    default:
      return single.status satisfies never;
  }
}

/** Section 4.2.2.2: the issuer itself, or whom it delegated by a certificate of its own key. */
function whyUnproven(
  response: OcspResponse,
  issuer: Certificate,
  context: OcspContext,
): RevocationCode | undefined {
  if (answers(response, issuer)) return whySignatureFails(response, issuer, context);
  const responder = response.certificates.find((one) => answers(response, one));
  if (!responder) return "OCSP_RESPONDER_UNAUTHORISED";
  const delegated = context.check({
    algorithm: responder.signatureAlgorithm,
    spki: issuer.publicKey.spki,
    data: responder.tbs,
    signature: responder.signature,
  });
  if (responder.issuer.key !== issuer.subject.key || delegated !== "valid") {
    return "OCSP_RESPONDER_UNAUTHORISED";
  }
  const { extKeyUsage, keyUsage: usage, unknownCritical, ocspNoCheck } = responder.extensions;
  // anyExtendedKeyUsage is not enough: RFC 6960 wants the purpose by its name.
  if (!extKeyUsage?.has(oid.ocspSigning)) return "OCSP_PURPOSE_MISSING";
  if (usage && !usage.has(keyUsage.digitalSignature)) return "OCSP_PURPOSE_MISSING";
  if (unknownCritical.length > 0) return "OCSP_EXTENSION_UNKNOWN";
  if (context.now < responder.notBefore || context.now > responder.notAfter) {
    return "OCSP_RESPONDER_EXPIRED";
  }
  const failed = whySignatureFails(response, responder, context);
  if (failed || ocspNoCheck) return failed;
  const status = context.responderStatus(responder);
  if (status === "revoked") return "OCSP_RESPONDER_REVOKED";
  return status === "good" ? undefined : "OCSP_RESPONDER_UNCHECKED";
}

function answers(response: OcspResponse, certificate: Certificate): boolean {
  const { responder } = response;
  if (responder.by === "name") return responder.name.key === certificate.subject.key;
  // A key is named by the SHA-1 of its bits here, always: it identifies and protects nothing.
  return createHash("sha1").update(certificate.publicKey.bits).digest("hex") === responder.sha1;
}

function whySignatureFails(
  response: OcspResponse,
  signer: Certificate,
  context: OcspContext,
): RevocationCode | undefined {
  const verdict = context.check({
    algorithm: response.signatureAlgorithm,
    spki: signer.publicKey.spki,
    data: response.tbs,
    signature: response.signature,
  });
  if (verdict === "valid") return undefined;
  return verdict === "SIGNATURE_INVALID" ? "OCSP_SIGNATURE_INVALID" : "OCSP_ALGORITHM_REFUSED";
}

function isAbout(certId: CertId, certificate: Certificate, issuer: Certificate): boolean {
  const digest = Object.hasOwn(digestNames, certId.digestOid)
    ? digestNames[certId.digestOid]
    : undefined;
  if (!digest || certId.serial !== certificate.serial) return false;
  const name = createHash(digest).update(certificate.issuer.der).digest();
  const key = createHash(digest).update(issuer.publicKey.bits).digest();
  return name.equals(certId.issuerNameHash) && key.equals(certId.issuerKeyHash);
}
