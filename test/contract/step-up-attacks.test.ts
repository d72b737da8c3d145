import { expect, test } from "vitest";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import {
  basicConstraints,
  extension,
  type Issued,
  keyUsages,
  policies,
  purposes,
} from "#contract/pki/certificate-writer.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { nameOf, nothing } from "#contract/pki/der-writer.ts";
import { parseOcspResponse } from "#contract/pki/ocsp.ts";
import { oid } from "#contract/pki/oids.ts";
import { type StepUpCode, type StepUpContext, verifyStepUp } from "#contract/step-up.ts";
import { encodeStatement } from "#contract/step-up-statement.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import type { OcspSpec } from "#device/card/virtual/revocation-data.ts";
import {
  cardExtensions,
  cardPolicies,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
  makeOcsp,
  partitionName,
} from "#test/support/card-hierarchy.ts";
import {
  healthyStatement,
  signStatement,
  stepUpAuthority,
  stepUpBy,
  stepUpCard,
  stepUpContext,
} from "#test/support/card-step-up.ts";

const codeOf = (evidence: unknown, change: Partial<StepUpContext> = {}): StepUpCode | "ok" => {
  const verdict = verifyStepUp(evidence, stepUpContext(change));
  return verdict.ok ? "ok" : verdict.code;
};

const healthy = stepUpBy(stepUpCard);
const text = (json: string) => signStatement(new TextEncoder().encode(json), stepUpCard);
const canonical = new TextDecoder().decode(encodeStatement(healthyStatement));
const byOcsp = (signer: Issued, to: Partial<OcspSpec> = {}) => {
  const spec = { signer: signer.key, certificates: [signer.der], ...to };
  return byOcspBytes(makeOcsp(stepUpAuthority, stepUpCard.serial, spec));
};
const byOcspBytes = (der: Uint8Array) => {
  const reading = parseOcspResponse(der);
  if (!reading.ok) throw new Error(reading.code);
  return { revocation: { crls: [], ocsp: [reading.response] } };
};
const responder = (label: string, issuer: Issued, ...extensions: Uint8Array[]) =>
  makeCard(issuer, { key: keyPair("p256", label), serial: 77, extensions });
const noCheck = extension(oid.ocspNoCheck, false, nothing());
const signing = purposes(oid.ocspSigning);
const flippedOcsp = Buffer.from(makeOcsp(stepUpAuthority, stepUpCard.serial));
flippedOcsp[flippedOcsp.length - 9] = (flippedOcsp.at(-9) ?? 0) ^ 1;
const short = makeAuthority("short", { extensions: [basicConstraints(true, 0), keyUsages(5, 6)] });
const between = makeCard(short, {
  name: nameOf(["C", "JP"], ["CN", "between"]),
  key: keyPair("p256", "between"),
  extensions: [basicConstraints(true), keyUsages(5, 6), policies(oid.anyPolicy)],
});
const byCrl = (...crls: Uint8Array[]) => ({ revocation: { crls: crls.map(parseCrl), ocsp: [] } });

const other = makeCard(stepUpAuthority, { serial: 4_712, key: keyPair("rsa-2048", "other card") });
const change = (to: Partial<typeof healthyStatement>) => stepUpBy(stepUpCard, to);
const made = (to: Parameters<typeof makeCard>[1]) => stepUpBy(makeCard(stepUpAuthority, to));

test.each<{ name: string; evidence: unknown; context?: Partial<StepUpContext>; code: StepUpCode }>([
  // Replays, and statements carried away from where they belong.
  {
    name: "replayed: its nonce is used",
    evidence: healthy,
    context: { nonce: () => "NONCE_USED" },
    code: "NONCE_USED",
  },
  {
    name: "of a nonce never issued",
    evidence: healthy,
    context: { nonce: () => "NONCE_NEVER_ISSUED" },
    code: "NONCE_NEVER_ISSUED",
  },
  {
    name: "of a nonce leased to another device",
    evidence: healthy,
    context: { nonce: () => "NONCE_OTHER_DEVICE" },
    code: "NONCE_OTHER_DEVICE",
  },
  {
    name: "of a nonce whose lease has ended",
    evidence: healthy,
    context: { nonce: () => "NONCE_EXPIRED" },
    code: "NONCE_EXPIRED",
  },
  {
    name: "of another device",
    evidence: change({ device: "bus-8" as DeviceId }),
    code: "STATEMENT_OTHER_DEVICE",
  },
  { name: "of another event", evidence: change({ event: 42 }), code: "STATEMENT_OTHER_EVENT" },
  {
    name: "of another service",
    evidence: change({ service: "bus.boarding" }),
    code: "STATEMENT_OTHER_SERVICE",
  },
  {
    name: "of another person",
    evidence: change({ person: "CCCCCCCCCCCCCCCCCCCCCA" as Pseudonym }),
    code: "STATEMENT_OTHER_PERSON",
  },
  {
    name: "of another time",
    evidence: change({ at: (hierarchyAt - 121_000) as WallMs }),
    code: "STATEMENT_OTHER_TIME",
  },
  // Another card.
  {
    name: "signed by another card's key",
    evidence: signStatement(encodeStatement(healthyStatement), stepUpCard, other.key),
    code: "STATEMENT_SIGNATURE_INVALID",
  },
  {
    name: "of a card that the registry does not know",
    evidence: healthy,
    context: { holder: () => "CARD_UNKNOWN" },
    code: "CARD_UNKNOWN",
  },
  {
    name: "of a card reported lost",
    evidence: healthy,
    context: { holder: () => "CARD_LOST" },
    code: "CARD_LOST",
  },
  {
    name: "of another person's card",
    evidence: healthy,
    context: { holder: () => "CARD_OTHER_PERSON" },
    code: "CARD_OTHER_PERSON",
  },
  // Keys and algorithms.
  {
    name: "signed with SHA-1",
    evidence: signStatement(encodeStatement(healthyStatement), stepUpCard, stepUpCard.key, "sha1"),
    code: "STATEMENT_SIGNATURE_INVALID",
  },
  {
    name: "signed with MD5",
    evidence: signStatement(encodeStatement(healthyStatement), stepUpCard, stepUpCard.key, "md5"),
    code: "STATEMENT_SIGNATURE_INVALID",
  },
  {
    name: "of an RSA-1024 card",
    evidence: made({ key: keyPair("rsa-1024", "card") }),
    code: "STATEMENT_KEY_REFUSED",
  },
  {
    name: "of a P-256 card",
    evidence: made({ key: keyPair("p256", "card") }),
    code: "STATEMENT_KEY_REFUSED",
  },
  {
    name: "of a certificate signed with SHA-1",
    evidence: made({ scheme: "rsa-sha1" }),
    code: "SIGNATURE_ALGORITHM_REFUSED",
  },
  {
    name: "of a certificate signed with MD5",
    evidence: made({ scheme: "rsa-md5" }),
    code: "SIGNATURE_ALGORITHM_REFUSED",
  },
  // Certificates and their path.
  {
    name: "of an expired certificate",
    evidence: made({ notAfter: days(-1) }),
    code: "CERTIFICATE_EXPIRED",
  },
  {
    name: "of a certificate not yet valid",
    evidence: made({ notBefore: days(1) }),
    code: "CERTIFICATE_NOT_YET_VALID",
  },
  {
    name: "of a wrong policy",
    evidence: made({ extensions: cardExtensions(cardPolicies.signature) }),
    code: "POLICY_REFUSED",
  },
  {
    name: "of a wrong usage",
    evidence: made({ extensions: [keyUsages(2), policies(cardPolicies.authentication)] }),
    code: "KEY_USAGE_REFUSED",
  },
  {
    name: "of a self-signed certificate",
    evidence: stepUpBy(makeAuthority("mine")),
    code: "PATH_SELF_SIGNED",
  },
  {
    name: "of an impostor of the authority's name",
    evidence: stepUpBy(
      makeCard({ name: stepUpAuthority.name, key: keyPair("rsa-2048", "impostor") }),
    ),
    code: "PATH_NOT_FOUND",
  },
  {
    name: "of a card that issued another",
    evidence: {
      ...stepUpBy(makeCard(stepUpCard)),
      intermediates: [Buffer.from(stepUpCard.der).toString("base64url")],
    },
    code: "NOT_A_CA",
  },
  // Revocation.
  {
    name: "of a revoked card",
    evidence: healthy,
    context: byCrl(
      makeCrl(stepUpAuthority, { revoked: [{ serial: stepUpCard.serial, at: days(-2) }] }),
    ),
    code: "REVOKED",
  },
  {
    name: "with a CRL of another partition only",
    evidence: healthy,
    context: byCrl(makeCrl(stepUpAuthority, { partition: partitionName("Oita Usuki") })),
    code: "CRL_OTHER_PARTITION",
  },
  {
    name: "with a stale CRL only",
    evidence: healthy,
    context: byCrl(makeCrl(stepUpAuthority, { nextUpdate: days(-0.5) })),
    code: "CRL_STALE",
  },
  {
    name: "with no revocation data",
    evidence: healthy,
    context: byCrl(),
    code: "REVOCATION_DATA_MISSING",
  },
  {
    name: "with OCSP by a rogue responder",
    evidence: healthy,
    context: byOcsp(responder("rogue", makeAuthority("stranger"), signing, noCheck)),
    code: "OCSP_RESPONDER_UNAUTHORISED",
  },
  {
    name: "with OCSP by a certificate without the purpose",
    evidence: healthy,
    context: byOcsp(responder("plain", stepUpAuthority, noCheck)),
    code: "OCSP_PURPOSE_MISSING",
  },
  {
    name: "with OCSP of a flipped bit",
    evidence: healthy,
    context: byOcspBytes(flippedOcsp),
    code: "OCSP_SIGNATURE_INVALID",
  },
  {
    name: "with OCSP ten days old",
    evidence: healthy,
    context: byOcsp(stepUpAuthority, { thisUpdate: days(-10), nextUpdate: days(10) }),
    code: "OCSP_STALE",
  },
  {
    name: "with OCSP about another card",
    evidence: healthy,
    context: byOcspBytes(makeOcsp(stepUpAuthority, 9)),
    code: "OCSP_OTHER_CERTIFICATE",
  },
  {
    name: "with a good OCSP answer and a CRL that revokes",
    evidence: healthy,
    context: {
      revocation: {
        crls: [
          parseCrl(
            makeCrl(stepUpAuthority, { revoked: [{ serial: stepUpCard.serial, at: days(-2) }] }),
          ),
        ],
        ocsp: byOcsp(stepUpAuthority).revocation.ocsp,
      },
    },
    code: "REVOKED",
  },
  {
    name: "at the end of too long a path",
    evidence: {
      ...stepUpBy(makeCard(between)),
      intermediates: [Buffer.from(between.der).toString("base64url")],
    },
    context: { anchors: [parseCertificate(short.der)] },
    code: "PATH_TOO_LONG",
  },
  // Bytes.
  {
    name: "with a truncated certificate",
    evidence: {
      ...healthy,
      certificate: Buffer.from(stepUpCard.der.subarray(0, -1)).toString("base64url"),
    },
    code: "DER_MALFORMED",
  },
  {
    name: "with an extended certificate",
    evidence: {
      ...healthy,
      certificate: Buffer.concat([stepUpCard.der, Buffer.of(0)]).toString("base64url"),
    },
    code: "DER_MALFORMED",
  },
  {
    name: "with a duplicate key",
    evidence: text(canonical.replace('"event":41', '"event":9,"event":41')),
    code: "STATEMENT_DUPLICATE_KEY",
  },
  {
    name: "with a space",
    evidence: text(canonical.replace(":41", ": 41")),
    code: "STATEMENT_NOT_CANONICAL",
  },
  {
    name: "with a number spelt otherwise",
    evidence: text(canonical.replace(":41", ":41.0")),
    code: "STATEMENT_NOT_CANONICAL",
  },
  {
    name: "with an escape",
    evidence: text(canonical.replace("bus-7", "bus\\u002d7")),
    code: "STATEMENT_NOT_CANONICAL",
  },
  {
    name: "with an unknown key",
    evidence: text(canonical.replace("{", '{"admit":true,')),
    code: "STATEMENT_MALFORMED",
  },
  { name: "with a statement that is not JSON", evidence: text("{"), code: "STATEMENT_MALFORMED" },
  {
    name: "with base64 of another spelling",
    evidence: { ...healthy, signature: `${healthy.signature}=` },
    code: "STEP_UP_MALFORMED",
  },
  {
    name: "with an unknown algorithm",
    evidence: { ...healthy, algorithm: "none" },
    code: "STEP_UP_MALFORMED",
  },
  {
    name: "with an unknown member",
    evidence: { ...healthy, trusted: true },
    code: "STEP_UP_MALFORMED",
  },
])("a step-up is refused: $name", ({ evidence, context, code }) => {
  expect(codeOf(evidence, context)).toBe(code);
});

test("a step-up verifies by a delegate's fresh OCSP answer alone", () => {
  const delegate = responder("delegate", stepUpAuthority, signing, noCheck);
  expect(codeOf(healthy, byOcsp(delegate))).toBe("ok");
});
