import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { seal, unseal } from "#contract/seal.ts";
import {
  cardIdentity,
  type StepUpCode,
  type StepUpContext,
  verifyStepUp,
} from "#contract/step-up.ts";
import type { StepUp } from "#contract/step-up-evidence.ts";
import { encodeStatement, parseStatement } from "#contract/step-up-statement.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import {
  cardExtensions,
  cardPolicies,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";
import {
  device,
  healthyStatement,
  nonce,
  person,
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
const expected = stepUpContext().expected;
const byCrl = (...crls: Uint8Array[]) => ({ revocation: { crls: crls.map(parseCrl), ocsp: [] } });

test("a step-up by a healthy card verifies, and tells the card, the policy and the data's age", () => {
  const verdict = verifyStepUp(healthy, stepUpContext());
  if (!verdict.ok) throw new Error(verdict.code);
  const issuer = parseCertificate(stepUpAuthority.der);
  expect(verdict.card).toEqual(cardIdentity(parseCertificate(stepUpCard.der), issuer));
  expect([...verdict.policies]).toEqual([cardPolicies.authentication]);
  expect(verdict.revocation).toMatchObject([{ kind: "crl", ageMs: 86_400_000 }]);
  expect(verdict).toMatchObject({ factor: "pin", statement: healthyStatement });
});

test("a step-up by the next generation's P-384 card verifies", () => {
  const authority = makeAuthority("next", { key: keyPair("p384", "next") });
  const card = makeCard(authority, { key: keyPair("p384", "card") });
  const crl = makeCrl(authority, { scheme: "ec-sha384" });
  const anchors = [parseCertificate(authority.der)];
  expect(codeOf(stepUpBy(card), { anchors, ...byCrl(crl) })).toBe("ok");
});

test("a step-up by a signature certificate's policy tells itself apart from an authentication", () => {
  const card = makeCard(stepUpAuthority, { extensions: cardExtensions(cardPolicies.signature) });
  const verdict = verifyStepUp(
    stepUpBy(card),
    stepUpContext({ policies: Object.values(cardPolicies) }),
  );
  expect(verdict.ok && [...verdict.policies]).toEqual([cardPolicies.signature]);
});

const other = makeCard(stepUpAuthority, { serial: 4_712, key: keyPair("rsa-2048", "other card") });

test("a step-up's nonce is asked for this device and the event's time, and its card for this person", () => {
  const asked: unknown[] = [];
  verifyStepUp(
    healthy,
    stepUpContext({
      nonce: (...args) => {
        asked.push(args);
        return undefined;
      },
      holder: (card, ...args) => {
        asked.push([card.serial, ...args]);
        return undefined;
      },
    }),
  );
  expect(asked).toEqual([
    [nonce, device, expected.at],
    ["1267", person, "shelter.check-in"],
  ]);
});

test("nobody asks for a step-up's nonce before the signature over it holds", () => {
  const forged = { ...healthy, signature: stepUpBy(other).signature };
  const ask = () => {
    throw new Error("asked");
  };
  expect(codeOf(forged, { nonce: ask, holder: ask })).toBe("STATEMENT_SIGNATURE_INVALID");
});

test.each<keyof StepUp>(["statement", "signature", "certificate"])(
  "a step-up with any one bit of its %s flipped never verifies",
  (member) => {
    const bytes = Buffer.from(String(healthy[member]), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const code = codeOf({ ...healthy, [member]: flipped.toString("base64url") });
      expect([bit, code]).not.toEqual([bit, "ok"]);
    }
  },
);

test("a whole event around a step-up, with any one byte flipped, never verifies", async () => {
  const key = generateKeyPairSync("ed25519");
  const sealed = await seal("tebura-event+jws", { stepUp: healthy }, device, key.privateKey);
  await expect(unseal("tebura-event+jws", sealed, device, key.publicKey)).resolves.toBeDefined();
  // The last character has bits that a lenient decoder drops, so every other one is tried there.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const last of alphabet.replace(sealed.at(-1) ?? "", "")) {
    const spelling = unseal("tebura-event+jws", sealed.slice(0, -1) + last, device, key.publicKey);
    await expect(spelling).rejects.toThrow(/not a valid/);
  }
  for (let at = 0; at < sealed.length; at++) {
    for (const mask of [1, 2, 4, 16]) {
      const byte = String.fromCharCode(sealed.charCodeAt(at) ^ mask);
      const flipped = sealed.slice(0, at) + byte + sealed.slice(at + 1);
      const outcome = await unseal("tebura-event+jws", flipped, device, key.publicKey).then(
        () => "verified",
        () => "refused",
      );
      expect([at, mask, outcome]).toEqual([at, mask, "refused"]);
    }
  }
});

test("a statement reads back as it was written", () => {
  expect(parseStatement(encodeStatement(healthyStatement))).toEqual({
    ok: true,
    statement: healthyStatement,
  });
});
