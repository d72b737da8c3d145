import { spawn } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { PresentedCard } from "#device/card/card.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { openPcscReaders, type PcscReaders } from "#device/card/pcsc-readers.ts";
import { openTrialAuthority } from "#device/card/virtual/trial-authority.ts";
import { systemClock } from "#runtime/clock.ts";
import {
  needsVirtualReader,
  type VirtualReader,
  virtualReaderMissing,
  withVirtualReader,
} from "#test/support/virtual-reader.ts";

const hasBinding = await import("smartcard").then(
  () => true,
  () => false,
);
const runs = virtualReaderMissing() === undefined && hasBinding;
const title = (text: string) =>
  hasBinding ? needsVirtualReader(text) : `${text} (skipped: needs the npm package smartcard)`;
const minutes = 4 * 60_000;
const patience = { timeout: 60_000 };
/** Puts the trial card into a slot from a process of its own, and returns how to take it out. */
function insert(port: number, tornAfter?: number): () => Promise<void> {
  const script = new URL("card-child.ts", import.meta.url).pathname;
  const args = ["--import", "tsx", script, String(port), folder];
  if (tornAfter !== undefined) args.push(String(tornAfter));
  const child = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "inherit"] });
  inserted.add(child);
  return async () => {
    inserted.delete(child);
    const exit = once(child, "exit");
    child.stdin.end();
    if (child.exitCode === null) await exit;
  };
}
const inserted = new Set<ReturnType<typeof spawn>>();
afterEach(() => {
  for (const child of inserted) child.stdin?.end();
  inserted.clear();
});
const pin = () => Uint8Array.from(Buffer.from("1234"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-pcsc-"));
  openTrialAuthority(folder, () => systemClock.wall());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The daemon, our readers on it, and what they did, as words in their order. */
async function withReaders(
  serve: (card: PresentedCard) => Promise<string>,
  work: (place: { reader: VirtualReader; readers: PcscReaders; done: string[] }) => Promise<void>,
): Promise<void> {
  await withVirtualReader(async (reader) => {
    await using readers = (await openPcscReaders({ clock: systemClock, log: () => {} }))!;
    const done: string[] = [];
    readers.onCard(async (card) => {
      done.push(await serve(card).catch((error) => errorCodeOf(error) ?? String(error)));
    });
    await expect.poll(() => readers.names.length, patience).toBe(2);
    await work({ reader, readers, done });
  });
}

test.skipIf(!runs)(
  title(
    "what the card signs through the real daemon verifies, and the next program needs the PIN again",
  ),
  async () => {
    const message = Buffer.from("through pcscd");
    const serve = async (card: PresentedCard) => {
      const jpki = await openJpki(card);
      const { publicKey } = parseCertificate(await jpki.readAuthenticationCertificate());
      await jpki.verifyAuthenticationPin(pin());
      const signature = await jpki.signForAuthentication(message);
      const spki = Buffer.from(publicKey.spki);
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      return `${card.isVirtual} ${verify("sha256", message, key, signature)}`;
    };
    await withReaders(serve, async ({ reader, done }) => {
      insert(reader.ports[0]);
      await expect.poll(() => done, patience).toEqual(["false true"]);
      await using next = (await openPcscReaders({ clock: systemClock, log: () => {} }))!;
      next.onCard(async (card) => {
        const signature = (await openJpki(card)).signForAuthentication(message);
        done.push(await signature.then(String, (error) => errorCodeOf(error) ?? ""));
      });
      const afterwards = "CARD_PIN_NEEDED";
      await expect.poll(() => done, patience).toEqual(["false true", afterwards]);
    });
  },
  minutes,
);

test.skipIf(!runs)(
  title(
    "the tries count down on the card itself, block it, and a right PIN before gives them back",
  ),
  async () => {
    const serve = async (presented: PresentedCard) => {
      const jpki = await openJpki(presented);
      const codes = [await jpki.authenticationTriesLeft()].map(String);
      for (let attempt = 0; attempt < 3; attempt++) {
        const wrong = Uint8Array.from(Buffer.from("9999"));
        const spent = jpki.verifyAuthenticationPin(wrong, { spendLastTry: true });
        codes.push(await spent.then(String, (error) => errorCodeOf(error) ?? ""));
      }
      return [...codes, await jpki.authenticationTriesLeft()].join(" ");
    };
    await withReaders(serve, async ({ reader, done }) => {
      insert(reader.ports[0]);
      const steps = ["3", "CARD_PIN_WRONG", "CARD_PIN_WRONG", "CARD_PIN_BLOCKED", "0"];
      await expect.poll(() => done, patience).toEqual([steps.join(" ")]);
    });
  },
  minutes,
);

test.skipIf(!runs)(
  title("a card torn away in the middle is gone, and put back it is served anew"),
  async () => {
    let signed = 0;
    const serve = async (presented: PresentedCard) => {
      const jpki = await openJpki(presented);
      await jpki.verifyAuthenticationPin(pin());
      for (; ; signed++) await jpki.signForAuthentication(pin());
    };
    await withReaders(serve, async ({ reader, done }) => {
      insert(reader.ports[0], 12);
      await expect.poll(() => done, patience).toEqual(["CARD_GONE"]);
      // No hand is so quick that the daemon, which looks twice a second, would not see the card gone.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const before = signed;
      const takeOut = insert(reader.ports[0]);
      await expect.poll(() => signed, patience).toBeGreaterThan(before);
      await takeOut();
      await expect.poll(() => done, patience).toEqual(["CARD_GONE", "CARD_GONE"]);
    });
  },
  minutes,
);

test.skipIf(!runs)(
  title("cards in two readers are served one after the other"),
  async () => {
    let inside = 0;
    let most = 0;
    const serve = async (presented: PresentedCard) => {
      inside += 1;
      most = Math.max(most, inside);
      await openJpki(presented);
      await new Promise((resolve) => setTimeout(resolve, 300));
      inside -= 1;
      return presented.reader;
    };
    await withReaders(serve, async ({ reader, done }) => {
      for (const port of reader.ports) insert(port);
      await expect.poll(() => [...done].sort(), patience).toEqual([...reader.names].sort());
      expect(most).toBe(1);
    });
  },
  minutes,
);

test.skipIf(!runs)(
  title("a daemon that dies takes its readers with it, and they return when it does"),
  async () => {
    const serve = async (presented: PresentedCard) => {
      await openJpki(presented);
      return "served";
    };
    await withReaders(serve, async ({ reader, readers, done }) => {
      await reader.stop();
      await expect.poll(() => readers.names.length, patience).toBe(0);
      await reader.start();
      await expect.poll(() => readers.names.length, patience).toBe(2);
      insert(reader.ports[0]);
      await expect.poll(() => done, patience).toEqual(["served"]);
    });
  },
  minutes,
);
