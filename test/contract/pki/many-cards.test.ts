import { expect, test } from "vitest";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { rememberingCheck } from "#contract/pki/remembering-check.ts";
import { type SignatureInput, signatureCheck } from "#contract/pki/signature.ts";
import { makeAuthority, makeCard, makeCrl, partitionName } from "#test/support/card-hierarchy.ts";

const authority = makeAuthority("2023");
const anchor = parseCertificate(authority.der);

function inputOf(serial: number): SignatureInput {
  const card = parseCertificate(makeCard(authority, { serial }).der);
  const { signatureAlgorithm, tbs, signature } = card;
  return { algorithm: signatureAlgorithm, spki: anchor.publicKey.spki, data: tbs, signature };
}

function counting() {
  let count = 0;
  const check = signatureCheck();
  return {
    check: (input: SignatureInput) => {
      count += 1;
      return check(input);
    },
    count: () => count,
  };
}

test("a signature is checked once, and a changed one anew", () => {
  const { check, count } = counting();
  const remembering = rememberingCheck(check, 10);
  const input = inputOf(1);
  expect(remembering(input)).toBe("valid");
  expect(remembering({ ...input, data: Uint8Array.from(input.data) })).toBe("valid");
  expect(count()).toBe(1);
  expect(remembering({ ...input, data: inputOf(2).data })).toBe("SIGNATURE_INVALID");
  expect(remembering({ ...input, algorithm: { ...input.algorithm, oid: "1.2.3" } })).toBe(
    "SIGNATURE_ALGORITHM_REFUSED",
  );
  expect(remembering(input)).toBe("valid");
  expect(count()).toBe(3);
});

test("the verdict not asked for the longest is forgotten first", () => {
  const { check, count } = counting();
  const remembering = rememberingCheck(check, 2);
  const [one, two, three] = [inputOf(1), inputOf(2), inputOf(3)];
  for (const input of [one, two, one, three, one]) remembering(input);
  expect(count()).toBe(3);
  remembering(two);
  expect(count()).toBe(4);
});

test("among many partitions a card finds its own, and else is shown all", () => {
  const own = parseCrl(makeCrl(authority));
  const others = Array.from({ length: 30 }, (_, index) =>
    parseCrl(makeCrl(authority, { partition: partitionName(`City ${index}`) })),
  );
  const card = parseCertificate(makeCard(authority).der);
  expect(createCrlShelf([...others, own]).for(card)).toEqual([own]);
  expect(createCrlShelf(others).for(card)).toHaveLength(30);
  expect(createCrlShelf([]).for(card)).toEqual([]);
});
