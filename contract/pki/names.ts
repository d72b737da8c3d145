import { type Der, elements, malformed, open, tags } from "./der.ts";
import { readOid, readText } from "./der-values.ts";
import { oid } from "./oids.ts";

/** A distinguished name, ready to be compared. */
export interface Name {
  /** One canonical text for each relative distinguished name; equal exactly when those match. */
  readonly parts: readonly string[];
  /** The canonical text of the whole name. */
  readonly key: string;
  /** The values of emailAddress attributes, which name constraints reach into. */
  readonly emails: readonly string[];
  readonly der: Uint8Array;
}

/** Reads the name of an issuer, which may not be empty (RFC 5280 section 4.1.2.4). */
export function readIssuerName(element: Der): Name {
  const name = readName(element);
  if (name.parts.length === 0) throw malformed("an issuer's name is empty");
  return name;
}

/** Reads a Name. Throws DER_MALFORMED. */
export function readName(element: Der): Name {
  if (element.tag !== tags.sequence) throw malformed("a name is not a sequence");
  const emails: string[] = [];
  const parts = elements(element.contents, "a name", 0).map((rdn) => {
    if (rdn.tag !== tags.set) throw malformed("a relative name is not a set");
    return readRelativeName(rdn.contents, emails);
  });
  return nameOf(parts, emails, element.bytes);
}

/** The name of `base` with one more relative name, as distribution points may be given. */
export function extendName(base: Name, relative: string): Name {
  return nameOf([...base.parts, relative], base.emails, base.der);
}

function nameOf(parts: readonly string[], emails: readonly string[], der: Uint8Array): Name {
  return Object.freeze({ parts, key: JSON.stringify(parts), emails, der });
}

/** The canonical text of the attributes in a SET; their order in it means nothing. */
export function readRelativeName(contents: Uint8Array, emails: string[]): string {
  const attributes = elements(contents, "a relative name").map((element) => {
    const reader = open(element, tags.sequence, "a name's attribute");
    const type = readOid(reader.take(tags.oid));
    const value = reader.next();
    reader.end();
    const text = readText(value);
    if (type === oid.emailAddress && text !== undefined) emails.push(text);
    return text === undefined
      ? `${type} bytes ${Buffer.from(value.bytes).toString("hex")}`
      : `${type} text ${prepared(text)}`;
  });
  return JSON.stringify(attributes.sort());
}

export function sameName(left: Name, right: Name): boolean {
  return left.key === right.key;
}

/** True when `name` is `base` or lies below it (RFC 5280 section 4.2.1.10). */
export function isWithin(name: Name, base: Name): boolean {
  return base.parts.every((part, index) => name.parts[index] === part);
}

/**
 * A string as it is compared: RFC 5280 section 7.1 by way of RFC 4518, that is invisible
 * characters dropped, every kind of space a plain one, compatibility forms and case folded, and
 * outer and repeated spaces of no meaning.
 */
function prepared(text: string): string {
  return text
    .replace(/[\s\u0085]+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}]|\u034f|[\ufe00-\ufe0f]/gu, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/ +/g, " ")
    .trim();
}
