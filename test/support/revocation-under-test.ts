import { parseCertificate } from "#contract/pki/certificate.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import type { PathCode } from "#contract/pki/codes.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { parseOcspResponse } from "#contract/pki/ocsp.ts";
import { type RevocationInputs, validatePath } from "#contract/pki/validate-path.ts";
import { hierarchyAt, makeAuthority, makeCard } from "#test/support/card-hierarchy.ts";

export const authority = makeAuthority("2023");
export const card = makeCard(authority);
export const target = parseCertificate(card.der);

/** The verdict on one card under these CRLs and OCSP responses. */
export function verdictOf(
  crls: readonly Uint8Array[],
  ocsp: readonly Uint8Array[] = [],
  change: Partial<RevocationInputs> = {},
  anchors: readonly Issued[] = [authority],
) {
  return validatePath({
    target,
    candidates: [],
    anchors: anchors.map((one) => parseCertificate(one.der)),
    at: hierarchyAt,
    revocation: {
      crls: crls.map(parseCrl),
      ocsp: ocsp.flatMap((der) => {
        const reading = parseOcspResponse(der);
        return reading.ok ? [reading.response] : [];
      }),
      ...change,
    },
  });
}

export const codeOf = (...args: Parameters<typeof verdictOf>): PathCode | "ok" => {
  const verdict = verdictOf(...args);
  return verdict.ok ? "ok" : verdict.code;
};

/** Copies of these bytes, each with one bit flipped; every fifth bit. */
export function* flipsOf(der: Uint8Array) {
  for (let bit = 0; bit < der.length * 8; bit += 5) {
    const flipped = Buffer.from(der);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield [bit, flipped] as const;
  }
}
