import * as fc from "fast-check";
import { expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { parseOcspResponse } from "#contract/pki/ocsp.ts";
import { verifyStepUp } from "#contract/step-up.ts";
import { makeAuthority, makeCard, makeCrl, makeOcsp } from "#test/support/card-hierarchy.ts";
import { stepUpBy, stepUpCard, stepUpContext } from "#test/support/card-step-up.ts";

const authority = makeAuthority("2023");
const inputs = [
  { name: "certificate", der: makeCard(authority).der, parse: parseCertificate },
  { name: "CRL", der: makeCrl(authority), parse: parseCrl },
  { name: "OCSP response", der: makeOcsp(authority, 4_711), parse: parseOcspResponse },
];

/** Some bytes replaced, and the whole cut off or made longer somewhere. */
const change = fc.record({
  bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
  cutAt: fc.option(fc.nat()),
  after: fc.uint8Array({ maxLength: 3 }),
});

test.each(inputs)(
  "a $name spoilt in any way is refused as DER or read, never anything else",
  async ({ der, parse }) => {
    await fc.assert(
      fc.property(change, ({ bytes, cutAt, after }) => {
        const spoilt = Buffer.concat([
          der.subarray(0, cutAt === null ? der.length : cutAt % der.length),
          after,
        ]);
        for (const [at, value] of bytes) if (spoilt.length > 0) spoilt[at % spoilt.length] = value;
        try {
          parse(spoilt);
        } catch (error) {
          expect(errorCodeOf(error)).toBe("DER_MALFORMED");
        }
      }),
      { numRuns: 3_000 },
    );
  },
);

test("random bytes are no certificate, CRL or response", async () => {
  await fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const { parse } of inputs) expect(() => parse(bytes)).toThrow(/DER/);
    }),
    { numRuns: 500 },
  );
});

test("whatever stands in place of a step-up, verifying it answers and never throws", async () => {
  const healthy = stepUpBy(stepUpCard);
  const context = stepUpContext();
  const key = fc.constantFrom(...Object.keys(healthy));
  await fc.assert(
    fc.property(fc.anything(), key, fc.anything(), (anything, member, value) => {
      expect(verifyStepUp(anything, context).ok).toBe(false);
      const spoilt = { ...healthy, [member]: value };
      if (JSON.stringify(spoilt) === JSON.stringify(healthy)) return;
      expect(verifyStepUp(spoilt, context)).toMatchObject({ ok: false });
    }),
    { numRuns: 500 },
  );
});
