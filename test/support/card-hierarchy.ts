import type { WallMs } from "#contract/ids.ts";
import {
  basicConstraints,
  distributionPoint,
  type Issued,
  type Issuer,
  type IssueSpec,
  issue,
  keyUsages,
  policies,
} from "#contract/pki/certificate-writer.ts";
import { type CrlSpec, writeCrl } from "#contract/pki/crl-writer.ts";
import { nameOf } from "#contract/pki/der-writer.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { issueOcsp, type OcspSpec } from "#device/card/virtual/revocation-data.ts";

/** An authority and a card of the shape of Japan's, under names that say "test". */
export const dayMs = 24 * 60 * 60 * 1_000;
export const hierarchyAt = Date.UTC(2026, 10, 23, 12, 0, 0) as WallMs;
export const days = (count: number): WallMs => (hierarchyAt + count * dayMs) as WallMs;

export const cardPolicies = {
  authentication: "1.2.392.200149.8.5.1.3.30",
  signature: "1.2.392.200149.8.5.1.1.20",
} as const;

/** Every generation of the authority has this one name. */
export const authorityName = nameOf(
  ["C", "JP"],
  ["O", "JPKI-TEST"],
  ["OU", "JPKI for user authentication"],
);

export const partitionName = (city: string): Uint8Array =>
  nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["OU", "CRL"], ["CN", city]);

/** A self-signed authority; `label` tells generations apart, by key. */
export function makeAuthority(label: string, change: Partial<IssueSpec> = {}): Issued {
  const key = change.key ?? keyPair("rsa-2048", label);
  return issue({
    issuer: { name: authorityName, key },
    name: authorityName,
    key,
    serial: 1,
    notBefore: days(-1_000),
    notAfter: days(2_650),
    extensions: [basicConstraints(true), keyUsages(5, 6)],
    ...change,
  });
}

export const cardExtensions = (policy: string = cardPolicies.authentication) => [
  keyUsages(0),
  policies(policy),
  distributionPoint(partitionName("Oita Beppu")),
];

/** An authentication certificate with an opaque common name, issued by `authority`. */
export function makeCard(authority: Issuer, change: Partial<IssueSpec> = {}): Issued {
  return issue({
    issuer: authority,
    name: nameOf(["C", "JP"], ["CN", "0123456789ABCDEF"]),
    key: keyPair("rsa-2048", "card"),
    serial: 4_711,
    notBefore: days(-300),
    notAfter: days(1_500),
    extensions: cardExtensions(),
    ...change,
  });
}

/** A CRL of the card's own partition, a day old and good for six more. */
export function makeCrl(authority: Issuer, change: Partial<CrlSpec> = {}): Uint8Array {
  return writeCrl({
    issuer: authority,
    thisUpdate: days(-1),
    nextUpdate: days(6),
    revoked: [{ serial: 1_234, at: days(-40), reason: 1 }],
    partition: partitionName("Oita Beppu"),
    ...change,
  });
}

/** A response by the authority itself, an hour old. */
export function makeOcsp(
  authority: Issuer,
  serial: number | bigint,
  change: Partial<OcspSpec> = {},
): Uint8Array {
  return issueOcsp({
    issuer: authority,
    serial,
    status: "good",
    signer: authority.key,
    thisUpdate: days(-1 / 24),
    nextUpdate: days(1 / 2),
    ...change,
  });
}
