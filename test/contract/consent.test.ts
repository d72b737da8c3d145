import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ConsentContext,
  consentStatementSchema,
  encodeConsent,
  type SignedConsent,
  verifyConsent,
} from "#contract/consent.ts";
import { consentLanguages, consentVersions, viewerNames } from "#contract/consent-texts.ts";
import {
  consentTextVersion,
  consentWords,
  digestOfWords,
  newConsentWords,
} from "#contract/consent-words.ts";
import type { WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { serviceNames } from "#contract/services.ts";
import {
  cardPolicies,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { consentStatement, signedConsent } from "#test/support/signed-consent.ts";

const context: ConsentContext = {
  now: days(3),
  anchors: [parseCertificate(stepUpAuthority.der)],
  policies: [cardPolicies.authentication],
  revocation: { crls: [parseCrl(makeCrl(stepUpAuthority))], ocsp: [] },
};
const verdictOf = (evidence: unknown, change: Partial<ConsentContext> = {}) => {
  const verdict = verifyConsent(evidence, { ...context, ...change });
  return verdict.ok ? "ok" : verdict.code;
};
const good = signedConsent(consentStatement());
const text = (evidence: SignedConsent) => Buffer.from(evidence.statement, "base64url").toString();
const resigned = (change: (statement: string) => string) =>
  signedConsent(Buffer.from(change(text(good))));

test("a consent and a withdrawal are verified from their bytes alone, days later too", () => {
  expect(verdictOf(good)).toBe("ok");
  expect(verdictOf(signedConsent(consentStatement({ act: "withdraw" })))).toBe("ok");
  expect(verifyConsent(good, context)).toMatchObject({
    statement: { act: "give", service: "bus.boarding" },
    card: { serial: parseCertificate(stepUpCard.der).serial },
  });
});

test.each([
  { name: "not evidence", evidence: {}, code: "CONSENT_MALFORMED" },
  { name: "no certificate", evidence: { ...good, certificate: "AAAA" }, code: "DER_MALFORMED" },
  {
    name: "a changed word",
    evidence: {
      ...good,
      statement: Buffer.from(text(good).replace("bus.boarding", "payment")).toString("base64url"),
    },
    code: "STATEMENT_SIGNATURE_INVALID",
  },
  {
    name: "somebody else's certificate",
    evidence: { ...good, certificate: Buffer.from(makeAuthority("x").der).toString("base64url") },
    code: "STATEMENT_SIGNATURE_INVALID",
  },
  {
    name: "terms whose words were never shown",
    evidence: resigned((said) => said.replace('"eventDays":365', '"eventDays":3650')),
    code: "CONSENT_WORDS_UNKNOWN",
  },
  {
    name: "a version of the words that nobody knows",
    evidence: resigned((said) => said.replace(consentTextVersion, "2020-01")),
    code: "CONSENT_WORDS_UNKNOWN",
  },
  {
    name: "an end before the beginning",
    evidence: signedConsent(consentStatement({ until: days(-1) })),
    code: "CONSENT_TERMS_INVALID",
  },
  {
    name: "for ever",
    evidence: signedConsent(consentStatement({ until: days(5_000) })),
    code: "CONSENT_TERMS_INVALID",
  },
  {
    name: "another spelling of the same",
    evidence: resigned((said) => said.replace(",", ", ")),
    code: "CONSENT_NOT_CANONICAL",
  },
  {
    name: "a key twice",
    evidence: resigned((said) => said.replace('"v":1', '"v":1,"v":1')),
    code: "CONSENT_NOT_CANONICAL",
  },
  {
    name: "a step-up in place of a consent",
    evidence: resigned((said) => said.replace("tebura-consent", "tebura-step-up")),
    code: "CONSENT_MALFORMED",
  },
  {
    name: "from the future, to outlive a withdrawal",
    evidence: signedConsent(consentStatement({ at: days(4), until: days(9) })),
    code: "CONSENT_FROM_FUTURE",
  },
  {
    name: "a card of an authority that nobody trusts",
    evidence: signedConsent(consentStatement(), makeCard(makeAuthority("rogue"))),
    code: "PATH_NOT_FOUND",
  },
])("$name is refused", ({ evidence, code }) => {
  expect(verdictOf(evidence)).toBe(code);
});

test("a revoked card's consent, and one for somebody else, do not count", () => {
  const revoked = makeCrl(stepUpAuthority, {
    revoked: [{ serial: 4_711, at: days(-2), reason: 1 }],
  });
  expect(verdictOf(good, { revocation: { crls: [parseCrl(revoked)], ocsp: [] } })).toBe("REVOKED");
  expect(verdictOf(good, { holder: () => "CARD_OTHER_PERSON" })).toBe("CARD_OTHER_PERSON");
});

test("every bit of a signed consent matters", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom("statement", "signature"), (bit, part) => {
      const bytes = Buffer.from(good[part], "base64url");
      bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
      expect(verdictOf({ ...good, [part]: bytes.toString("base64url") })).not.toBe("ok");
    }),
    { numRuns: 60 },
  );
});

test("every service and viewer has words in each language, and their digest tells them apart", () => {
  const digests = new Set<string>();
  for (const service of serviceNames) {
    const subject = { service, until: hierarchyAt as WallMs, eventDays: 30, viewers: viewerNames };
    const words = newConsentWords(subject);
    expect(consentWords(consentTextVersion, subject)).toEqual(words);
    for (const language of consentLanguages) {
      expect(words[language]).not.toMatch(/[{}]|undefined/);
      expect(words[language].split("\n").length).toBeGreaterThan(5);
    }
    expect(words.en).toContain("2026-11-23");
    // Easy Japanese can be read by somebody who knows no Chinese characters.
    expect(words["ja-easy"]).not.toMatch(/\p{Script=Han}/u);
    digests.add(digestOfWords(consentTextVersion, words));
  }
  expect(digests.size).toBe(serviceNames.length);
  expect(
    consentWords("toString", { service: "payment", until: hierarchyAt, eventDays: 1, viewers: [] }),
  ).toBeUndefined();
});

test.each([
  { version: "2026-11", digest: "xkE8DhI9IhBdueRERYrsNuJOCE8AZvDVHcdJT6kvodw" },
  { version: "2026-12", digest: "LtNHr8ba3wTLESjvT5miV8CvK1QdDN65DOzJSTbcb9Y" },
])("words of $version that cards have signed stay as they were", ({ version, digest }) => {
  const until = hierarchyAt as WallMs;
  const subject = { service: "bus.boarding", until, eventDays: 30, viewers: viewerNames } as const;
  const words = consentWords(version, subject)!;
  expect(Object.keys(words)).toEqual(consentVersions[version]);
  expect(digestOfWords(version, words)).toBe(digest);
});

test("what is encoded is read as it was", () => {
  for (const act of ["give", "withdraw"] as const) {
    const statement = consentStatement({ act });
    const value = JSON.parse(Buffer.from(encodeConsent(statement)).toString());
    expect(consentStatementSchema.parse(value)).toEqual(statement);
  }
});
