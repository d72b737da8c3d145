import { expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import {
  distributionPoint,
  extension,
  type Issued,
  issue,
  keyUsages,
  purposes,
} from "#contract/pki/certificate-writer.ts";
import type { PathCode } from "#contract/pki/codes.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { nameOf, nothing } from "#contract/pki/der-writer.ts";
import { parseOcspResponse } from "#contract/pki/ocsp.ts";
import { oid } from "#contract/pki/oids.ts";
import { revocationStatus } from "#contract/pki/validate-path.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import type { OcspSpec } from "#device/card/virtual/revocation-data.ts";
import {
  dayMs,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
  makeOcsp,
  partitionName,
} from "#test/support/card-hierarchy.ts";
import { authority, card, codeOf, flipsOf, target } from "#test/support/revocation-under-test.ts";

function responder(
  label: string,
  change: { issuer?: Issued; extensions?: Uint8Array[]; notAfter?: WallMs } = {},
) {
  return issue({
    issuer: change.issuer ?? authority,
    name: nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["CN", label]),
    key: keyPair("p256", label),
    serial: 77,
    notBefore: days(-30),
    notAfter: change.notAfter ?? days(30),
    extensions: change.extensions ?? [
      keyUsages(0),
      purposes(oid.ocspSigning),
      extension(oid.ocspNoCheck, false, nothing()),
    ],
  });
}

const delegate = (of: Issued, change: Partial<OcspSpec> = {}) =>
  makeOcsp(authority, card.serial, { signer: of.key, certificates: [of.der], ...change });

const good = responder("responder");
const checked = responder("checked", {
  extensions: [
    keyUsages(0),
    purposes(oid.ocspSigning),
    distributionPoint(partitionName("responders")),
  ],
});
const stranger = makeAuthority("stranger");
const nonce = Buffer.from("00112233445566778899aabbccddeeff", "hex");

test.each<{
  name: string;
  ocsp: Uint8Array;
  code: PathCode | "ok";
  crls?: Uint8Array[];
  nonce?: Uint8Array;
}>([
  { name: "signed by the authority itself", ocsp: makeOcsp(authority, card.serial), code: "ok" },
  { name: "signed by a delegate", ocsp: delegate(good), code: "ok" },
  {
    name: "signed by a delegate, named",
    ocsp: delegate(good, { responderName: good.name }),
    code: "ok",
  },
  { name: "revoked", ocsp: delegate(good, { status: "revoked" }), code: "REVOKED" },
  { name: "unknown", ocsp: delegate(good, { status: "unknown" }), code: "OCSP_STATUS_UNKNOWN" },
  {
    name: "by a rogue responder",
    ocsp: delegate(responder("rogue", { issuer: stranger })),
    code: "OCSP_RESPONDER_UNAUTHORISED",
  },
  {
    name: "by a responder that shows no certificate",
    ocsp: delegate(good, { certificates: [] }),
    code: "OCSP_RESPONDER_UNAUTHORISED",
  },
  {
    name: "by another card of the same authority",
    ocsp: delegate(makeCard(authority)),
    code: "OCSP_PURPOSE_MISSING",
  },
  {
    name: "by a certificate for any purpose",
    ocsp: delegate(responder("any", { extensions: [purposes(oid.anyExtendedKeyUsage)] })),
    code: "OCSP_PURPOSE_MISSING",
  },
  {
    name: "by a responder that has expired",
    ocsp: delegate(responder("late", { notAfter: days(-1) })),
    code: "OCSP_RESPONDER_EXPIRED",
  },
  {
    name: "by a responder that nobody vouches for",
    ocsp: delegate(checked),
    code: "OCSP_RESPONDER_UNCHECKED",
  },
  {
    name: "by a responder that is revoked itself",
    ocsp: delegate(checked),
    crls: [
      makeCrl(authority, {
        partition: partitionName("responders"),
        revoked: [{ serial: 77, at: days(-3) }],
      }),
    ],
    code: "OCSP_RESPONDER_REVOKED",
  },
  {
    name: "signed with SHA-1",
    ocsp: makeOcsp(authority, card.serial, { scheme: "rsa-sha1" }),
    code: "OCSP_ALGORITHM_REFUSED",
  },
  { name: "about another card", ocsp: makeOcsp(authority, 99), code: "OCSP_OTHER_CERTIFICATE" },
  {
    name: "past its next update",
    ocsp: makeOcsp(authority, card.serial, { nextUpdate: days(-0.01) }),
    code: "OCSP_STALE",
  },
  {
    name: "ten days old, whatever it promises",
    ocsp: makeOcsp(authority, card.serial, { thisUpdate: days(-10), nextUpdate: days(10) }),
    code: "OCSP_STALE",
  },
  {
    name: "from the future",
    ocsp: makeOcsp(authority, card.serial, { thisUpdate: days(0.1) }),
    code: "OCSP_NOT_YET_VALID",
  },
  {
    name: "with our nonce",
    ocsp: makeOcsp(authority, card.serial, { nonce }),
    nonce,
    code: "ok",
  },
  {
    name: "with another nonce",
    ocsp: makeOcsp(authority, card.serial, { nonce: Buffer.alloc(16) }),
    nonce,
    code: "OCSP_NONCE_MISMATCH",
  },
  {
    name: "without our nonce",
    ocsp: makeOcsp(authority, card.serial),
    nonce,
    code: "OCSP_NONCE_MISMATCH",
  },
])("a card against OCSP: $name", ({ ocsp, code, crls, nonce: asked }) => {
  expect(codeOf(crls ?? [], [ocsp], asked ? { nonce: asked } : {})).toBe(code);
});

test("an OCSP response with any one bit flipped clears nobody", () => {
  for (const [bit, flipped] of flipsOf(delegate(good))) {
    let code: string;
    try {
      code = codeOf([], [flipped]);
    } catch (error) {
      code = (error as { code?: string }).code ?? "no code";
    }
    expect([bit, code]).not.toEqual([bit, "ok"]);
    expect(code).toMatch(/^(OCSP_|REVOCATION_|DER_MALFORMED)/);
  }
});

const revokedHere = [{ serial: card.serial, at: days(-2), reason: 1 }];

test("a status can be asked for alone, below a path that holds", () => {
  const anchor = parseCertificate(authority.der);
  const ocsp = parseOcspResponse(makeOcsp(authority, card.serial));
  const revocation = {
    crls: [parseCrl(makeCrl(authority))],
    ocsp: ocsp.ok ? [ocsp.response] : [],
  };
  const inputs = { target, candidates: [], anchors: [anchor], at: hierarchyAt, revocation };
  const status = revocationStatus(target, { anchor, path: [] }, inputs);
  expect(status).toMatchObject({
    status: "good",
    sources: [
      { kind: "ocsp", ageMs: dayMs / 24 },
      { kind: "crl", ageMs: dayMs },
    ],
  });
});

test("where CRL and OCSP disagree, revoked wins", () => {
  const revokedByCrl = makeCrl(authority, { revoked: revokedHere });
  const revokedByOcsp = makeOcsp(authority, card.serial, { status: "revoked" });
  expect(codeOf([revokedByCrl], [makeOcsp(authority, card.serial)])).toBe("REVOKED");
  expect(codeOf([makeCrl(authority)], [revokedByOcsp])).toBe("REVOKED");
});

test("an OCSP response that proves nothing takes nothing from a good CRL", () => {
  const rogue = delegate(responder("rogue", { issuer: stranger }), { status: "revoked" });
  expect(codeOf([makeCrl(authority)], [rogue])).toBe("ok");
});

test("an OCSP error status is told and clears nobody", () => {
  const reading = parseOcspResponse(Buffer.from("30030a0106", "hex"));
  expect(reading).toEqual({ ok: false, code: "OCSP_NOT_SUCCESSFUL", status: 6 });
});
