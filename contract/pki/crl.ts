import { createHash } from "node:crypto";
import type { WallMs } from "../ids.ts";
import {
  context,
  contextConstructed,
  type Der,
  DerReader,
  malformed,
  open,
  readDer,
  tags,
} from "./der.ts";
import {
  readBitBytes,
  readBoolean,
  readCount,
  readInteger,
  readNamedBits,
  readTime,
} from "./der-values.ts";
import {
  type AlgorithmIdentifier,
  type AuthorityKeyIdentifier,
  extensionElement,
  type RawExtension,
  readAlgorithm,
  readAuthorityKeyIdentifier,
  readExtensions,
  unknownCriticalIn,
} from "./extension-values.ts";
import {
  type DistributionPointName,
  readDistributionPointName,
  readGeneralNames,
} from "./general-names.ts";
import { type Name, readIssuerName } from "./names.ts";
import { oid } from "./oids.ts";

/** What a CRL says it covers (RFC 5280 section 5.2.5). */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | undefined;
  readonly onlyUserCertificates: boolean;
  readonly onlyCaCertificates: boolean;
  readonly onlySomeReasons: ReadonlySet<number> | undefined;
  readonly indirect: boolean;
  readonly onlyAttributeCertificates: boolean;
  readonly der: Uint8Array;
}

export interface RevokedEntry {
  readonly revokedAt: WallMs;
  /** CRLReason; undefined when the entry gives none. */
  readonly reason: number | undefined;
}

/** CRLReason 8: a delta takes a certificate off its base again. */
export const removeFromCrl = 8;

/** A CRL, read once and frozen (RFC 5280 section 5.1). Nothing of it is believed yet. */
export interface Crl {
  /** SHA-256 of the whole in hexadecimal. */
  readonly fingerprint: string;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  readonly thisUpdate: WallMs;
  readonly nextUpdate: WallMs | undefined;
  /** By `entryKey`: in an indirect CRL, one serial number can belong to several issuers. */
  readonly entries: ReadonlyMap<string, RevokedEntry>;
  readonly authorityKeyId: AuthorityKeyIdentifier | undefined;
  /** CRL numbers reach 20 bytes. */
  readonly number: bigint | undefined;
  /** Present in a delta: the number of the base that it completes. */
  readonly baseNumber: bigint | undefined;
  readonly issuingPoint: IssuingDistributionPoint | undefined;
  /** Of the CRL and of its entries alike: either makes the whole CRL unusable (section 5.3). */
  readonly unknownCritical: readonly string[];
}

export function entryKey(issuer: Name, serial: string): string {
  return `${serial} ${issuer.key}`;
}

const understoodInList = new Set<string>([
  oid.authorityKeyIdentifier,
  oid.issuerAltName,
  oid.crlNumber,
  oid.deltaCrlIndicator,
  oid.issuingDistributionPoint,
  oid.freshestCrl,
]);
const understoodInEntry = new Set<string>([
  oid.reasonCode,
  oid.invalidityDate,
  oid.certificateIssuer,
]);

/** Reads one DER CRL. Throws DER_MALFORMED for anything less than strict DER. */
export function parseCrl(der: Uint8Array): Crl {
  const bytes = Uint8Array.from(der);
  const reader = open(readDer(bytes, "a CRL"), tags.sequence, "a CRL");
  const tbs = reader.take(tags.sequence);
  const signatureAlgorithm = readAlgorithm(reader.take(tags.sequence));
  const signature = readBitBytes(reader.take(tags.bitString));
  reader.end();
  const fingerprint = createHash("sha256").update(bytes).digest("hex");
  const body = readTbs(tbs, signatureAlgorithm);
  return Object.freeze({ fingerprint, tbs: tbs.bytes, signatureAlgorithm, signature, ...body });
}

function readTbs(tbs: Der, outer: AlgorithmIdentifier) {
  const reader = open(tbs, tags.sequence, "a CRL's body");
  const version = reader.optional(tags.integer);
  if (version && readCount(version) !== 1) throw malformed("a CRL of an unknown version");
  const inner = reader.take(tags.sequence);
  if (!Buffer.from(inner.bytes).equals(outer.der)) throw malformed("two signature algorithms");
  const issuer = readIssuerName(reader.take(tags.sequence));
  const thisUpdate = readTime(reader.next());
  const next = reader.optional(tags.utcTime) ?? reader.optional(tags.generalizedTime);
  const revoked = reader.optional(tags.sequence);
  const wrapped = reader.optional(contextConstructed(0));
  reader.end();
  if (wrapped && !version) throw malformed("a version 1 CRL has extensions");
  const raw: ReadonlyMap<string, RawExtension> = wrapped
    ? readExtensions(readDer(wrapped.contents, "CRL extensions"))
    : new Map();
  const { entries, unknown } = readEntries(revoked, issuer);
  return {
    issuer,
    thisUpdate,
    nextUpdate: next && readTime(next),
    entries,
    ...readCrlExtensions(raw),
    unknownCritical: [...unknownCriticalIn(raw, understoodInList), ...unknown],
  };
}

function readCrlExtensions(raw: ReadonlyMap<string, RawExtension>) {
  const authority = extensionElement(raw, oid.authorityKeyIdentifier);
  const number = extensionElement(raw, oid.crlNumber);
  const base = extensionElement(raw, oid.deltaCrlIndicator);
  const point = extensionElement(raw, oid.issuingDistributionPoint);
  return {
    authorityKeyId: authority && readAuthorityKeyIdentifier(authority),
    number: number && readNumber(number),
    baseNumber: base && readNumber(base),
    issuingPoint: point && readIssuingPoint(point),
  };
}

function readNumber(element: Der): bigint {
  if (element.tag !== tags.integer) throw malformed("a CRL number is no integer");
  const hex = readInteger(element);
  if ((element.contents[0] ?? 0) >= 0x80) throw malformed("a CRL number is negative");
  return BigInt(`0x${hex}`);
}

function readIssuingPoint(element: Der): IssuingDistributionPoint {
  const reader = open(element, tags.sequence, "an issuing distribution point");
  const name = reader.optional(contextConstructed(0));
  const flag = (number: number): boolean => {
    const found = reader.optional(context(number));
    return found ? readBoolean(found) : false;
  };
  const onlyUserCertificates = flag(1);
  const onlyCaCertificates = flag(2);
  const reasons = reader.optional(context(3));
  const indirect = flag(4);
  const onlyAttributeCertificates = flag(5);
  reader.end();
  return Object.freeze({
    name: name && readDistributionPointName(name.contents),
    onlyUserCertificates,
    onlyCaCertificates,
    onlySomeReasons: reasons && readNamedBits(reasons),
    indirect,
    onlyAttributeCertificates,
    der: element.bytes,
  });
}

function readEntries(revoked: Der | undefined, crlIssuer: Name) {
  const entries = new Map<string, RevokedEntry>();
  const unknown = new Set<string>();
  const list = new DerReader(revoked?.contents ?? new Uint8Array(), "revoked certificates");
  // Section 5.3.3: an entry without a certificate issuer has the one of the entry before it.
  let issuers: readonly Name[] = [crlIssuer];
  while (list.more) {
    const reader = open(list.next(), tags.sequence, "a revoked certificate");
    const serial = readInteger(reader.take(tags.integer));
    const revokedAt = readTime(reader.next());
    const extensions = reader.more ? readExtensions(reader.next()) : undefined;
    reader.end();
    let reason: number | undefined;
    if (extensions) {
      for (const id of unknownCriticalIn(extensions, understoodInEntry)) unknown.add(id);
      issuers = readEntryIssuers(extensions) ?? issuers;
      reason = readReason(extensions);
    }
    for (const issuer of issuers) {
      const key = entryKey(issuer, serial);
      // Listed twice, a certificate stays revoked, whichever entry comes last.
      const known = entries.get(key);
      if (!known || known.reason === removeFromCrl) entries.set(key, { revokedAt, reason });
    }
  }
  return { entries, unknown };
}

function readEntryIssuers(extensions: ReadonlyMap<string, RawExtension>): Name[] | undefined {
  const element = extensionElement(extensions, oid.certificateIssuer);
  if (!element) return undefined;
  if (element.tag !== tags.sequence) throw malformed("a certificate issuer");
  const names = readGeneralNames(element.contents, "a certificate issuer");
  return names.flatMap((name) => (name.kind === "directory" ? [name.name] : []));
}

function readReason(extensions: ReadonlyMap<string, RawExtension>): number | undefined {
  const element = extensionElement(extensions, oid.reasonCode);
  if (!element) return undefined;
  if (element.tag !== tags.enumerated) throw malformed("a reason is not an enumerated");
  return readCount(element);
}
