import {
  context,
  contextConstructed,
  type Der,
  DerReader,
  elements,
  malformed,
  readDer,
} from "./der.ts";
import { readAscii, readNamedBits, readOid } from "./der-values.ts";
import { extendName, type Name, readName, readRelativeName } from "./names.ts";

/** The kinds of name that a certificate can carry beside its subject (RFC 5280 section 4.2.1.6). */
export type GeneralName =
  | { readonly kind: "email" | "dns" | "uri"; readonly value: string; readonly key: string }
  | { readonly kind: "directory"; readonly name: Name; readonly key: string }
  | { readonly kind: "ip"; readonly bytes: Uint8Array; readonly key: string }
  | { readonly kind: "other"; readonly type: string; readonly value: Der; readonly key: string }
  | { readonly kind: "unsupported"; readonly key: string };

/** Reads one GeneralName. `key` is equal for equal names; URIs are compared byte for byte. */
export function readGeneralName(element: Der): GeneralName {
  const key = Buffer.from(element.bytes).toString("hex");
  switch (element.tag) {
    case contextConstructed(0):
      return { kind: "other", ...readOtherName(element), key };
    case context(1):
      return { kind: "email", value: readAscii(element.contents), key };
    case context(2):
      return { kind: "dns", value: readAscii(element.contents), key };
    case contextConstructed(4): {
      const name = readName(readDer(element.contents, "a directory name"));
      return directoryName(name);
    }
    case context(6):
      return { kind: "uri", value: readAscii(element.contents), key };
    case context(7):
      return { kind: "ip", bytes: element.contents, key };
    case contextConstructed(3): // x400Address
    case contextConstructed(5): // ediPartyName
    case context(8): // registeredID
      return { kind: "unsupported", key };
    default:
      throw malformed("a general name is of no known kind");
  }
}

export function directoryName(name: Name): GeneralName {
  return { kind: "directory", name, key: `directory:${name.key}` };
}

function readOtherName(element: Der): { type: string; value: Der } {
  const reader = new DerReader(element.contents, "an other name");
  const type = readOid(reader.take(0x06));
  const value = readDer(reader.take(contextConstructed(0)).contents, "an other name's value");
  reader.end();
  return { type, value };
}

export function readGeneralNames(contents: Uint8Array, what: string): readonly GeneralName[] {
  return elements(contents, what).map(readGeneralName);
}

/** Where a CRL lies: whole names, or one relative name below the CRL issuer's. */
export type DistributionPointName =
  | { readonly kind: "full"; readonly names: readonly GeneralName[] }
  | { readonly kind: "relative"; readonly relative: string };

/** One entry of the CRL distribution points extension (RFC 5280 section 4.2.1.13). */
export interface DistributionPoint {
  readonly name: DistributionPointName | undefined;
  /** Bits 1 to 8 of ReasonFlags; undefined stands for all. */
  readonly reasons: ReadonlySet<number> | undefined;
  readonly crlIssuer: readonly Name[];
}

/** Reads the DistributionPointName inside its explicit tag. */
export function readDistributionPointName(contents: Uint8Array): DistributionPointName {
  const element = readDer(contents, "a distribution point's name");
  if (element.tag === contextConstructed(0)) {
    return { kind: "full", names: readGeneralNames(element.contents, "a distribution point") };
  }
  if (element.tag !== contextConstructed(1)) throw malformed("a distribution point's name");
  return { kind: "relative", relative: readRelativeName(element.contents, []) };
}

export function readDistributionPoint(element: Der): DistributionPoint {
  const reader = new DerReader(element.contents, "a distribution point");
  const name = reader.optional(contextConstructed(0));
  const reasons = reader.optional(context(1));
  const crlIssuer = reader.optional(contextConstructed(2));
  reader.end();
  if (!name && !crlIssuer) throw malformed("a distribution point names nothing");
  return Object.freeze({
    name: name && readDistributionPointName(name.contents),
    reasons: reasons && readNamedBits(reasons),
    crlIssuer: crlIssuer ? directoryNamesIn(crlIssuer.contents) : [],
  });
}

/** The directory names among general names; a CRL issuer is always named by one. */
function directoryNamesIn(contents: Uint8Array): readonly Name[] {
  const names = readGeneralNames(contents, "a CRL issuer").flatMap((found) =>
    found.kind === "directory" ? [found.name] : [],
  );
  if (names.length === 0) throw malformed("a CRL issuer is not a directory name");
  return names;
}

/** The keys of a distribution point's names, a relative one resolved against these issuers. */
export function pointKeys(
  name: DistributionPointName,
  issuers: readonly Name[],
): readonly string[] {
  return name.kind === "full"
    ? name.names.map((found) => found.key)
    : issuers.map((issuer) => directoryName(extendName(issuer, name.relative)).key);
}
