import { expect, test } from "vitest";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { basicConstraints, extension, keyUsages } from "#contract/pki/certificate-writer.ts";
import type { PathCode } from "#contract/pki/codes.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { nothing } from "#contract/pki/der-writer.ts";
import { validatePath } from "#contract/pki/validate-path.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import {
  authorityName,
  dayMs,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
  partitionName,
} from "#test/support/card-hierarchy.ts";
import {
  authority,
  card,
  codeOf,
  flipsOf,
  verdictOf,
} from "#test/support/revocation-under-test.ts";

const revokedHere = [{ serial: card.serial, at: days(-2), reason: 1 }];
const heldHere = [{ serial: card.serial, at: days(-2), reason: 6 }];
const impostor = { name: authorityName, key: keyPair("rsa-2048", "impostor") };
const generation2019 = makeAuthority("2019");
const noCrlSign = makeAuthority("no-crl-sign", {
  extensions: [basicConstraints(true), keyUsages(5)],
});

test("a fresh CRL of the card's partition clears it, and its age is told", () => {
  const verdict = verdictOf([makeCrl(authority)]);
  if (!verdict.ok) throw new Error(verdict.code);
  expect(verdict.revocation).toMatchObject([
    { kind: "crl", ageMs: dayMs, thisUpdate: days(-1), nextUpdate: days(6) },
  ]);
});

test.each<{ name: string; crls: Uint8Array[]; code: PathCode | "ok"; ageDays?: number }>([
  { name: "nothing at hand", crls: [], code: "REVOCATION_DATA_MISSING" },
  { name: "revoked", crls: [makeCrl(authority, { revoked: revokedHere })], code: "REVOKED" },
  {
    name: "of another partition",
    crls: [makeCrl(authority, { partition: partitionName("Oita Usuki") })],
    code: "CRL_OTHER_PARTITION",
  },
  {
    name: "of another partition, which lists the same serial number",
    crls: [
      makeCrl(authority),
      makeCrl(authority, { partition: partitionName("Oita Usuki"), revoked: revokedHere }),
    ],
    code: "ok",
  },
  { name: "stale", crls: [makeCrl(authority, { nextUpdate: days(-0.1) })], code: "CRL_STALE" },
  {
    name: "ten days old where seven are allowed",
    crls: [makeCrl(authority, { thisUpdate: days(-10), nextUpdate: days(20) })],
    ageDays: 7,
    code: "CRL_STALE",
  },
  {
    name: "not yet valid",
    crls: [makeCrl(authority, { thisUpdate: days(1) })],
    code: "CRL_NOT_YET_VALID",
  },
  { name: "signed by an impostor", crls: [makeCrl(impostor)], code: "CRL_SIGNER_UNTRUSTED" },
  {
    name: "of another generation of the authority",
    crls: [makeCrl(generation2019)],
    code: "CRL_SIGNER_UNTRUSTED",
  },
  {
    name: "signed with SHA-1",
    crls: [makeCrl(authority, { scheme: "rsa-sha1" })],
    code: "CRL_ALGORITHM_REFUSED",
  },
  {
    name: "with an unknown critical extension",
    crls: [makeCrl(authority, { extensions: [extension("1.2.3.4", true, nothing())] })],
    code: "CRL_EXTENSION_UNKNOWN",
  },
  {
    name: "a delta on its own",
    crls: [makeCrl(authority, { base: 1, number: 2 })],
    code: "CRL_BASE_MISSING",
  },
  {
    name: "a delta that revokes",
    crls: [makeCrl(authority), makeCrl(authority, { base: 1, number: 2, revoked: revokedHere })],
    code: "REVOKED",
  },
  {
    name: "a delta that lifts a hold",
    crls: [
      makeCrl(authority, { revoked: heldHere }),
      makeCrl(authority, {
        base: 1,
        number: 2,
        revoked: [{ serial: card.serial, at: days(-2), reason: 8 }],
      }),
    ],
    code: "ok",
  },
  {
    name: "a complete CRL that says removed of whom it lists",
    crls: [makeCrl(authority, { revoked: [{ serial: card.serial, at: days(-2), reason: 8 }] })],
    code: "REVOKED",
  },
  {
    name: "revoked, and removed by a second entry",
    crls: [
      makeCrl(authority),
      makeCrl(authority, {
        base: 1,
        number: 2,
        revoked: [...revokedHere, { serial: card.serial, at: days(-2), reason: 8 }],
      }),
    ],
    code: "REVOKED",
  },
  {
    name: "a newer CRL revokes what an older one that is still fresh does not know",
    crls: [
      makeCrl(authority, { thisUpdate: days(-3) }),
      makeCrl(authority, { number: 2, revoked: revokedHere }),
    ],
    code: "REVOKED",
  },
])("a card against CRLs: $name", ({ crls, code, ageDays }) => {
  const change = ageDays === undefined ? {} : { crlAgeMsMax: ageDays * dayMs };
  expect(codeOf(crls, [], change, [authority, generation2019])).toBe(code);
});

test("a key without the right to sign CRLs signs none", () => {
  const other = makeCard(noCrlSign);
  const verdict = validatePath({
    target: parseCertificate(other.der),
    candidates: [],
    anchors: [parseCertificate(noCrlSign.der)],
    at: hierarchyAt,
    revocation: { crls: [parseCrl(makeCrl(noCrlSign))], ocsp: [] },
  });
  expect(verdict).toMatchObject({ ok: false, code: "CRL_SIGNER_UNTRUSTED" });
});

test("a CRL with any one bit flipped clears nobody", () => {
  for (const [bit, flipped] of flipsOf(makeCrl(authority))) {
    let code: string;
    try {
      code = codeOf([flipped]);
    } catch (error) {
      code = (error as { code?: string }).code ?? "no code";
    }
    expect([bit, code]).not.toEqual([bit, "ok"]);
    expect(code).toMatch(/^(CRL_|REVOCATION_|DER_MALFORMED)/);
  }
});

test("a refusal for revocation says since when", () => {
  const verdict = verdictOf([makeCrl(authority, { revoked: revokedHere })]);
  expect(verdict).toMatchObject({ ok: false, code: "REVOKED", where: 0, revokedAt: days(-2) });
});

test("whoever judges later may use a CRL that was published since, and must say when", () => {
  const later = makeCrl(authority, { thisUpdate: days(1), nextUpdate: days(8) });
  expect(codeOf([later])).toBe("CRL_NOT_YET_VALID");
  expect(codeOf([later], [], { now: days(3) })).toBe("ok");
  expect(codeOf([later], [], { now: days(9) })).toBe("CRL_STALE");
});
