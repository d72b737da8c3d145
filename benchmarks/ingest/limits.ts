import { sign, verify, webcrypto } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "#runtime/clock.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const limitMs = 1_000;
const eventBytes = 900;
/** As many events as one transaction of the gateway may hold. */
const batchEvents = 512;

/** What disk and signatures allow on this machine, each alone. */
export async function bareLimits(folder: string) {
  const { privateKey, publicKey } = keyOfSeed(1);
  const message = Buffer.alloc(700, 2);
  const signature = sign(null, message, privateKey);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const key = await webcrypto.subtle.importKey("spki", spki, "Ed25519", false, ["verify"]);
  const one = () => webcrypto.subtle.verify("Ed25519", key, signature, message);
  const fsyncPerSecond = await rate(fsyncOnce(folder, eventBytes));
  const batchFsyncPerSecond = await rate(fsyncOnce(folder, batchEvents * eventBytes));
  return {
    fsyncPerSecond,
    batchFsyncPerSecond,
    eventsPerSecondByDisk: batchFsyncPerSecond * batchEvents,
    verifyPerSecondOneThread: await rate(() => {
      if (!verify(null, message, publicKey, signature)) throw new Error("it must verify");
    }),
    verifyPerSecondThreadPool: await rate(async () => {
      await Promise.all(Array.from({ length: 64 }, one));
    }, 64),
  };
}

/** How often in a second `once` can be done; it does `each` of them at a time. */
async function rate(once: () => Promise<void> | void, each = 1): Promise<number> {
  const from = systemClock.monotonic();
  let count = 0;
  while (systemClock.monotonic() - from < limitMs) {
    await once();
    count += each;
  }
  return Math.round((count * 1_000) / (systemClock.monotonic() - from));
}

function fsyncOnce(folder: string, length: number): () => void {
  const bytes = Buffer.alloc(length, 1);
  return () => {
    const file = openSync(join(folder, "fsync"), "a");
    writeSync(file, bytes);
    fsyncSync(file);
    closeSync(file);
  };
}
