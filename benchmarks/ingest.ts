import { fork } from "node:child_process";
import { sign, verify, webcrypto } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed, TestDevice } from "#test/gateway/test-device.ts";
import type { LoadOrder, LoadResult } from "./ingest-load.ts";

const devices = 50;
const eventsPerDevice = 2_000;
const limitMs = 1_000;

/** 50 devices at once, from publish to signed receipt, beside what disk and signatures allow bare. */
export async function run({ json }: { json: boolean }): Promise<void> {
  using folder = temporaryFolder();
  const bare = {
    fsyncPerSecond: await rate(fsyncOnce(folder.path)),
    verifyPerSecondMainThread: await rate(verifyOnce()),
    verifyPerSecondThreadPool: await rate(verifyTogether(), 64),
  };
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  for (let at = 1; at <= devices; at++) {
    const device = new TestDevice(`box-${at}`, at);
    gateway.registerDevice(device.id, device.key.publicKey);
  }
  const gatewayKeyPem = gateway.publicKey.export({ type: "spki", format: "pem" }).toString();
  const load = await drive({ mqttUrl, gatewayKeyPem, devices, eventsPerDevice });
  const events = devices * eventsPerDevice;
  const result = {
    devices,
    events,
    eventsPerSecond: Math.round(events / load.seconds),
    p50Ms: round(load.waitsMs[Math.floor(events * 0.5)]),
    p99Ms: round(load.waitsMs[Math.floor(events * 0.99)]),
    receipts: load.receipts,
    ledgerEntries: gateway.ledger.count,
    ledgerIntact: (await gateway.verifyLedger()).intact,
    dropped: gateway.ingest.counts.dropped,
    bare,
  };
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    process.stdout.write(
      `${result.eventsPerSecond} events/s from publish to receipt (p50 ${result.p50Ms} ms, p99 ` +
        `${result.p99Ms} ms, ${result.receipts} receipts for ${events} events)\n` +
        `bare: ${bare.fsyncPerSecond} fsync/s, Ed25519 verifications/s ` +
        `${bare.verifyPerSecondMainThread} on one thread, ${bare.verifyPerSecondThreadPool} on the pool\n`,
    );
  }
}

/** Runs the devices in a process of their own, so that their work is not the gateway's. */
async function drive(order: LoadOrder): Promise<LoadResult> {
  const path = fileURLToPath(new URL("./ingest-load.ts", import.meta.url));
  const child = fork(path, [JSON.stringify(order)], { execArgv: ["--import", "tsx"] });
  return await new Promise<LoadResult>((resolve, reject) => {
    child.once("message", (result) => resolve(result as LoadResult));
    child.once("exit", (code) => reject(new Error(`the load ended with ${code} and no result`)));
  });
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

function fsyncOnce(folder: string): () => void {
  const bytes = Buffer.alloc(1_500, 1);
  return () => {
    const file = openSync(join(folder, "fsync"), "a");
    writeSync(file, bytes);
    fsyncSync(file);
    closeSync(file);
  };
}

const message = Buffer.alloc(700, 2);

function verifyOnce(): () => void {
  const { privateKey, publicKey } = keyOfSeed(1);
  const signature = sign(null, message, privateKey);
  return () => {
    if (!verify(null, message, publicKey, signature)) throw new Error("it must verify");
  };
}

function verifyTogether(): () => Promise<void> {
  const { privateKey, publicKey } = keyOfSeed(1);
  const signature = sign(null, message, privateKey);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const key = webcrypto.subtle.importKey("spki", spki, "Ed25519", false, ["verify"]);
  return async () => {
    const ready = await key;
    await Promise.all(
      Array.from({ length: 64 }, () =>
        webcrypto.subtle.verify("Ed25519", ready, signature, message),
      ),
    );
  };
}

function round(ms: number | undefined): number {
  return Math.round((ms ?? Number.NaN) * 10) / 10;
}
