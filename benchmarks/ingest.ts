import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeviceId } from "#contract/ids.ts";
import { startSecureGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed, TestDevice } from "#test/gateway/test-device.ts";
import { credentialsOf } from "#test/support/fleet.ts";
import { cpuMsSince } from "./ingest/cpu.ts";
import type { DrainOrder, DrainResult } from "./ingest/drain.ts";
import { bareLimits } from "./ingest/limits.ts";
import type { LoadOrder, LoadResult } from "./ingest/load.ts";
import { openPlainSubscriber } from "./ingest/mosquitto.ts";

const devices = 50;
const eventsPerDevice = 2_000;
/** 50 boxes of which each decides forty times a second: far more than doors do. */
const pacedPerSecond = 2_000;
const pacedEventsPerDevice = 300;
/** What a bus writes down in three days. */
const offlineEvents = 20_000;

/** From publish to signed receipt: as fast as it goes, at a pace, after days offline, and plainly. */
export async function run({ json }: { json: boolean }): Promise<void> {
  using folder = temporaryFolder();
  const limits = await bareLimits(folder.path);
  const fast = await onGateway(join(folder.path, "fast"), { devices, eventsPerDevice });
  const paced = await onGateway(join(folder.path, "paced"), {
    ...{ devices, eventsPerDevice: pacedEventsPerDevice, perSecond: pacedPerSecond },
  });
  const drain = await drainOnGateway(join(folder.path, "drain"));
  const plainPerSecond = await plainly(folder.path);
  const result = {
    ...{ devices, events: fast.events, eventsPerSecond: fast.perSecond },
    ...{ p50Ms: paced.p50Ms, p99Ms: paced.p99Ms, pacedPerSecond },
    saturated: { p50Ms: fast.p50Ms, p99Ms: fast.p99Ms },
    ...{ drainEvents: offlineEvents, drainSeconds: round(drain.seconds, 2), drainLeft: drain.left },
    ...{ receipts: fast.receipts, ledgerEntries: fast.ledgerEntries, dropped: fast.dropped },
    ledgerIntact: fast.isIntact && paced.isIntact,
    cpuUsPerEvent: { gateway: fast.gatewayCpuUs, boxes: fast.boxesCpuUs },
    mosquittoPlainPerSecond: plainPerSecond ?? null,
    ratioToMosquittoPlain: plainPerSecond ? round(fast.perSecond / plainPerSecond, 2) : null,
    limits: {
      ...limits,
      ...{ cores: availableParallelism(), eventsPerSecondByProcessors: byProcessors(fast) },
    },
  };
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : describe(result));
}

function describe(result: Record<string, unknown>): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}

async function onGateway(path: string, order: Omit<LoadOrder, "mqttUrl" | "gatewayKeyPem">) {
  await using running = await startSecureGateway(path);
  const { gateway, mqttUrl } = running;
  for (let at = 1; at <= devices; at++) {
    const device = new TestDevice(`box-${at}`, at);
    gateway.registerDevice(device.id, device.key.publicKey);
  }
  const ids = Array.from({ length: devices }, (_, i) => `box-${i + 1}` as DeviceId);
  const tls = Object.fromEntries(ids.map((id) => [id, credentialsOf(path, id)]));
  const gatewayKeyPem = gateway.publicKey.export({ type: "spki", format: "pem" }).toString();
  const cpuFrom = process.cpuUsage();
  const load = await inChild<LoadResult>("load", { ...order, tls, mqttUrl, gatewayKeyPem });
  const events = order.devices * order.eventsPerDevice;
  return {
    gatewayCpuUs: round((cpuMsSince(cpuFrom) * 1_000) / events, 1),
    boxesCpuUs: round((load.cpuMs * 1_000) / events, 1),
    ...{ events, perSecond: Math.round(events / load.seconds), receipts: load.receipts },
    p50Ms: round(load.waitsMs[Math.floor(events * 0.5)], 1),
    p99Ms: round(load.waitsMs[Math.floor(events * 0.99)], 1),
    ledgerEntries: gateway.ledger.count,
    dropped: gateway.ingest.counts.dropped,
    isIntact: (await gateway.verifyLedger()).intact,
  };
}

async function drainOnGateway(path: string): Promise<DrainResult> {
  await using running = await startSecureGateway(path);
  const { gateway, mqttUrl } = running;
  const device = "bus-1" as DeviceId;
  gateway.registerDevice(device, keyOfSeed(1).publicKey);
  const order: DrainOrder = {
    gatewayKeyPem: gateway.publicKey.export({ type: "spki", format: "pem" }).toString(),
    ...{ path: join(path, "outbox.db"), mqttUrl, device, seed: 1, events: offlineEvents },
    tls: credentialsOf(path, device),
  };
  return await inChild<DrainResult>("drain", order);
}

/** Messages a second that Mosquitto and a plain subscriber bring to disk; undefined without Mosquitto. */
async function plainly(path: string): Promise<number | undefined> {
  await using plain = await openPlainSubscriber(path);
  if (!plain) return undefined;
  const { mqttUrl } = plain;
  const stored = plain.stored(devices * eventsPerDevice);
  await inChild<LoadResult>("load", { mqttUrl, devices, eventsPerDevice });
  return Math.round((devices * eventsPerDevice) / (await stored));
}

/** Runs devices in a process of their own, so that their work is not the gateway's. */
async function inChild<Result>(name: string, order: object): Promise<Result> {
  const path = fileURLToPath(new URL(`./ingest/${name}.ts`, import.meta.url));
  const child = fork(path, [JSON.stringify(order)], { execArgv: ["--import", "tsx"] });
  return await new Promise<Result>((resolve, reject) => {
    child.once("message", (result) => resolve(result as Result));
    child.once("exit", (code) => reject(new Error(`the load ended with ${code} and no result`)));
  });
}

/** What all cores together could do if nothing ever waited: the boxes' part of the work is done here, too. */
function byProcessors(of: { readonly gatewayCpuUs: number; readonly boxesCpuUs: number }): number {
  return Math.round((availableParallelism() * 1e6) / (of.gatewayCpuUs + of.boxesCpuUs));
}

function round(value: number | undefined, digits: number): number {
  return Number((value ?? Number.NaN).toFixed(digits));
}
