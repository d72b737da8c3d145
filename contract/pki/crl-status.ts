import type { WallMs } from "../ids.ts";
import { type Certificate, keyUsage } from "./certificate.ts";
import type { RevocationCode } from "./codes.ts";
import { type Crl, entryKey, type RevokedEntry, removeFromCrl } from "./crl.ts";
import { allReasons, completes, outsideScope, pointsOf, reasonsOf } from "./crl-scope.ts";
import type { DistributionPoint } from "./general-names.ts";
import type { RevocationStatus } from "./revocation.ts";
import type { SignatureCheck } from "./signature.ts";

export interface CrlContext {
  readonly crls: readonly Crl[];
  /** The moment at which the data must be fresh. */
  readonly now: WallMs;
  /** How old a CRL may be, whatever it promises itself. */
  readonly crlAgeMsMax: number;
  readonly check: SignatureCheck;
  /** Certificates that may have signed a CRL, the trust anchor among them. */
  readonly signers: readonly Certificate[];
  /** Whether a signer's own path holds, from the same anchor as the certificate's (step (f)). */
  readonly trusts: (signer: Certificate) => boolean;
}

/** How far a CRL came before it was found wanting; the furthest explains a refusal best. */
const progress: readonly RevocationCode[] = [
  "REVOCATION_DATA_MISSING",
  "CRL_OTHER_SCOPE",
  "CRL_OTHER_PARTITION",
  "CRL_BASE_MISSING",
  "CRL_REASONS_INCOMPLETE",
  "CRL_NOT_YET_VALID",
  "CRL_STALE",
  "CRL_EXTENSION_UNKNOWN",
  "CRL_SIGNER_UNTRUSTED",
  "CRL_ALGORITHM_REFUSED",
  "CRL_SIGNATURE_INVALID",
];

/**
 * RFC 5280 section 6.3.3 for one certificate. The newest CRL speaks first, so that an older one
 * which is still within its time cannot hide a revocation, nor keep a hold that was lifted.
 */
export function crlStatus(certificate: Certificate, context: CrlContext): RevocationStatus {
  let worst: RevocationCode = "REVOCATION_DATA_MISSING";
  const note = (code: RevocationCode) => {
    if (progress.indexOf(code) > progress.indexOf(worst)) worst = code;
  };
  const covered = new Set<number>();
  const used: Crl[] = [];
  const newestFirst = context.crls.toSorted((a, b) => b.thisUpdate - a.thisUpdate);
  for (const point of pointsOf(certificate)) {
    for (const crl of newestFirst) {
      const unusable = whyUnusable(crl, point, certificate, context);
      if (unusable) {
        note(unusable);
        continue;
      }
      const reasons = reasonsOf(crl, point);
      if ([...reasons].every((reason) => covered.has(reason))) continue; // Step (e).
      const delta = newestFirst.find((one) => deltaUsable(one, crl, context));
      const entry = entryFor(certificate, crl, delta);
      if (entry) return { status: "revoked", ...entry, source: sourceOf(delta ?? crl, context) };
      for (const reason of reasons) covered.add(reason); // Step (l).
      used.push(crl, ...(delta ? [delta] : []));
    }
  }
  if ([...allReasons].every((reason) => covered.has(reason))) {
    return { status: "good", sources: used.map((crl) => sourceOf(crl, context)) };
  }
  if (used.length > 0) note("CRL_REASONS_INCOMPLETE");
  return { status: "unknown", code: worst };
}

function sourceOf(crl: Crl, context: CrlContext) {
  const { thisUpdate, nextUpdate, fingerprint } = crl;
  const ageMs = context.now - thisUpdate;
  return { kind: "crl", thisUpdate, nextUpdate, ageMs, fingerprint } as const;
}

function whyUnusable(
  crl: Crl,
  point: DistributionPoint,
  certificate: Certificate,
  context: CrlContext,
): RevocationCode | undefined {
  return (
    outsideScope(crl, point, certificate) ??
    (crl.baseNumber === undefined ? undefined : "CRL_BASE_MISSING") ?? // A delta stands on no own feet.
    whyUnfit(crl, context)
  );
}

/** Steps (a), (f) and (g): fresh, wholly understood, and signed by somebody who may. */
function whyUnfit(crl: Crl, context: CrlContext): RevocationCode | undefined {
  if (crl.thisUpdate > context.now) return "CRL_NOT_YET_VALID";
  // RFC 5280 demands a nextUpdate; without one nobody can tell how old is too old.
  if (crl.nextUpdate === undefined || crl.nextUpdate <= context.now) return "CRL_STALE";
  if (context.now - crl.thisUpdate > context.crlAgeMsMax) return "CRL_STALE";
  if (crl.unknownCritical.length > 0) return "CRL_EXTENSION_UNKNOWN";
  return whySignatureFails(crl, context);
}

function whySignatureFails(crl: Crl, context: CrlContext): RevocationCode | undefined {
  const keyId = crl.authorityKeyId?.keyId;
  let reason: RevocationCode = "CRL_SIGNER_UNTRUSTED";
  for (const signer of context.signers) {
    const { keyUsage: usage, subjectKeyId } = signer.extensions;
    if (signer.subject.key !== crl.issuer.key) continue;
    if (usage && !usage.has(keyUsage.crlSign)) continue;
    if (keyId !== undefined && subjectKeyId !== undefined && keyId !== subjectKeyId) continue;
    const verdict = context.check({
      algorithm: crl.signatureAlgorithm,
      spki: signer.publicKey.spki,
      data: crl.tbs,
      signature: crl.signature,
    });
    if (verdict === "valid") {
      if (context.trusts(signer)) return undefined;
    } else if (verdict === "SIGNATURE_INVALID") reason = "CRL_SIGNATURE_INVALID";
    else reason = "CRL_ALGORITHM_REFUSED";
  }
  return reason;
}

function deltaUsable(delta: Crl, base: Crl, context: CrlContext): boolean {
  return completes(delta, base) && whyUnfit(delta, context) === undefined;
}

/** Steps (i) to (k): the delta's word first, and its "removed" takes the base's word back. */
function entryFor(
  certificate: Certificate,
  crl: Crl,
  delta: Crl | undefined,
): RevokedEntry | undefined {
  const key = entryKey(certificate.issuer, certificate.serial);
  const newer = delta?.entries.get(key);
  if (newer) return newer.reason === removeFromCrl ? undefined : newer;
  // In a complete CRL "removed" has no meaning, and whoever is listed there is revoked.
  return crl.entries.get(key);
}
