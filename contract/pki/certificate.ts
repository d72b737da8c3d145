import { createHash } from "node:crypto";
import type { WallMs } from "../ids.ts";
import {
  context,
  contextConstructed,
  type Der,
  elements,
  malformed,
  open,
  readDer,
  tags,
} from "./der.ts";
import {
  readBitBytes,
  readBits,
  readCount,
  readInteger,
  readNamedBits,
  readTime,
} from "./der-values.ts";
import {
  type AlgorithmIdentifier,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  extensionElement,
  type NameConstraints,
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
  type RawExtension,
  readAlgorithm,
  readAuthorityKeyIdentifier,
  readBasicConstraints,
  readExtensions,
  readNameConstraints,
  readOids,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  unknownCriticalIn,
} from "./extension-values.ts";
import {
  type DistributionPoint,
  type GeneralName,
  readDistributionPoint,
  readGeneralNames,
} from "./general-names.ts";
import { type Name, readIssuerName, readName } from "./names.ts";
import { oid } from "./oids.ts";

/** The bits of the key usage extension that somebody here asks for (RFC 5280 section 4.2.1.3). */
export const keyUsage = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyCertSign: 5,
  crlSign: 6,
} as const;
export type KeyUsage = keyof typeof keyUsage;

export interface PublicKey {
  readonly algorithm: AlgorithmIdentifier;
  /** The SubjectPublicKeyInfo as it was encoded. */
  readonly spki: Uint8Array;
  /** The key's own bits, which key identifiers digest. */
  readonly bits: Uint8Array;
}

/** What the extensions say. An absent extension is undefined, an absent list is empty. */
interface CertificateExtensions {
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extKeyUsage: ReadonlySet<string> | undefined;
  readonly subjectAltNames: readonly GeneralName[];
  readonly policies: readonly PolicyInformation[] | undefined;
  readonly policyMappings: readonly PolicyMapping[];
  readonly policyConstraints: PolicyConstraints | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  readonly distributionPoints: readonly DistributionPoint[];
  readonly authorityKeyId: AuthorityKeyIdentifier | undefined;
  /** Hexadecimal. */
  readonly subjectKeyId: string | undefined;
  readonly ocspNoCheck: boolean;
  readonly unknownCritical: readonly string[];
}

/** A certificate, read once and frozen (RFC 5280 section 4.1). Nothing of it is believed yet. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of `der` in hexadecimal. */
  readonly fingerprint: string;
  /** What the signature covers. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Hexadecimal of the minimal two's complement; unique for each issuer. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly selfIssued: boolean;
  readonly notBefore: WallMs;
  readonly notAfter: WallMs;
  readonly publicKey: PublicKey;
  readonly extensions: CertificateExtensions;
}

/** Reads one DER certificate. Throws DER_MALFORMED for anything less than strict DER. */
export function parseCertificate(der: Uint8Array): Certificate {
  const bytes = Uint8Array.from(der); // A copy, so that nobody changes it afterwards.
  const reader = open(readDer(bytes, "a certificate"), tags.sequence, "a certificate");
  const tbs = reader.take(tags.sequence);
  const signatureAlgorithm = readAlgorithm(reader.take(tags.sequence));
  const signature = readBitBytes(reader.take(tags.bitString));
  reader.end();
  return Object.freeze({
    der: bytes,
    fingerprint: createHash("sha256").update(bytes).digest("hex"),
    tbs: tbs.bytes,
    signatureAlgorithm,
    signature,
    ...readTbs(tbs, signatureAlgorithm),
  });
}

function readTbs(tbs: Der, outer: AlgorithmIdentifier) {
  const reader = open(tbs, tags.sequence, "a certificate's body");
  const tagged = reader.optional(contextConstructed(0));
  const version = tagged ? readCount(readDer(tagged.contents, "a version")) + 1 : 1;
  if (version > 3) throw malformed("a certificate has a version above 3");
  const serial = readInteger(reader.take(tags.integer));
  if (serial.length > 40) throw malformed("a serial number has more than 20 bytes");
  const inner = reader.take(tags.sequence);
  // Section 4.1.1.2: both must be the same, or the signed one could say something else.
  if (!Buffer.from(inner.bytes).equals(outer.der)) throw malformed("two signature algorithms");
  const issuer = readIssuerName(reader.take(tags.sequence));
  const validity = open(reader.take(tags.sequence), tags.sequence, "a validity");
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  validity.end();
  const subject = readName(reader.take(tags.sequence));
  const publicKey = readPublicKey(reader.take(tags.sequence));
  for (const number of [1, 2]) {
    const uniqueId = reader.optional(context(number));
    if (uniqueId) readBits(uniqueId);
    if (uniqueId && version < 2) throw malformed("a version 1 certificate has a unique identifier");
  }
  const wrapped = reader.optional(contextConstructed(3));
  reader.end();
  if (wrapped && version !== 3) throw malformed("extensions outside version 3");
  const extensions = readCertificateExtensions(
    wrapped ? readExtensions(readDer(wrapped.contents, "extensions")) : new Map(),
  );
  const selfIssued = issuer.key === subject.key;
  return { serial, issuer, subject, selfIssued, notBefore, notAfter, publicKey, extensions };
}

export function readPublicKey(element: Der): PublicKey {
  const reader = open(element, tags.sequence, "a public key");
  const algorithm = readAlgorithm(reader.take(tags.sequence));
  const bits = readBitBytes(reader.take(tags.bitString));
  reader.end();
  return Object.freeze({ algorithm, spki: element.bytes, bits });
}

const understood = new Set<string>([
  oid.subjectKeyIdentifier,
  oid.keyUsage,
  oid.subjectAltName,
  oid.issuerAltName,
  oid.basicConstraints,
  oid.nameConstraints,
  oid.crlDistributionPoints,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.authorityKeyIdentifier,
  oid.policyConstraints,
  oid.extKeyUsage,
  oid.freshestCrl,
  oid.inhibitAnyPolicy,
  oid.ocspNoCheck,
]);

function readCertificateExtensions(raw: ReadonlyMap<string, RawExtension>): CertificateExtensions {
  const read = <T>(id: string, reading: (element: Der) => T): T | undefined => {
    const element = extensionElement(raw, id);
    return element && reading(element);
  };
  const sequenceOf = <T>(id: string, reading: (contents: Uint8Array) => readonly T[]) =>
    read(id, (element) => {
      if (element.tag !== tags.sequence) throw malformed(`the extension ${id}`);
      return reading(element.contents);
    }) ?? [];
  return Object.freeze({
    basicConstraints: read(oid.basicConstraints, readBasicConstraints),
    keyUsage: read(oid.keyUsage, (element) => {
      if (element.tag !== tags.bitString) throw malformed("key usage");
      const usages = readNamedBits(element);
      if (usages.size === 0) throw malformed("a key usage of nothing"); // Section 4.2.1.3.
      return usages;
    }),
    extKeyUsage: read(oid.extKeyUsage, (element) => readOids(element, "extended key usage")),
    subjectAltNames: sequenceOf(oid.subjectAltName, (contents) =>
      readGeneralNames(contents, "a subject alternative name"),
    ),
    policies: read(oid.certificatePolicies, readPolicies),
    policyMappings: read(oid.policyMappings, readPolicyMappings) ?? [],
    policyConstraints: read(oid.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(oid.inhibitAnyPolicy, (element) => {
      if (element.tag !== tags.integer) throw malformed("inhibit any policy");
      return readCount(element);
    }),
    nameConstraints: read(oid.nameConstraints, readNameConstraints),
    distributionPoints: sequenceOf(oid.crlDistributionPoints, (contents) =>
      elements(contents, "CRL distribution points").map(readDistributionPoint),
    ),
    authorityKeyId: read(oid.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    subjectKeyId: read(oid.subjectKeyIdentifier, (element) => {
      if (element.tag !== tags.octetString) throw malformed("a subject key identifier");
      return Buffer.from(element.contents).toString("hex");
    }),
    ocspNoCheck: raw.has(oid.ocspNoCheck),
    unknownCritical: unknownCriticalIn(raw, understood),
  });
}
