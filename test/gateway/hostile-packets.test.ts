import { once } from "node:events";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectPassword } from "#contract/connect.ts";
import { limits } from "#contract/limits.ts";
import { topicOf } from "#contract/topics.ts";
import { connectPacket, publishPacket, subscribePacket } from "#test/support/mqtt-packets.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let honest: TestDevice;
let bad: TestDevice;
beforeEach(async () => {
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  honest = new TestDevice("box-1", 1);
  bad = new TestDevice("box-2", 2);
  for (const { id, key } of [honest, bad]) running.gateway.registerDevice(id, key.publicKey);
  await honest.connect(running.mqttUrl);
});
afterEach(async () => {
  await honest[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function openSocket(): Socket {
  const socket = connect(Number(new URL(running.mqttUrl).port), "127.0.0.1");
  socket.on("error", () => {}); // Being cut off is what these tests are about.
  return socket;
}

/** A registered device that has turned bad: connected, and free to write any bytes. */
async function openBad(will?: string): Promise<Socket> {
  const socket = openSocket();
  const password = await connectPassword(bad.id, bad.key.privateKey);
  socket.write(connectPacket(bad.id, password, will));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect([...answer]).toEqual([0x20, 2, 0, 0]);
  return socket;
}

async function cutOff(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, "close");
}

async function honestIsServed(): Promise<void> {
  await honest.publish(await honest.next());
  expect(await honest.answer(running.gateway.publicKey)).toMatchObject({
    receipt: { sequence: honest.sequence },
  });
}

test.each([
  "#",
  "+",
  "$SYS/#",
  "tebura/v1/devices/+/receipts",
  "tebura/v1/devices/box-1/receipts",
  "tebura/v1/devices/box-2/#",
  "tebura/v1/devices/box-2/events",
])("whoever subscribes to %s is cut off and hears nothing", async (filter) => {
  const socket = await openBad();
  const heard: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => heard.push(bytes));
  socket.write(subscribePacket(filter));
  await cutOff(socket);
  await honestIsServed();
  expect(Buffer.concat(heard).includes("eyJ")).toBe(false);
});

test.each([
  "tebura/v1/devices/box-1/events",
  "tebura/v1/devices/box-1/receipts",
  "tebura/v1/devices/box-2/receipts",
  "tebura/v1/devices/box-2/leases",
  "$SYS/uptime",
  "anything",
])("whoever publishes to %s is cut off, and nobody believes it", async (topic) => {
  const socket = await openBad();
  socket.write(publishPacket(topic, await honest.sealed()));
  await cutOff(socket);
  expect(running.gateway.ledger.count).toBe(0);
  await honestIsServed();
});

test("a last will for another's topic is never carried out", async () => {
  const socket = openSocket();
  const password = await connectPassword(bad.id, bad.key.privateKey);
  socket.write(connectPacket(bad.id, password, topicOf(honest.id, "receipts")));
  socket.resume();
  await Promise.race([once(socket, "data"), once(socket, "close")]);
  socket.destroy();
  await honestIsServed();
  expect(running.gateway.quarantine.list(10)).toEqual([]);
});

test("nobody speaks before CONNECT, or connects twice", async () => {
  const early = openSocket();
  early.write(publishPacket(topicOf(bad.id, "events"), "x"));
  await cutOff(early);
  const twice = await openBad();
  twice.write(connectPacket(bad.id, await connectPassword(bad.id, bad.key.privateKey)));
  await cutOff(twice);
  await honestIsServed();
});

test("the same device from a second place takes over, so that a thief is noticed", async () => {
  const first = await openBad();
  const second = await openBad();
  await cutOff(first);
  await honestIsServed();
  expect(second.closed).toBe(false);
  second.destroy();
});

test("a device that floods takes no room from another, and the most that waits is bounded", async () => {
  const { ingest } = running.gateway;
  const socket = await openBad();
  const flood = publishPacket(topicOf(bad.id, "events"), "rubbish ".repeat(100));
  socket.resume();
  for (let round = 0; round < 40; round++) {
    if (!socket.closed) socket.write(Buffer.concat(Array.from({ length: 200 }, () => flood)));
    await honestIsServed();
    expect(ingest.depth).toBeLessThanOrEqual(limits.ingestQueuePerDeviceMax + limits.inFlightMax);
  }
  await ingest.settled();
  expect(running.gateway.ledger.head(honest.id).sequence).toBe(40);
  expect(running.gateway.ledger.head(bad.id).sequence).toBe(0);
  socket.destroy();
});

test("whatever bytes a connected device writes, the others are served", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
      const socket = await openBad();
      socket.resume();
      socket.write(bytes);
      await honestIsServed();
      socket.destroy();
    }),
    { numRuns: 40 },
  );
});
