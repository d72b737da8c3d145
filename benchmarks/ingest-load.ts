import { createPublicKey, type KeyObject } from "node:crypto";
import type { MonotonicMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { openAnswer, receiptSchema } from "#contract/receipts.ts";
import { topicOf } from "#contract/topics.ts";
import { systemClock } from "#runtime/clock.ts";
import { TestDevice } from "#test/gateway/test-device.ts";

export interface LoadOrder {
  readonly mqttUrl: string;
  readonly gatewayKeyPem: string;
  readonly devices: number;
  readonly eventsPerDevice: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** From publish to receipt, ascending. */
  readonly waitsMs: readonly number[];
  readonly receipts: number;
}

const body = {
  type: "decision.made" as const,
  service: "bus.boarding" as const,
  outcome: "admit" as const,
  reason: "face-matched" as const,
  person: "p".repeat(22) as never,
  evidence: [
    { kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate: 1e-4, liveness: "passed" },
  ] as const,
};

/** A device with all its events sealed beforehand, so that only the gateway is timed. */
async function prepare(order: LoadOrder, at: number) {
  const device = new TestDevice(`box-${at + 1}`, at + 1);
  const events: string[] = [];
  for (let i = 0; i < order.eventsPerDevice; i++) {
    events.push(await device.next({ ...body, evidence: [...body.evidence] }));
  }
  await device.connect(order.mqttUrl);
  return { device, events };
}

/** Publishes with as many in flight as the contract allows; resolves at the last receipt. */
async function drive(
  { device, events }: Awaited<ReturnType<typeof prepare>>,
  key: KeyObject,
  waits: number[],
): Promise<number> {
  const sentAt: MonotonicMs[] = [];
  let done = 0;
  let receipts = 0;
  const send = () => {
    while (sentAt.length < events.length && sentAt.length - done < limits.inFlightMax) {
      const event = events[sentAt.length] ?? "";
      sentAt.push(systemClock.monotonic());
      device.client.publish(topicOf(device.id, "events"), event, { qos: 1 });
    }
  };
  const last = await new Promise<string>((resolve) => {
    device.client.on("message", (_topic, payload) => {
      const sealed = payload.toString("latin1");
      const middle = Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString();
      const receipt = receiptSchema.safeParse(JSON.parse(middle));
      if (!receipt.success) throw new Error(`refused: ${middle}`);
      receipts += 1;
      const now = systemClock.monotonic();
      for (; done < receipt.data.sequence; done++) waits.push(now - (sentAt[done] ?? now));
      if (done === events.length) resolve(sealed);
      else send();
    });
    send();
  });
  await openAnswer(last, device.id, key); // Covers all before it, and it verifies.
  return receipts;
}

const order = JSON.parse(process.argv[2] ?? "") as LoadOrder;
const key = createPublicKey(order.gatewayKeyPem);
const prepared = await Promise.all(
  Array.from({ length: order.devices }, (_, at) => prepare(order, at)),
);
const waits: number[] = [];
const from = systemClock.monotonic();
const receipts = await Promise.all(prepared.map((one) => drive(one, key, waits)));
const seconds = (systemClock.monotonic() - from) / 1_000;
for (const { device } of prepared) await device[Symbol.asyncDispose]();
const result: LoadResult = {
  seconds,
  waitsMs: waits.sort((a, b) => a - b),
  receipts: receipts.reduce((sum, count) => sum + count, 0),
};
// Disconnecting sooner would lose the message.
process.send?.(result, () => process.disconnect());
