import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { validatePath } from "#contract/pki/validate-path.ts";
import type { PresentedCard } from "#device/card/card.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import {
  openTrialAuthority,
  type TrialAuthority,
  trialPins,
  trialPolicies,
} from "#device/card/virtual/trial-authority.ts";
import { type CardFault, VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { VirtualReaders } from "#device/card/virtual/virtual-readers.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { rejectedWith } from "#test/support/code-of.ts";

const now = () => 1_790_000_000_000 as WallMs;
const ascii = (text: string) => Uint8Array.from(Buffer.from(text));
const message = ascii("what is signed");
let folder: string;
let trial: TrialAuthority;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-trial-"));
  trial = openTrialAuthority(folder, now);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cardWith = (fault?: CardFault) => new VirtualCard(trial.card, fault ? { fault } : {});

test("our reader reads both certificates and signs with both keys, each after its own secret", async () => {
  const jpki = await openJpki(cardWith());
  const der = await jpki.readAuthenticationCertificate();
  expect(Buffer.from(der).equals(trial.card.authentication.certificate)).toBe(true);
  const authority = parseCertificate(await jpki.readAuthorityCertificate("authentication"));
  expect(parseCertificate(der).issuer.key).toBe(authority.subject.key);
  expect(await rejectedWith(jpki.signForAuthentication(message))).toBe("CARD_PIN_NEEDED");
  expect(await rejectedWith(jpki.readSignatureCertificate())).toBe("CARD_PIN_NEEDED");
  await jpki.verifyAuthenticationPin(ascii(trialPins.authentication));
  expect(await rejectedWith(jpki.signForSignature(message))).toBe("CARD_PIN_NEEDED");
  await jpki.verifySignaturePassword(ascii(trialPins.signature));
  for (const [bytes, signature] of [
    [der, await jpki.signForAuthentication(message)],
    [await jpki.readSignatureCertificate(), await jpki.signForSignature(message)],
  ] as const) {
    const spki = Buffer.from(parseCertificate(bytes).publicKey.spki);
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    expect(verify("sha256", message, key, signature)).toBe(true);
  }
});

test("the trial card stands on its own authority, and on the policy of user authentication", () => {
  const trust = new TrustFolder(trial.trustDir, { clock: systemClock, log: silentLog }).trust;
  const path = (change: { anchors?: [] } = {}) =>
    validatePath({
      target: parseCertificate(trial.card.authentication.certificate),
      ...{ candidates: [], anchors: trust.anchors, at: now(), usages: ["digitalSignature"] },
      policies: { acceptable: [trialPolicies.authentication], requireExplicit: true },
      revocation: { crls: trust.crls, ocsp: trust.ocsp },
      ...change,
    });
  expect(path()).toMatchObject({ ok: true });
  expect(path({ anchors: [] })).toMatchObject({ ok: false, code: "PATH_NOT_FOUND" });
});

test("a newcomer who starts again has the same card, and nobody else can read its keys", () => {
  const again = openTrialAuthority(folder, now);
  expect(again.card.authentication.certificate).toEqual(trial.card.authentication.certificate);
  expect(again.card.uid).toEqual(trial.card.uid);
  const keys = readdirSync(folder).filter((name) => name.endsWith(".key"));
  expect(keys).toHaveLength(4);
  for (const name of keys) expect(statSync(join(folder, name)).mode & 0o77).toBe(0);
});

test("tries count down, the last needs a word, then the card is blocked for good", async () => {
  const card = cardWith();
  const jpki = await openJpki(card);
  const wrong = () => jpki.verifyAuthenticationPin(ascii("0000"));
  expect(await jpki.authenticationTriesLeft()).toBe(3);
  expect(await rejectedWith(wrong())).toBe("CARD_PIN_WRONG");
  expect(await rejectedWith(wrong())).toBe("CARD_PIN_WRONG");
  expect(await rejectedWith(wrong())).toBe("CARD_PIN_LAST_TRY");
  expect(await jpki.authenticationTriesLeft()).toBe(1);
  expect(
    await rejectedWith(jpki.verifyAuthenticationPin(ascii("0000"), { spendLastTry: true })),
  ).toBe("CARD_PIN_BLOCKED");
  card.reset();
  const again = await openJpki(card);
  expect(await again.authenticationTriesLeft()).toBe(0);
  const right = again.verifyAuthenticationPin(ascii("1234"), { spendLastTry: true });
  expect(await rejectedWith(right)).toBe("CARD_PIN_BLOCKED");
});

test("a right PIN gives the tries back, and what could never be right costs none", async () => {
  const jpki = await openJpki(cardWith());
  for (const shape of ["", "12", "12345", "12a4", "１２３４"]) {
    expect(await rejectedWith(jpki.verifyAuthenticationPin(ascii(shape)))).toBe("CARD_PIN_WRONG");
  }
  expect(await jpki.authenticationTriesLeft()).toBe(3);
  expect(await rejectedWith(jpki.verifyAuthenticationPin(ascii("0000")))).toBe("CARD_PIN_WRONG");
  await jpki.verifyAuthenticationPin(ascii("1234"));
  expect(await jpki.authenticationTriesLeft()).toBe(3);
  expect(await rejectedWith(jpki.verifySignaturePassword(ascii("lower1")))).toBe("CARD_PIN_WRONG");
  expect(await jpki.signatureTriesLeft()).toBe(5);
});

test("torn away after any number of commands, the card is gone and nothing hangs", async () => {
  for (let afterCommands = 0; afterCommands < 30; afterCommands++) {
    const card = cardWith({ kind: "torn", afterCommands });
    const work = async () => {
      const jpki = await openJpki(card);
      await jpki.readAuthenticationCertificate();
      await jpki.verifyAuthenticationPin(ascii("1234"));
      await jpki.signForAuthentication(message);
    };
    const code = await rejectedWith(work());
    expect(["CARD_GONE", undefined]).toContain(code);
    if (afterCommands < 5) expect(code).toBe("CARD_GONE");
  }
});

test("a card that lies about the length of its certificate is not read past its end", async () => {
  const jpki = await openJpki(cardWith({ kind: "lying" }));
  expect(await rejectedWith(jpki.readAuthenticationCertificate())).toBe("CARD_UNREADABLE");
});

test("a card that answers anything at all ends in a code, and never in more than it may cost", async () => {
  const answer = fc.uint8Array({ minLength: 0, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 8 }), async (said) => {
      let commands = 0;
      const ok = Buffer.of(0x90, 0x00);
      const channel = {
        async transmit() {
          commands += 1;
          const one = said[commands % said.length] ?? new Uint8Array();
          return commands % 3 === 0 ? Buffer.concat([one, ok]) : one;
        },
      };
      const work = async () => {
        const jpki = await openJpki(channel);
        await jpki.readAuthenticationCertificate();
        await jpki.verifyAuthenticationPin(ascii("1234"));
        await jpki.signForAuthentication(message);
      };
      expect(await rejectedWith(work())).toSatisfy(
        (code) => code === undefined || /^CARD_[A-Z_]+$/.test(code),
      );
      expect(commands).toBeLessThan(20_000);
    }),
    { numRuns: 200 },
  );
});

test("another card is told apart by its applications, not by its looks", async () => {
  const other = { transmit: async () => Buffer.of(0x6a, 0x82) };
  expect(await rejectedWith(openJpki(other))).toBe("CARD_NOT_SUPPORTED");
});

test("a verified PIN dies with the card's stay on the reader", async () => {
  await using readers = new VirtualReaders();
  const card = cardWith();
  const codes: (string | undefined)[] = [];
  let isFirst = true;
  readers.onCard(async (presented: PresentedCard) => {
    const jpki = await openJpki(presented);
    if (isFirst) await jpki.verifyAuthenticationPin(ascii("1234"));
    codes.push(await rejectedWith(jpki.signForAuthentication(message)));
    isFirst = false;
  });
  readers.put(card);
  await readers.idle();
  readers.take();
  readers.put(card);
  await readers.idle();
  expect(codes).toEqual([undefined, "CARD_PIN_NEEDED"]);
});

test("a card taken from the reader in the middle is gone for whoever speaks with it", async () => {
  await using readers = new VirtualReaders();
  let code: string | undefined;
  readers.onCard(async (presented) => {
    const jpki = await openJpki(presented);
    readers.take();
    expect(presented.gone.aborted).toBe(true);
    code = await rejectedWith(jpki.readAuthenticationCertificate());
  });
  readers.put(cardWith());
  await readers.idle();
  expect(code).toBe("CARD_GONE");
});
