import { expect, test } from "vitest";
import { limits } from "#contract/limits.ts";
import { seal } from "#contract/seal.ts";
import { topicOf } from "#contract/topics.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { keyOfSeed, startedBody, TestDevice } from "./test-device.ts";

const stranger = keyOfSeed(99);

/** Each case runs after one good event, and a good event must still be taken after it. */
const badEvents: readonly {
  readonly name: string;
  readonly code: string;
  readonly bytes: (device: TestDevice) => Promise<string | Buffer>;
}[] = [
  {
    name: "oversized",
    code: "EVENT_OVERSIZED",
    bytes: async () => "a".repeat(limits.eventBytesMax + 1),
  },
  {
    name: "of an unknown version",
    code: "EVENT_VERSION_UNKNOWN",
    bytes: async (device) => await device.sealed({ v: 2 }),
  },
  {
    name: "with an unknown key",
    code: "EVENT_MALFORMED",
    bytes: async (device) => await device.sealed({ photograph: "x" }),
  },
  {
    name: "signed by a stranger",
    code: "EVENT_SIGNATURE_INVALID",
    bytes: async (device) =>
      await seal("tebura-event+jws", { v: 1, body: startedBody }, device.id, stranger.privateKey),
  },
  {
    name: "sealed for another purpose",
    code: "EVENT_SIGNATURE_INVALID",
    bytes: async (device) =>
      await seal("tebura-health+jws", { v: 1 }, device.id, device.key.privateKey),
  },
  {
    name: "naming another device",
    code: "EVENT_TOPIC_FOREIGN",
    bytes: async (device) => await device.sealed({ device: "box-other" }),
  },
  {
    name: "out of order, leaving a gap",
    code: "EVENT_SEQUENCE_GAP",
    bytes: async (device) => await device.sealed({ sequence: 5 }),
  },
  {
    name: "another one under a sequence already taken",
    code: "EVENT_SEQUENCE_CONFLICT",
    bytes: async (device) => await device.sealed({ sequence: 1, at: 1 }),
  },
  {
    name: "broken off its chain",
    code: "EVENT_CHAIN_BROKEN",
    bytes: async (device) => await device.sealed({ previous: "A".repeat(43) }),
  },
  { name: "random bytes", code: "EVENT_MALFORMED", bytes: async () => Buffer.alloc(64, 0xfe) },
  { name: "empty", code: "EVENT_MALFORMED", bytes: async () => "" },
];

test.each(badEvents)("an event $name is refused with $code, and the next is taken", async (bad) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  await using device = new TestDevice("box-1", 1);
  gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(mqttUrl);
  await device.publish(await device.next());
  expect(await device.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });

  await device.publish(await bad.bytes(device));
  const answer = await device.answer(gateway.publicKey);
  expect(answer).toMatchObject({ kind: "refusal", refusal: { code: bad.code, expected: 2 } });
  // A gap is everyday life after a reconnect, so it is counted, and not kept as evidence.
  const kept = bad.code === "EVENT_SEQUENCE_GAP" ? [] : [bad.code];
  expect(gateway.quarantine.list(10).map(({ code }) => code)).toEqual(kept);

  await device.publish(await device.next());
  expect(await device.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 2 } });
  expect(gateway.ledger.count).toBe(2);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true, entries: 2 });
});

test("a repeated event is receipted again and stands in the ledger once", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  await using device = new TestDevice("box-1", 1);
  gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(mqttUrl);
  const sealed = await device.next();
  for (let time = 0; time < 3; time++) {
    await device.publish(sealed);
    const answer = await device.answer(gateway.publicKey);
    expect(answer).toMatchObject({ receipt: { sequence: 1, event: device.previous, index: 1 } });
  }
  expect(gateway.ledger.count).toBe(1);
});

test.each([
  { name: "a device that nobody registered", seed: 7 },
  { name: "a stranger's key under a registered id", seed: 99 },
])("$name is not let into the broker", async ({ seed }) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  if (seed === 99)
    running.gateway.registerDevice(new TestDevice("box-1", 1).id, keyOfSeed(1).publicKey);
  await using device = new TestDevice("box-1", seed);
  await expect(device.connect(running.mqttUrl)).rejects.toThrow(/[Nn]ot authori[sz]ed/);
});

test.each([
  { name: "publishes on another device's events", act: "publish", channel: "events" },
  { name: "publishes on another device's receipts", act: "publish", channel: "receipts" },
  { name: "reads another device's receipts", act: "subscribe", channel: "receipts" },
  { name: "reads another device's events", act: "subscribe", channel: "events" },
] as const)("a device that $name is cut off, and the other goes on", async ({ act, channel }) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, mqttUrl } = running;
  await using good = new TestDevice("box-1", 1);
  await using bad = new TestDevice("box-2", 2);
  for (const device of [good, bad]) gateway.registerDevice(device.id, device.key.publicKey);
  await good.connect(mqttUrl);
  await bad.connect(mqttUrl);
  const closed = new Promise<void>((resolve) => {
    bad.client.once("close", () => resolve());
  });
  const topic = topicOf(good.id, channel);
  if (act === "publish") bad.client.publish(topic, await good.sealed(), { qos: 1 });
  else bad.client.subscribe(topic);
  await closed;
  await good.publish(await good.next());
  expect(await good.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });
  expect(gateway.ledger.count).toBe(1);
});
