import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import { verifySignature } from "#contract/pki/signature.ts";
import { needsShared, sharedPath } from "#test/support/shared.ts";

const files = [
  { file: "ecdsa_secp256r1_sha256_test.json", algorithm: "1.2.840.10045.4.3.2", count: 484 },
  { file: "ecdsa_secp384r1_sha384_test.json", algorithm: "1.2.840.10045.4.3.3", count: 504 },
  { file: "rsa_signature_2048_sha256_test.json", algorithm: "1.2.840.113549.1.1.11", count: 259 },
  { file: "rsa_signature_3072_sha256_test.json", algorithm: "1.2.840.113549.1.1.11", count: 259 },
];

const suiteSchema = z.object({
  testGroups: z.array(
    z.object({
      publicKeyDer: z.string(),
      tests: z.array(
        z.object({
          tcId: z.int(),
          comment: z.string(),
          flags: z.array(z.string()),
          msg: z.string(),
          sig: z.string(),
          result: z.enum(["valid", "invalid", "acceptable"]),
        }),
      ),
    }),
  ),
});

for (const { file, algorithm, count } of files) {
  const part = `pki/wycheproof/${file}`;
  const path = sharedPath(part);
  if (!path) {
    test.skip(needsShared(`Wycheproof ${file}`, part), () => undefined);
    continue;
  }
  const suite = suiteSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const cases = suite.testGroups.flatMap((group) => {
    const spki = Buffer.from(group.publicKeyDer, "hex");
    return group.tests.map((one) => ({ ...one, spki }));
  });

  test(`Wycheproof ${file} is whole`, () => {
    expect(cases).toHaveLength(count);
  });

  test.each(cases)(`Wycheproof ${file} $tcId $comment: $result`, (one) => {
    const verdict = verifySignature({
      algorithm: { oid: algorithm, parameters: undefined },
      spki: one.spki,
      data: Buffer.from(one.msg, "hex"),
      signature: Buffer.from(one.sig, "hex"),
    });
    // "Acceptable" is a DigestInfo without its NULL, which we take for what it is: not the padding.
    expect(verdict === "valid").toBe(one.result === "valid");
  });
}
