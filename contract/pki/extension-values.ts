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
import { readBoolean, readCount, readInteger, readOid } from "./der-values.ts";
import { type GeneralName, readGeneralName, readGeneralNames } from "./general-names.ts";

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** RFC 5280 section 4.2.1.9. */
export function readBasicConstraints(element: Der): BasicConstraints {
  const reader = open(element, tags.sequence, "basic constraints");
  const flag = reader.optional(tags.boolean);
  const length = reader.optional(tags.integer);
  reader.end();
  const ca = flag ? readBoolean(flag) : false;
  if (length && !ca) throw malformed("a path length without an authority");
  return Object.freeze({ ca, pathLength: length && readCount(length) });
}

export interface PolicyInformation {
  readonly policy: string;
  /** The qualifiers as they were encoded; they inform people and decide nothing. */
  readonly qualifiers: Uint8Array | undefined;
}

/** RFC 5280 section 4.2.1.4; the same policy twice is refused. */
export function readPolicies(element: Der): readonly PolicyInformation[] {
  if (element.tag !== tags.sequence) throw malformed("certificate policies");
  const found = elements(element.contents, "certificate policies").map((item) => {
    const reader = open(item, tags.sequence, "a certificate policy");
    const policy = readOid(reader.take(tags.oid));
    const qualifiers = reader.optional(tags.sequence)?.bytes;
    reader.end();
    return Object.freeze({ policy, qualifiers });
  });
  if (new Set(found.map((item) => item.policy)).size !== found.length) {
    throw malformed("certificate policies name one twice");
  }
  return found;
}

export interface PolicyMapping {
  readonly issuer: string;
  readonly subject: string;
}

/** RFC 5280 section 4.2.1.5. */
export function readPolicyMappings(element: Der): readonly PolicyMapping[] {
  if (element.tag !== tags.sequence) throw malformed("policy mappings");
  return elements(element.contents, "policy mappings").map((item) => {
    const reader = open(item, tags.sequence, "a policy mapping");
    const issuer = readOid(reader.take(tags.oid));
    const subject = readOid(reader.take(tags.oid));
    reader.end();
    return Object.freeze({ issuer, subject });
  });
}

export interface PolicyConstraints {
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
}

/** RFC 5280 section 4.2.1.11. */
export function readPolicyConstraints(element: Der): PolicyConstraints {
  const reader = open(element, tags.sequence, "policy constraints");
  const explicit = reader.optional(context(0));
  const mapping = reader.optional(context(1));
  reader.end();
  if (!explicit && !mapping) throw malformed("policy constraints are empty");
  return Object.freeze({
    requireExplicit: explicit && readCount(explicit),
    inhibitMapping: mapping && readCount(mapping),
  });
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** RFC 5280 section 4.2.1.10. A minimum or a maximum is refused: the profile forbids both. */
export function readNameConstraints(element: Der): NameConstraints {
  const reader = open(element, tags.sequence, "name constraints");
  const permitted = reader.optional(contextConstructed(0));
  const excluded = reader.optional(contextConstructed(1));
  reader.end();
  if (!permitted && !excluded) throw malformed("name constraints are empty");
  return Object.freeze({ permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) });
}

function readSubtrees(element: Der | undefined): readonly GeneralName[] {
  if (!element) return [];
  return elements(element.contents, "name constraints").map((item) => {
    const reader = open(item, tags.sequence, "a name constraint");
    const base = readGeneralName(reader.next());
    const minimum = reader.optional(context(0));
    if (minimum && readCount(minimum) !== 0) throw malformed("a name constraint has a minimum");
    reader.end();
    return base;
  });
}

export interface AuthorityKeyIdentifier {
  /** Hexadecimal. */
  readonly keyId: string | undefined;
  readonly issuer: readonly GeneralName[] | undefined;
  readonly serial: string | undefined;
}

/** RFC 5280 section 4.2.1.1. */
export function readAuthorityKeyIdentifier(element: Der): AuthorityKeyIdentifier {
  const reader = open(element, tags.sequence, "an authority key identifier");
  const keyId = reader.optional(context(0));
  const issuer = reader.optional(contextConstructed(1));
  const serial = reader.optional(context(2));
  reader.end();
  return Object.freeze({
    keyId: keyId && Buffer.from(keyId.contents).toString("hex"),
    issuer: issuer && readGeneralNames(issuer.contents, "an authority's name"),
    serial: serial && readInteger(serial),
  });
}

/** One extension of a certificate, a CRL, a CRL entry or an OCSP response: the same form everywhere. */
export interface RawExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Reads Extensions into a map by OID. The same extension twice is refused (section 4.2). */
export function readExtensions(sequence: Der): ReadonlyMap<string, RawExtension> {
  if (sequence.tag !== tags.sequence) throw malformed("extensions are not a sequence");
  const found = new Map<string, RawExtension>();
  for (const element of elements(sequence.contents, "extensions")) {
    const reader = open(element, tags.sequence, "an extension");
    const id = readOid(reader.take(tags.oid));
    // A critical of false written out is not DER, yet common and harmless.
    const critical = reader.optional(tags.boolean);
    const value = reader.take(tags.octetString).contents;
    reader.end();
    if (found.has(id)) throw malformed(`the extension ${id} comes twice`);
    found.set(id, Object.freeze({ critical: critical ? readBoolean(critical) : false, value }));
  }
  return found;
}

/** The single element inside an extension, or undefined where the extension is absent. */
export function extensionElement(
  extensions: ReadonlyMap<string, RawExtension>,
  id: string,
): Der | undefined {
  const found = extensions.get(id);
  return found && readDer(found.value, `the extension ${id}`);
}

/** Critical extensions outside `known`; whoever carries one cannot be used. */
export function unknownCriticalIn(
  extensions: ReadonlyMap<string, RawExtension>,
  known: ReadonlySet<string>,
): readonly string[] {
  return [...extensions].flatMap(([id, { critical }]) => (critical && !known.has(id) ? [id] : []));
}

export function readAlgorithm(element: Der): AlgorithmIdentifier {
  const reader = open(element, tags.sequence, "an algorithm identifier");
  const id = readOid(reader.take(tags.oid));
  const parameters = reader.more ? reader.next().bytes : undefined;
  reader.end();
  return Object.freeze({ oid: id, parameters, der: element.bytes });
}

/** RFC 5280 section 4.1.1.2. `parameters` is the whole element. */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Uint8Array | undefined;
  readonly der: Uint8Array;
}

/** A sequence of one OID or more, as the extended key usage is. */
export function readOids(element: Der, what: string): ReadonlySet<string> {
  if (element.tag !== tags.sequence) throw malformed(what);
  return new Set(
    elements(element.contents, what).map((item) => {
      if (item.tag !== tags.oid) throw malformed(`${what} holds something that is no OID`);
      return readOid(item);
    }),
  );
}
