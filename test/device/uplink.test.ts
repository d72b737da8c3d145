import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId } from "#contract/ids.ts";
import { sealAnswer } from "#contract/receipts.ts";
import { topicOf } from "#contract/topics.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import type { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { silentLog } from "#runtime/log.ts";
import { startGateway } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { CuttingProxy } from "#test/support/cutting-proxy.ts";
import { freePort } from "#test/support/free-port.ts";

const device = "box-01" as DeviceId;
const key = keyOfSeed(1);
const body: EventBody = { type: "source.changed", source: "camera", state: "covered" };
let folder: string;
let parts: Disposables;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-uplink-"));
  parts = new Disposables();
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway that knows the box; the caller ends it. */
async function startKnowing(port?: number): Promise<{ gateway: Gateway; port: number }> {
  port ??= await freePort();
  const { gateway } = await startGateway(join(folder, "gateway"), "Asia/Tokyo", port);
  gateway.registerDevice(device, key.publicKey);
  return { gateway, port };
}

function openOutbox(): Outbox {
  const outbox = new Outbox({
    path: join(folder, "outbox.db"),
    device,
    privateKey: key.privateKey,
    wall: () => systemClock.wall(),
    clockQuality: () => "synced",
  });
  parts.defer(() => outbox[Symbol.dispose]());
  return outbox;
}

async function startUplink(outbox: Outbox, port: number, gatewayKey = keyOfSeed(2).publicKey) {
  const uplink = new Uplink({
    onList: async () => undefined,
    onLease: () => undefined,
    onLeave: () => undefined,
    onTime: () => undefined,
    link: new MqttLink({
      url: `mqtt://127.0.0.1:${port}`,
      ...{ device, privateKey: key.privateKey, log: silentLog, random: () => 0.5 },
    }),
    ...{ device, outbox, gatewayKey, privateKey: key.privateKey },
    clock: systemClock,
    log: silentLog,
    health: () => ({
      ...{ v: 1, device, at: systemClock.wall(), version: "0.1.0", service: "bus.boarding" },
      ...{ source: "camera", sourceState: "streaming", sequence: 0, outboxDepth: 0 },
      ...{ framesPerSecond: 0, framesDropped: 0, galleryPeople: 0, cardReader: "none", nonces: 0 },
    }),
  });
  parts.use(uplink);
  await uplink.start();
  return uplink;
}

/** A broker that acknowledges everything, with no gateway behind it. */
async function startBroker(): Promise<{ broker: Aedes; port: number }> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  parts.defer(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const address = server.address();
  return { broker, port: typeof address === "object" && address ? address.port : 0 };
}

const patience = () => AbortSignal.timeout(50_000);

test("everything is delivered, receipted and forgotten", async () => {
  const { gateway, port } = await startKnowing();
  parts.use(gateway);
  const outbox = openOutbox();
  for (let i = 0; i < 200; i++) await outbox.append(body);
  const uplink = await startUplink(outbox, port, gateway.publicKey);
  await uplink.idle(patience());
  expect(outbox.depth).toBe(0);
  expect(gateway.ledger.head(device).sequence).toBe(200);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true, entries: 200 });
});

test("through a network that is cut again and again, each event arrives exactly once", async () => {
  const { gateway, port } = await startKnowing();
  parts.use(gateway);
  const proxy = parts.use(new CuttingProxy(port));
  const outbox = openOutbox();
  const uplink = await startUplink(outbox, await proxy.start(), gateway.publicKey);
  for (let i = 0; i < 300; i++) {
    await outbox.append(body);
    if (i % 40 === 20) {
      await systemClock.sleep(350, patience());
      proxy.cut();
    }
  }
  await uplink.idle(patience());
  expect(proxy.cuts).toBeGreaterThan(1);
  expect(gateway.ledger.count).toBe(300);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true, entries: 300 });
});

test("with the gateway away a box goes on, and delivers when it is back", async () => {
  const first = await startKnowing();
  const outbox = openOutbox();
  const uplink = await startUplink(outbox, first.port, first.gateway.publicKey);
  await outbox.append(body);
  await uplink.idle(patience());
  await first.gateway[Symbol.asyncDispose]();
  for (let i = 0; i < 20; i++) await outbox.append(body);
  expect(outbox.depth).toBe(20);
  const { gateway } = await startKnowing(first.port);
  parts.use(gateway);
  await uplink.idle(patience());
  expect(gateway.ledger.count).toBe(21);
});

test("a broker's acknowledgement is not a receipt: the events stay", async () => {
  const { broker, port } = await startBroker();
  const outbox = openOutbox();
  for (let i = 0; i < 5; i++) await outbox.append(body);
  const uplink = await startUplink(outbox, port);
  while (uplink.counts.published < 5) await systemClock.sleep(20, patience());
  await systemClock.sleep(300, patience());
  expect(outbox.depth).toBe(5);
  expect(broker.connectedClients).toBe(1);
});

test("answers of a stranger, for another box, or of no form at all change nothing", async () => {
  const { broker, port } = await startBroker();
  const outbox = openOutbox();
  const event = await outbox.append(body);
  const uplink = await startUplink(outbox, port, keyOfSeed(2).publicKey);
  while (!uplink.isConnected) await systemClock.sleep(20, patience());
  const receipt = {
    ...{ v: 1 as const, device, sequence: 1, event: event.digest, index: 1 },
    ...{ entry: event.digest, at: systemClock.wall() },
  };
  const { privateKey } = keyOfSeed(2);
  const forged = await sealAnswer({ kind: "receipt", receipt }, keyOfSeed(3).privateKey);
  const foreign = { ...receipt, device: "box-02" as DeviceId };
  const answers = [
    forged,
    await sealAnswer({ kind: "receipt", receipt: foreign }, privateKey),
    "?",
  ];
  for (const payload of answers) {
    const packet = { cmd: "publish", topic: topicOf(device, "receipts"), payload } as const;
    await new Promise<void>((resolve) =>
      broker.publish({ ...packet, qos: 1, retain: false, dup: false }, () => resolve()),
    );
  }
  while (uplink.counts.invalid < 3) await systemClock.sleep(20, patience());
  expect(outbox.depth).toBe(1);
});
