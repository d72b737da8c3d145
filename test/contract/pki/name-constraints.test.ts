import { expect, test } from "vitest";
import { type Certificate, parseCertificate } from "#contract/pki/certificate.ts";
import { basicConstraints, extension } from "#contract/pki/certificate-writer.ts";
import { implicit, inside, oidOf, sequence, utf8 } from "#contract/pki/der-writer.ts";
import {
  checkNames,
  everyName,
  type NameVerdict,
  narrowed,
} from "#contract/pki/name-constraints.ts";
import { oid } from "#contract/pki/oids.ts";
import { makeAuthority, makeCard } from "#test/support/card-hierarchy.ts";

const authority = makeAuthority("2023");
const email = (text: string) => implicit(1, Buffer.from(text));
const dns = (text: string) => implicit(2, Buffer.from(text));
const uri = (text: string) => implicit(6, Buffer.from(text));
const ip = (...bytes: number[]) => implicit(7, Buffer.from(bytes));
const other = (type: string) => inside(0, oidOf(type), inside(0, utf8("x")));

function holder(name: Uint8Array): Certificate {
  const extensions = [extension(oid.subjectAltName, false, sequence(name))];
  return parseCertificate(makeCard(authority, { extensions }).der);
}

/** The name space that a certificate with these subtrees leaves. */
function spaceOf(kind: "permitted" | "excluded", base: Uint8Array) {
  const subtrees = inside(kind === "permitted" ? 0 : 1, sequence(base));
  const extensions = [
    basicConstraints(true),
    extension(oid.nameConstraints, true, sequence(subtrees)),
  ];
  const { nameConstraints } = parseCertificate(makeAuthority("nc", { extensions }).der).extensions;
  return narrowed(everyName, nameConstraints);
}

const inTen = ip(10, 0, 0, 0, 255, 0, 0, 0);

test.each<{
  what: string;
  base: Uint8Array;
  name: Uint8Array;
  permitted: NameVerdict;
  excluded: NameVerdict;
}>([
  {
    what: "an address inside",
    base: inTen,
    name: ip(10, 1, 2, 3),
    permitted: "allowed",
    excluded: "NAME_EXCLUDED",
  },
  {
    what: "an address outside",
    base: inTen,
    name: ip(11, 1, 2, 3),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "an address of the other family",
    base: inTen,
    name: ip(...Array<number>(16).fill(10)),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "a mask of a wrong length",
    base: ip(10, 0, 0, 0),
    name: ip(10, 1, 2, 3),
    permitted: "NAME_CONSTRAINT_UNSUPPORTED",
    excluded: "NAME_CONSTRAINT_UNSUPPORTED",
  },
  {
    what: "a host below",
    base: dns("example.jp"),
    name: dns("a.b.EXAMPLE.jp"),
    permitted: "allowed",
    excluded: "NAME_EXCLUDED",
  },
  {
    what: "a host below with a dot at its end",
    base: dns("example.jp"),
    name: dns("a.example.jp."),
    permitted: "allowed",
    excluded: "NAME_EXCLUDED",
  },
  {
    what: "a host that only ends alike",
    base: dns("example.jp"),
    name: dns("badexample.jp"),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "a mailbox of the very host",
    base: email("example.jp"),
    name: email("a@Example.JP"),
    permitted: "allowed",
    excluded: "NAME_EXCLUDED",
  },
  {
    what: "a mailbox of a host below",
    base: email("example.jp"),
    name: email("a@b.example.jp"),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "a mailbox of another case",
    base: email("A@example.jp"),
    name: email("a@example.jp"),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "an address that is none",
    base: email("example.jp"),
    name: email("example.jp"),
    permitted: "NAME_CONSTRAINT_UNSUPPORTED",
    excluded: "NAME_CONSTRAINT_UNSUPPORTED",
  },
  {
    what: "a URI below",
    base: uri(".example.jp"),
    name: uri("https://me@a.example.jp:8443/x"),
    permitted: "allowed",
    excluded: "NAME_EXCLUDED",
  },
  {
    what: "a URI whose user part looks like the host",
    base: uri("example.jp"),
    name: uri("https://example.jp@evil.jp/"),
    permitted: "NAME_NOT_PERMITTED",
    excluded: "allowed",
  },
  {
    what: "a URI of an address",
    base: uri("example.jp"),
    name: uri("https://10.0.0.1/"),
    permitted: "NAME_CONSTRAINT_UNSUPPORTED",
    excluded: "NAME_CONSTRAINT_UNSUPPORTED",
  },
  {
    what: "a URI without a host",
    base: uri("example.jp"),
    name: uri("urn:x:y"),
    permitted: "NAME_CONSTRAINT_UNSUPPORTED",
    excluded: "NAME_CONSTRAINT_UNSUPPORTED",
  },
  {
    what: "another name of the same type",
    base: other("1.2.3"),
    name: other("1.2.3"),
    permitted: "NAME_CONSTRAINT_UNSUPPORTED",
    excluded: "NAME_CONSTRAINT_UNSUPPORTED",
  },
  {
    what: "another name of another type",
    base: other("1.2.3"),
    name: other("1.2.4"),
    permitted: "allowed",
    excluded: "allowed",
  },
  {
    what: "a name of a kind that is not constrained",
    base: inTen,
    name: dns("example.jp"),
    permitted: "allowed",
    excluded: "allowed",
  },
])(
  "$what is $permitted where only those are permitted, and $excluded where those are excluded",
  ({ base, name, permitted, excluded }) => {
    const certificate = holder(name);
    expect(checkNames(spaceOf("permitted", base), certificate)).toBe(permitted);
    expect(checkNames(spaceOf("excluded", base), certificate)).toBe(excluded);
  },
);
