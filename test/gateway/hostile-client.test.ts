import { connect } from "node:net";
import { expect, test } from "vitest";
import { connectPassword } from "#contract/connect.ts";
import { limits } from "#contract/limits.ts";
import { topicOf } from "#contract/topics.ts";
import { connectPacket, publishPacket, subscribePacket } from "#test/support/mqtt-packets.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

test("a device that never reads its answers is cut off, and the others go on", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  await using good = new TestDevice("box-1", 1);
  const stalled = new TestDevice("box-2", 2);
  for (const device of [good, stalled]) gateway.registerDevice(device.id, device.key.publicKey);
  await good.connect(mqttUrl);

  const socket = connect(Number(new URL(mqttUrl).port), "127.0.0.1");
  let closed = false;
  socket.on("close", () => {
    closed = true;
  });
  socket.on("error", () => {}); // Being cut off is what this test is about.
  const password = await connectPassword(stalled.id, stalled.key.privateKey);
  socket.write(connectPacket(stalled.id, password));
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.write(subscribePacket(topicOf(stalled.id, "receipts")));
  socket.pause(); // From here on it only talks.

  // Every repeat is answered with another receipt, until the answers fill what may wait.
  const sealed = await stalled.next();
  const packet = publishPacket(topicOf(stalled.id, "events"), sealed);
  const many = Buffer.concat(Array.from({ length: 200 }, () => packet));
  for (let round = 0; round < 400 && !closed; round++) {
    socket.write(many);
    await gateway.ingest.settled();
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (socket.writableLength > 4_000_000) break; // The gateway no longer reads from it.
  }
  await good.publish(await good.next());
  expect(await good.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });
  expect(gateway.ledger.head(stalled.id).sequence).toBe(1);
  socket.destroy();
});

test.each([
  {
    name: "a packet larger than any message may be",
    bytes: publishPacket("t", "x".repeat(limits.messageBytesMax * 4)),
  },
  { name: "a length that never ends", bytes: Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]) },
  { name: "bytes that are no MQTT", bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n") },
])("$name closes that connection only", async ({ bytes }) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  await using good = new TestDevice("box-1", 1);
  gateway.registerDevice(good.id, good.key.publicKey);
  await good.connect(mqttUrl);
  const socket = connect(Number(new URL(mqttUrl).port), "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.resume();
  socket.write(bytes);
  await closed;
  await good.publish(await good.next());
  expect(await good.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });
});
