import { sign } from "node:crypto";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { Issued, KeyPair } from "#contract/pki/certificate-writer.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import type { StepUpContext } from "#contract/step-up.ts";
import type { StepUp } from "#contract/step-up-evidence.ts";
import { encodeStatement, type StepUpStatement } from "#contract/step-up-statement.ts";
import { cardPolicies, hierarchyAt, makeAuthority, makeCard, makeCrl } from "./card-hierarchy.ts";

/** A healthy card, what it signs and who asks: the starting point of every attack. */
export const stepUpAuthority = makeAuthority("2023");
export const stepUpCard = makeCard(stepUpAuthority);
export const device = "bus-7" as DeviceId;
export const person = "AAAAAAAAAAAAAAAAAAAAAA" as Pseudonym;
export const nonce = "BBBBBBBBBBBBBBBBBBBBBA";

export const healthyStatement: StepUpStatement = {
  type: "tebura-step-up",
  v: 1,
  device,
  event: 41,
  service: "shelter.check-in",
  person,
  nonce,
  at: hierarchyAt,
};

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

/** Signs these very bytes as a card would, right or wrong. */
export function signStatement(
  bytes: Uint8Array,
  card: Issued,
  key: KeyPair = card.key,
  hash: "sha1" | "md5" | "sha256" | "sha384" = key.publicKey.asymmetricKeyType === "ec"
    ? "sha384"
    : "sha256",
): StepUp {
  return {
    kind: "card",
    factor: "pin",
    algorithm: key.publicKey.asymmetricKeyType === "ec" ? "p384-sha384" : "rsa-sha256",
    statement: base64url(bytes),
    signature: base64url(sign(hash, bytes, key.privateKey)),
    certificate: base64url(card.der),
    intermediates: [],
  };
}

export function stepUpBy(card: Issued, change: Partial<StepUpStatement> = {}): StepUp {
  return signStatement(encodeStatement({ ...healthyStatement, ...change }), card);
}

export function stepUpContext(change: Partial<StepUpContext> = {}): StepUpContext {
  return {
    expected: { device, event: 41, service: "shelter.check-in", person, at: hierarchyAt },
    apartMsMax: 120_000,
    nonce: () => undefined,
    anchors: [parseCertificate(stepUpAuthority.der)],
    policies: [cardPolicies.authentication],
    revocation: { crls: [parseCrl(makeCrl(stepUpAuthority))], ocsp: [] },
    ...change,
  };
}
