import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import type { WallMs } from "#contract/ids.ts";
import { type Certificate, parseCertificate } from "#contract/pki/certificate.ts";
import { type Crl, parseCrl } from "#contract/pki/crl.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { oid } from "#contract/pki/oids.ts";
import { algorithmPolicy, signatureCheck } from "#contract/pki/signature.ts";
import { type PathVerdict, validatePath } from "#contract/pki/validate-path.ts";
import { needsShared, sharedPath } from "#test/support/shared.ts";

const part = "pki/pkits";
const folder = sharedPath(part);

const suiteSchema = z.object({
  time: z.string(),
  policies: z.record(z.string(), z.string()),
  defaults: z.object({ userConstrainedPolicySet: z.array(z.string()) }),
  cases: z.array(
    z.object({
      test: z.string(),
      title: z.string(),
      certs: z.array(z.string()),
      crls: z.array(z.string()),
      valid: z.boolean(),
      initialPolicySet: z.array(z.string()).optional(),
      initialExplicitPolicy: z.boolean().optional(),
      initialPolicyMappingInhibit: z.boolean().optional(),
      initialInhibitAnyPolicy: z.boolean().optional(),
      userConstrainedPolicySet: z.array(z.string()).optional(),
    }),
  ),
});
type Suite = z.infer<typeof suiteSchema>;
type Case = Suite["cases"][number];

const suite = folder
  ? suiteSchema.parse(JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")))
  : undefined;

/** Valid by PKITS and refused by us as we are set up for doors: SHA-1 and DSA are no evidence. */
const refusedByAlgorithm = new Set(["4.1.4", "4.1.5"]);

/**
 * Parts whose signature is spoilt such that it is no whole number of bytes: strict DER ends there.
 * They count as missing, and the path must fail without them.
 */
const notDer = new Set([
  "BadSignedCACert.crt",
  "InvalidDSASignatureTest6EE.crt",
  "BadCRLSignatureCACRL.crl",
]);

function read<T>(kind: string, name: string, parse: (der: Uint8Array) => T): T[] {
  const der = readFileSync(join(folder ?? "", kind, name));
  if (!notDer.has(name)) return [parse(der)];
  expect(() => parse(der)).toThrow(/does not end with a whole byte/);
  return [];
}

function verdictOf(
  one: Case,
  { time, policies }: Suite,
  dsa: boolean,
  shelved = false,
): PathVerdict | undefined {
  const certificates = one.certs.flatMap<Certificate>((n) => read("certs", n, parseCertificate));
  const [anchor] = certificates;
  const target = certificates.at(-1);
  if (certificates.length < one.certs.length || !anchor || !target) return undefined;
  const crls = one.crls.flatMap<Crl>((name) => read("crls", name, parseCrl));
  const initial = (one.initialPolicySet ?? ["anyPolicy"]).map((name) => policies[name] ?? name);
  return validatePath({
    target,
    candidates: certificates.slice(1, -1),
    anchors: [anchor],
    at: Date.parse(time) as WallMs,
    check: signatureCheck({ ...algorithmPolicy, dsa }),
    policies: {
      ...(initial.includes(oid.anyPolicy) ? {} : { acceptable: initial }),
      requireExplicit: one.initialExplicitPolicy ?? false,
      inhibitMapping: one.initialPolicyMappingInhibit ?? false,
      inhibitAny: one.initialInhibitAnyPolicy ?? false,
    },
    revocation: { crls: shelved ? createCrlShelf(crls) : crls, ocsp: [] },
  });
}

if (!suite) {
  test.skip(needsShared("PKITS: 249 cases give the expected verdict", part), () => undefined);
} else {
  test("PKITS: the suite is whole", () => {
    expect(suite.cases).toHaveLength(249);
  });

  test.each(suite.cases)("PKITS $test $title: valid is $valid", (one) => {
    const verdict = verdictOf(one, suite, true);
    const told = verdict?.ok === false ? verdict.code : "ok";
    expect([verdict?.ok ?? false, told]).toEqual([one.valid, one.valid ? "ok" : told]);
    if (!verdict?.ok) return;
    const names = one.userConstrainedPolicySet ?? suite.defaults.userConstrainedPolicySet;
    const expected = names.map((name) => suite.policies[name] ?? name);
    expect([...verdict.policies].sort()).toEqual(expected.sort());
  });

  test("PKITS: sorting CRLs by issuer and partition changes no verdict", () => {
    for (const one of suite.cases) {
      const shelved = verdictOf(one, suite, true, true)?.ok;
      expect([one.test, shelved]).toEqual([one.test, verdictOf(one, suite, true)?.ok]);
    }
  });

  test("PKITS: as set up for doors, no invalid path is accepted and only DSA is refused", () => {
    for (const one of suite.cases) {
      const verdict = verdictOf(one, suite, false);
      const expected = one.valid && !refusedByAlgorithm.has(one.test);
      expect([one.test, one.title, verdict?.ok ?? false]).toEqual([one.test, one.title, expected]);
      if (one.valid && verdict?.ok === false) {
        expect(verdict.code).toMatch(/^(SIGNATURE_ALGORITHM|KEY)_REFUSED$/);
      }
    }
  });
}
