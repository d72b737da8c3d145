import { expect, test } from "vitest";
import { openConsentSignature } from "#contract/consent-signature.ts";
import { publicHalfOf } from "#contract/hpke.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { type NamedSigning, signWithName } from "#device/consent/sign-with-name.ts";
import type { PinRequest } from "#device/step-up/perform.ts";
import {
  cardExtensions,
  cardPolicies,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";
import { stepUpCard } from "#test/support/card-step-up.ts";
import { SoftCard, softPassword } from "#test/support/soft-card.ts";

const authority = makeAuthority("signing");
const named = makeCard(authority, {
  key: keyPair("rsa-2048", "signing key of a card"),
  extensions: cardExtensions(cardPolicies.signature),
});
const secret = Buffer.alloc(32, 7);
const message = Buffer.from("what was agreed to");
const rules = {
  policies: [cardPolicies.signature],
  crlAgeMsMax: 72 * 3_600_000,
  trust: () => ({
    anchors: [parseCertificate(authority.der)],
    crls: createCrlShelf([parseCrl(makeCrl(authority))]),
    ocsp: [],
  }),
};

async function outcome(
  rule: NamedSigning["rule"],
  {
    card = new SoftCard(stepUpCard, { named }),
    given = [softPassword] as readonly (string | undefined)[],
    key = Buffer.from(publicHalfOf(secret), "base64url") as Uint8Array | null,
    trust = rules as NamedSigning["rules"],
  } = {},
) {
  const asked: PinRequest[] = [];
  const result = await signWithName(card, [message], {
    named: { rule, rules: trust, gatewayKey: () => key ?? undefined },
    wall: () => hierarchyAt,
    async askPin(request) {
      asked.push(request);
      const password = given[asked.length - 1];
      return password === undefined ? undefined : Uint8Array.from(Buffer.from(password));
    },
  });
  return { asked, said: result.kind === "refused" ? result.code : result.kind, result };
}

test("what is signed opens with the gateway's secret, beside this statement and no other", async () => {
  const { asked, result } = await outcome("offered", { given: ["WRONG123", softPassword] });
  expect(asked).toEqual([
    {
      ...{ triesLeft: 5, wasWrong: false, isLastTry: false },
      ...{ secret: "password", mayGoWithout: true },
    },
    expect.objectContaining({ triesLeft: 4, wasWrong: true }),
  ]);
  const [sealed = ""] = result.kind === "sealed" ? result.all : [];
  expect(await openConsentSignature(sealed, message, secret)).toMatchObject({
    certificate: Buffer.from(named.der).toString("base64url"),
  });
  expect(await openConsentSignature(sealed, Buffer.from("another"), secret)).toBeUndefined();
  expect(await openConsentSignature(sealed, message, Buffer.alloc(32, 8))).toBeUndefined();
  expect(sealed).not.toContain(Buffer.from(named.der).toString("base64url").slice(0, 40));
});

const child = () => new SoftCard(stepUpCard);
const blocked = () => Object.assign(new SoftCard(stepUpCard, { named }), { passwordTriesLeft: 0 });
const distrusted = { ...rules, policies: [cardPolicies.authentication] };
const late = { ...rules, trust: () => ({ ...rules.trust(), anchors: [] }) };

test.each([
  {
    name: "no signing key on it",
    change: () => ({ card: child() }),
    code: "CONSENT_SIGNATURE_NEEDED",
  },
  {
    name: "a password that is blocked",
    change: () => ({ card: blocked() }),
    code: "CARD_PIN_BLOCKED",
  },
  { name: "nobody who knows it", change: () => ({ given: [] }), code: "CONSENT_SIGNATURE_NEEDED" },
  {
    ...{ name: "only wrong passwords", code: "CARD_PIN_BLOCKED" },
    change: () => ({ given: Array.from({ length: 9 }, () => "WRONG123") }),
  },
  {
    name: "another kind of certificate",
    change: () => ({ trust: distrusted }),
    code: "POLICY_REFUSED",
  },
  { name: "a foreign authority", change: () => ({ trust: late }), code: "PATH_NOT_FOUND" },
  {
    name: "no gateway that was heard",
    change: () => ({ key: null }),
    code: "CONSENT_SIGNATURE_NEEDED",
  },
] as const satisfies readonly {
  readonly name: string;
  readonly change: () => Parameters<typeof outcome>[1];
  readonly code: string;
}[])(
  "a card with $name goes on without where it is offered, and not where it is required",
  async ({ change, code }) => {
    expect((await outcome("offered", change())).said).toBe("without");
    const required = await outcome("required", change());
    expect(required.said).toBe(code);
    expect(required.asked.every(({ mayGoWithout }) => mayGoWithout === false)).toBe(true);
  },
);

test("nobody is asked where it is never wanted", async () => {
  expect(await outcome("never")).toMatchObject({ said: "without", asked: [] });
});
