import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseCertificate } from "#contract/pki/certificate.ts";
import {
  basicConstraints,
  extension,
  type Issued,
  issue,
  keyUsages,
  policies,
  purposes,
} from "#contract/pki/certificate-writer.ts";
import type { PathCode } from "#contract/pki/codes.ts";
import { encodeDer } from "#contract/pki/der.ts";
import { inside, nameOf, sequence } from "#contract/pki/der-writer.ts";
import { oid } from "#contract/pki/oids.ts";
import { type PathInputs, validatePath } from "#contract/pki/validate-path.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import {
  authorityName,
  cardExtensions,
  cardPolicies,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
} from "#test/support/card-hierarchy.ts";

const authority = makeAuthority("2023");

function verdictOf(card: Issued, change: Partial<PathInputs> = {}) {
  return validatePath({
    target: parseCertificate(card.der),
    candidates: [],
    anchors: [parseCertificate(authority.der)],
    at: hierarchyAt,
    policies: { acceptable: [cardPolicies.authentication], requireExplicit: true },
    usages: ["digitalSignature"],
    revocation: "unchecked",
    ...change,
  });
}

const codeOf = (card: Issued, change: Partial<PathInputs> = {}): PathCode | "ok" => {
  const verdict = verdictOf(card, change);
  return verdict.ok ? "ok" : verdict.code;
};

function intermediate(label: string, issuer: Issued, extensions: readonly Uint8Array[]): Issued {
  return issue({
    issuer,
    name: nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["CN", label]),
    key: keyPair("p256", label),
    serial: 2,
    notBefore: days(-900),
    notAfter: days(2_000),
    extensions,
  });
}

describe("a card's path is accepted", () => {
  test("with RSA-2048 and SHA-256, and the policies and path are told", () => {
    const verdict = verdictOf(makeCard(authority));
    if (!verdict.ok) throw new Error(verdict.code);
    expect([...verdict.policies]).toEqual([cardPolicies.authentication]);
    expect(verdict.path).toHaveLength(1);
    expect(Object.isFrozen(verdict.path[0])).toBe(true);
  });

  test("with P-384 and SHA-384", () => {
    const next = makeAuthority("next", { key: keyPair("p384", "next") });
    const card = makeCard(next, { key: keyPair("p384", "card") });
    expect(codeOf(card, { anchors: [parseCertificate(next.der)] })).toBe("ok");
  });

  test("below each of three generations that share one name, in any order", () => {
    const generations = ["2015", "2019", "2023"].map((label) => makeAuthority(label));
    for (const generation of generations) {
      const anchors = generations.map((one) => parseCertificate(one.der));
      const verdict = verdictOf(makeCard(generation), { anchors });
      const own = parseCertificate(generation.der).fingerprint;
      expect(verdict.ok && verdict.anchor.fingerprint).toBe(own);
    }
  });

  test("and read by OpenSSL alike", () => {
    const card = makeCard(authority);
    const openssl = new X509Certificate(card.der);
    const ours = parseCertificate(card.der);
    expect(openssl.verify(authority.key.publicKey)).toBe(true);
    expect(Number.parseInt(openssl.serialNumber, 16)).toBe(Number.parseInt(ours.serial, 16));
    expect(Date.parse(openssl.validTo)).toBe(ours.notAfter);
    expect(openssl.subject).toBe("C=JP\nCN=0123456789ABCDEF");
  });
});

const small = makeAuthority("small", { key: keyPair("rsa-1024", "small") });
const odd = makeAuthority("odd", { key: keyPair("secp256k1", "odd") });
const noSub = makeAuthority("no-sub", { extensions: [basicConstraints(true, 0), keyUsages(5, 6)] });
const sub = intermediate("sub", noSub, [basicConstraints(true), keyUsages(5, 6), anyPolicy()]);
const notCa = intermediate("not a CA", authority, [keyUsages(5), anyPolicy()]);
const noCertSign = intermediate("no sign", authority, [
  basicConstraints(true),
  keyUsages(6),
  anyPolicy(),
]);
const elsewhere = intermediate("elsewhere", authority, [
  basicConstraints(true),
  keyUsages(5),
  anyPolicy(),
  extension(
    oid.nameConstraints,
    true,
    sequence(inside(0, sequence(inside(4, nameOf(["C", "FR"]))))),
  ),
]);

function anyPolicy(): Uint8Array {
  return policies(oid.anyPolicy);
}

const own = keyPair("rsa-2048", "self");
const selfName = nameOf(["C", "JP"], ["CN", "self"]);

test.each<{ name: string; card: Issued; above?: Issued; anchor?: Issued; code: PathCode }>([
  {
    name: "signed with MD5",
    card: makeCard(authority, { scheme: "rsa-md5" }),
    code: "SIGNATURE_ALGORITHM_REFUSED",
  },
  {
    name: "signed with SHA-1",
    card: makeCard(authority, { scheme: "rsa-sha1" }),
    code: "SIGNATURE_ALGORITHM_REFUSED",
  },
  { name: "signed by an RSA-1024 key", card: makeCard(small), anchor: small, code: "KEY_REFUSED" },
  { name: "signed on another curve", card: makeCard(odd), anchor: odd, code: "KEY_REFUSED" },
  {
    name: "self-signed",
    card: makeCard({ name: selfName, key: own }, { name: selfName, key: own }),
    code: "PATH_SELF_SIGNED",
  },
  {
    name: "of an authority of the same name that nobody trusts",
    card: makeCard({ name: authorityName, key: keyPair("rsa-2048", "impostor") }),
    code: "PATH_NOT_FOUND",
  },
  {
    name: "not yet valid",
    card: makeCard(authority, { notBefore: days(1) }),
    code: "CERTIFICATE_NOT_YET_VALID",
  },
  {
    name: "expired",
    card: makeCard(authority, { notAfter: days(-1) }),
    code: "CERTIFICATE_EXPIRED",
  },
  {
    name: "of an authority that has expired",
    card: makeCard(makeAuthority("old", { notAfter: days(-2) })),
    anchor: makeAuthority("old", { notAfter: days(-2) }),
    code: "CERTIFICATE_EXPIRED",
  },
  {
    name: "of the policy of another certificate",
    card: makeCard(authority, { extensions: cardExtensions(cardPolicies.signature) }),
    code: "POLICY_REFUSED",
  },
  {
    name: "of no policy",
    card: makeCard(authority, { extensions: [keyUsages(0)] }),
    code: "POLICY_REFUSED",
  },
  {
    name: "of another key usage",
    card: makeCard(authority, {
      extensions: [keyUsages(2), policies(cardPolicies.authentication)],
    }),
    code: "KEY_USAGE_REFUSED",
  },
  {
    name: "of no stated key usage",
    card: makeCard(authority, { extensions: [policies(cardPolicies.authentication)] }),
    code: "KEY_USAGE_REFUSED",
  },
  {
    name: "with an unknown critical extension",
    card: makeCard(authority, {
      extensions: [...cardExtensions(), extension("1.2.3.4", true, sequence())],
    }),
    code: "EXTENSION_UNKNOWN",
  },
  {
    name: "at the end of too long a path",
    card: makeCard(sub),
    above: sub,
    anchor: noSub,
    code: "PATH_TOO_LONG",
  },
  {
    name: "issued by a certificate that is no authority",
    card: makeCard(notCa),
    above: notCa,
    code: "NOT_A_CA",
  },
  {
    name: "issued by another card",
    card: makeCard(makeCard(authority)),
    above: makeCard(authority),
    code: "NOT_A_CA",
  },
  {
    name: "issued without the right to sign certificates",
    card: makeCard(noCertSign),
    above: noCertSign,
    code: "KEY_USAGE_REFUSED",
  },
  {
    name: "outside the names that its authority may give",
    card: makeCard(elsewhere),
    above: elsewhere,
    code: "NAME_NOT_PERMITTED",
  },
])("a card's path is refused: $name", ({ card, above, anchor, code }) => {
  const anchors = [parseCertificate((anchor ?? authority).der)];
  const candidates = above ? [parseCertificate(above.der)] : [];
  expect(codeOf(card, { anchors, candidates })).toBe(code);
});

test("a certificate cut off anywhere, or longer by one byte, is not DER", () => {
  const { der } = makeCard(authority);
  for (let length = 0; length < der.length; length++) {
    expect(() => parseCertificate(der.subarray(0, length))).toThrow(/DER/);
  }
  expect(() => parseCertificate(Buffer.concat([der, Buffer.of(0)]))).toThrow(/after its end/);
});

test("a certificate with any one bit flipped never validates", () => {
  const { der } = makeCard(authority);
  const anchors = [parseCertificate(authority.der)];
  for (let bit = 0; bit < der.length * 8; bit += 3) {
    const flipped = Buffer.from(der);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let target: ReturnType<typeof parseCertificate>;
    try {
      target = parseCertificate(flipped);
    } catch {
      continue;
    }
    const verdict = validatePath({
      target,
      candidates: [],
      anchors,
      at: hierarchyAt,
      revocation: "unchecked",
    });
    expect([bit, verdict.ok]).toEqual([bit, false]);
  }
});

const clientAuth = "1.3.6.1.5.5.7.3.2";
test.each([
  { name: "stated", stated: [purposes(clientAuth)], code: "ok" },
  { name: "left open", stated: [], code: "ok" },
  { name: "any", stated: [purposes(oid.anyExtendedKeyUsage)], code: "ok" },
  { name: "another", stated: [purposes(oid.ocspSigning)], code: "EXTENDED_KEY_USAGE_REFUSED" },
])("a card of a purpose that is $name is $code", ({ stated, code }) => {
  const card = makeCard(authority, { extensions: [...cardExtensions(), ...stated] });
  expect(codeOf(card, { purpose: clientAuth })).toBe(code);
});

test.each<{ name: string; extensions: Uint8Array[]; code: PathCode }>([
  { name: "is no authority", extensions: [keyUsages(5)], code: "NOT_A_CA" },
  {
    name: "may not sign certificates",
    extensions: [basicConstraints(true), keyUsages(6)],
    code: "KEY_USAGE_REFUSED",
  },
  {
    name: "carries an unknown critical extension",
    extensions: [basicConstraints(true), extension("1.2.3.4", true, sequence())],
    code: "EXTENSION_UNKNOWN",
  },
])("a trust anchor is refused that $name", ({ extensions, code }) => {
  const anchor = makeAuthority("unfit", { extensions });
  const verdict = verdictOf(makeCard(anchor), { anchors: [parseCertificate(anchor.der)] });
  expect(verdict).toEqual({ ok: false, code, where: -1 });
});

test.each<{ name: string; change: Parameters<typeof makeCard>[1] }>([
  { name: "a serial number of 21 bytes", change: { serial: 2n ** 160n } },
  { name: "a path length but no authority", change: { extensions: [basicConstraints(false, 0)] } },
  {
    name: "the same extension twice",
    change: { extensions: [basicConstraints(false), basicConstraints(true)] },
  },
  {
    name: "a key usage of nothing",
    change: { extensions: [extension(oid.keyUsage, true, Buffer.of(3, 1, 0))] },
  },
  {
    name: "a byte after an extension's value",
    change: { extensions: [extension(oid.basicConstraints, true, Buffer.of(0x30, 0, 0))] },
  },
])("a certificate is refused with $name", ({ change }) => {
  expect(() => parseCertificate(makeCard(authority, change).der)).toThrow(/not valid DER/);
});

test("an issuer without a name is refused", () => {
  const nameless = makeCard({ name: sequence(), key: authority.key });
  expect(() => parseCertificate(nameless.der)).toThrow(/issuer's name is empty/);
});

test("a trust anchor shown as somebody's certificate is refused", () => {
  const bare = { policies: {}, usages: [] };
  expect(codeOf(authority, bare)).toBe("PATH_SELF_SIGNED");
  const candidates = [parseCertificate(authority.der)];
  const verdict = verdictOf(makeCard(authority), { candidates });
  expect(verdict.ok && verdict.path).toHaveLength(1);
});

test("a crowd of authorities of one name ends the search instead of the process", () => {
  const crowd = Array.from({ length: 12 }, (_, index) =>
    parseCertificate(
      issue({
        issuer: { name: selfName, key: keyPair("p256", `crowd ${index}`) },
        name: selfName,
        key: keyPair("p256", `crowd ${index + 1}`),
        serial: index + 1,
        notBefore: days(-1),
        notAfter: days(1),
        extensions: [basicConstraints(true)],
      }).der,
    ),
  ).map((one) => ({ ...one, extensions: { ...one.extensions, authorityKeyId: undefined } }));
  const [target] = crowd;
  if (!target) throw new Error("no crowd");
  const anchors = [parseCertificate(authority.der)];
  const verdict = validatePath({
    target,
    candidates: crowd,
    anchors,
    at: hierarchyAt,
    revocation: "unchecked",
  });
  expect(verdict).toEqual({ ok: false, code: "PATH_SEARCH_EXHAUSTED", where: undefined });
});

test("a name's length may not be written longer than it needs", () => {
  const [tag, ...rest] = encodeDer(0x30, Buffer.of(5, 0));
  expect(() => parseCertificate(Buffer.of(tag ?? 0, 0x81, ...rest))).toThrow(/not minimal/);
});
