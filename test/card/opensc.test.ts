import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  openTrialAuthority,
  type TrialAuthority,
  trialPins,
} from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { systemClock } from "#runtime/clock.ts";
import {
  needsVirtualReader,
  virtualReaderMissing,
  withVirtualReader,
} from "#test/support/virtual-reader.ts";

const tools = ["opensc-tool", "pkcs15-tool", "pkcs11-tool", "openssl"];
const isSkipped = virtualReaderMissing(...tools) !== undefined;

let folder: string;
let trial: TrialAuthority;
beforeAll(() => {
  if (isSkipped) return;
  folder = mkdtempSync(join(tmpdir(), "tebura-opensc-"));
  trial = openTrialAuthority(join(folder, "trial"), systemClock.wall);
});
afterAll(() => {
  if (!isSkipped) rmSync(folder, { recursive: true, force: true });
});

/** A fact that programs which know nothing of Tebura find out about our card, through the real daemon. */
function openScTest(title: string, work: () => Promise<void>): void {
  const options = { timeout: 400_000, skip: isSkipped };
  test(needsVirtualReader(`OpenSC ${title}`, ...tools), options, work);
}

interface Ran {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly said: string;
}

/** A daemon that is stuck would hold a tool for ever, so each has half a minute. */
function run(...command: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile("timeout", ["30", ...command], (error, out, err) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error ? -1 : 0,
        said: out + err,
      });
    });
  });
}

/** The daemon looks at its slots a few times a second. */
async function withCard(card: VirtualCard, work: () => Promise<void>): Promise<void> {
  await withVirtualReader(async (reader) => {
    await using _inserted = await reader.insert(card);
    for (let waits = 0; (await run("opensc-tool", "--name")).code !== 0 && waits < 40; waits++) {
      await sleep(250);
    }
    await work();
  });
}

const verifyPin = (pin: string, id = "1") =>
  run("pkcs15-tool", "--verify-pin", "--auth-id", id, "--pin", pin);

openScTest("knows our card as Japan's and lists its certificates, keys and PINs", async () => {
  await withCard(new VirtualCard(trial.card), async () => {
    expect((await run("opensc-tool", "--name")).said).toMatch(/^jpki$/m);
    const list = ["--list-certificates", "--list-keys", "--list-pins"];
    const { code, said } = await run("pkcs15-tool", ...list);
    expect(code, said).toBe(0);
    for (const line of [
      "X.509 Certificate [User Authentication Certificate]",
      "X.509 Certificate [Digital Signature Certificate]",
      "X.509 Certificate [User Authentication Certificate CA]",
      "X.509 Certificate [Digital Signature Certificate CA]",
      "Private RSA Key [User Authentication Key]",
      "Private RSA Key [Digital Signature Key]",
    ]) {
      expect(said).toContain(line);
    }
    expect([...said.matchAll(/Tries left +: (\d)/g)].map(([, tries]) => tries)).toEqual(["3", "5"]);
  });
});

openScTest(
  "reads the certificate of user authentication freely, and the other after its password",
  async () => {
    await withCard(new VirtualCard(trial.card), async () => {
      const read = (id: string, ...more: string[]) =>
        run("pkcs15-tool", "--read-certificate", id, ...more);
      const derOf = ({ said }: Ran) => {
        const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(said) ?? [];
        return Buffer.from(base64, "base64");
      };
      const { authentication, signature } = trial.card;
      expect(derOf(await read("01")).equals(authentication.certificate)).toBe(true);
      expect(derOf(await read("03")).equals(authentication.authority)).toBe(true);
      const password = ["--verify-pin", "--auth-id", "02", "--pin", trialPins.signature];
      expect(
        derOf(await read("02", ...password)).equals(signature?.certificate ?? Buffer.of()),
      ).toBe(true);
    });
  },
);

const keys = [
  { what: "user authentication", token: "JPKI (User Authentication PIN)", id: "01" },
  { what: "digital signature", token: "JPKI (Digital Signature PIN)", id: "02" },
] as const;
for (const { what, token, id } of keys) {
  const purpose = id === "01" ? "authentication" : "signature";
  openScTest(`signs with the key of ${what}, and OpenSSL accepts the signature`, async () => {
    await withCard(new VirtualCard(trial.card), async () => {
      const file = (name: string) => join(folder, `${purpose}.${name}`);
      writeFileSync(file("text"), "What is signed through PC/SC.\n");
      const key = trial.card[purpose]?.key.publicKey;
      writeFileSync(file("pem"), key?.export({ type: "spki", format: "pem" }) ?? "");
      const login = ["--token-label", token, "--login", "--pin", trialPins[purpose]];
      const sign = ["--sign", "--id", id, "--mechanism", "SHA256-RSA-PKCS"];
      const files = ["--input-file", file("text"), "--output-file", file("signature")];
      const signed = await run("pkcs11-tool", ...login, ...sign, ...files);
      expect(signed.code, signed.said).toBe(0);
      const dgst = ["dgst", "-sha256", "-verify", file("pem"), "-signature", file("signature")];
      const verified = await run("openssl", ...dgst, file("text"));
      expect(verified.said).toContain("Verified OK");
      writeFileSync(file("text"), "What was not signed.\n");
      expect((await run("openssl", ...dgst, file("text"))).code).not.toBe(0);
    });
  });
}

openScTest("sees the PIN's tries count down to a blocked card", async () => {
  const card = new VirtualCard(trial.card);
  const triesSeen = async () => {
    const { said } = await run("pkcs15-tool", "--list-pins");
    return Number(/Tries left +: (\d)/.exec(said)?.[1]);
  };
  await withCard(card, async () => {
    for (const left of [2, 1, 0]) {
      expect((await verifyPin("0000")).code).not.toBe(0);
      expect(card.triesLeft("authentication")).toBe(left);
    }
    expect(await triesSeen()).toBe(0);
    expect((await verifyPin(trialPins.authentication)).code).not.toBe(0);
    expect(card.triesLeft("authentication")).toBe(0);
    expect(card.triesLeft("signature")).toBe(5);
  });
});

openScTest("gets the PIN's tries back with the right PIN", async () => {
  const card = new VirtualCard(trial.card);
  await withCard(card, async () => {
    expect((await verifyPin("0000")).code).not.toBe(0);
    expect(card.triesLeft("authentication")).toBe(2);
    const { code, said } = await verifyPin(trialPins.authentication);
    expect(code, said).toBe(0);
    expect(card.triesLeft("authentication")).toBe(3);
  });
});
