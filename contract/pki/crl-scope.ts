import type { Certificate } from "./certificate.ts";
import type { RevocationCode } from "./codes.ts";
import type { Crl, IssuingDistributionPoint } from "./crl.ts";
import { type DistributionPoint, directoryName, pointKeys } from "./general-names.ts";

/** ReasonFlags 1 to 8: every reason that a certificate can be revoked for. */
export const allReasons: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8]);

/**
 * The distribution points to consult: those of the certificate and, last, its own issuer's name
 * (RFC 5280 section 6.3.3, the paragraph after step (l)), for CRLs that the certificate does not name.
 */
export function pointsOf(certificate: Certificate): readonly DistributionPoint[] {
  const own: DistributionPoint = {
    name: { kind: "full", names: [directoryName(certificate.issuer)] },
    reasons: undefined,
    crlIssuer: [],
  };
  return [...certificate.extensions.distributionPoints, own];
}

/**
 * RFC 5280 section 6.3.3 step (b): whether `crl` covers `certificate` by way of `point`.
 * Returns undefined where it does, and otherwise why not.
 */
export function outsideScope(
  crl: Crl,
  point: DistributionPoint,
  certificate: Certificate,
): RevocationCode | undefined {
  const { issuingPoint } = crl;
  // (b)(1): the issuer, and an indirect CRL where somebody else than the authority issues it.
  const byOther = point.crlIssuer.length > 0;
  const issuers = byOther ? point.crlIssuer : [certificate.issuer];
  if (!issuers.some((issuer) => issuer.key === crl.issuer.key)) return "CRL_OTHER_SCOPE";
  if (byOther && crl.issuer.key !== certificate.issuer.key && !issuingPoint?.indirect) {
    return "CRL_OTHER_SCOPE";
  }
  if (!issuingPoint) return undefined;
  // (b)(2)(i): the partition.
  if (issuingPoint.name && !samePartition(crl, issuingPoint, point, certificate)) {
    return "CRL_OTHER_PARTITION";
  }
  // (b)(2)(ii) to (iv): the kind of certificate.
  const ca = certificate.extensions.basicConstraints?.ca ?? false;
  if (issuingPoint.onlyUserCertificates && ca) return "CRL_OTHER_SCOPE";
  if (issuingPoint.onlyCaCertificates && !ca) return "CRL_OTHER_SCOPE";
  if (issuingPoint.onlyAttributeCertificates) return "CRL_OTHER_SCOPE";
  return undefined;
}

function samePartition(
  crl: Crl,
  issuingPoint: IssuingDistributionPoint,
  point: DistributionPoint,
  certificate: Certificate,
): boolean {
  if (!issuingPoint.name) return true;
  const ofCrl = pointKeys(issuingPoint.name, [crl.issuer]);
  const ofCertificate = point.name
    ? pointKeys(point.name, point.crlIssuer.length > 0 ? point.crlIssuer : [certificate.issuer])
    : point.crlIssuer.map((issuer) => directoryName(issuer).key);
  return ofCertificate.some((key) => ofCrl.includes(key));
}

/** Section 6.3.3 step (d): the reasons for which this CRL speaks by way of this point. */
export function reasonsOf(crl: Crl, point: DistributionPoint): ReadonlySet<number> {
  const ofCrl = crl.issuingPoint?.onlySomeReasons ?? allReasons;
  return new Set([...(point.reasons ?? allReasons)].filter((reason) => ofCrl.has(reason)));
}

/** Section 6.3.3 step (c): whether `delta` brings exactly this complete CRL up to date. */
export function completes(delta: Crl, base: Crl): boolean {
  if (delta.baseNumber === undefined || delta.number === undefined || base.number === undefined) {
    return false;
  }
  const sameScope =
    delta.issuingPoint && base.issuingPoint
      ? Buffer.from(delta.issuingPoint.der).equals(base.issuingPoint.der)
      : delta.issuingPoint === base.issuingPoint;
  return (
    delta.issuer.key === base.issuer.key &&
    sameScope &&
    delta.authorityKeyId?.keyId === base.authorityKeyId?.keyId &&
    base.number >= delta.baseNumber &&
    base.number < delta.number
  );
}
