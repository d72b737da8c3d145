// An outbox and an uplink in a process of its own, until it is killed or has nothing left to deliver; for
// the kill runs. Every line says an event that is on disk.
import { createPublicKey } from "node:crypto";
import type { DeviceId } from "#contract/ids.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

export interface DeviceOrder {
  readonly path: string;
  readonly mqttUrl: string;
  readonly device: DeviceId;
  readonly seed: number;
  readonly gatewayKey: string;
  /** Key, certificate and authority in PEM, for a broker that speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca: string } | undefined;
  /** Makes nothing new, delivers what waits, says how many events it ever made, and ends. */
  readonly isLast: boolean;
}

const order = JSON.parse(process.argv[2] ?? "") as DeviceOrder;
const { device, mqttUrl: url } = order;
const { privateKey } = keyOfSeed(order.seed);
const wall = () => systemClock.wall();
const outbox = new Outbox({
  ...{ path: order.path, device, privateKey, wall },
  clockQuality: () => "synced",
});
const uplink = new Uplink({
  link: new MqttLink({
    ...{ url, device, privateKey, log: silentLog, random: () => 0.1 },
    ...(order.tls && { credentials: () => order.tls! }),
  }),
  ...{ device, privateKey, outbox, clock: systemClock, log: silentLog },
  gatewayKey: createPublicKey({
    ...{ key: Buffer.from(order.gatewayKey, "base64"), format: "der", type: "spki" },
  }),
  onList: async () => undefined,
  onLease: () => undefined,
  onLeave: () => undefined,
  onTime: () => undefined,
  health: () => ({
    ...{ v: 1, device, at: wall(), version: "0.1.0", service: "bus.boarding" },
    ...{ source: "camera", sourceState: "streaming", sequence: outbox.lastSequence },
    ...{ outboxDepth: outbox.depth, framesPerSecond: 0, framesDropped: 0, galleryPeople: 0 },
    ...{ cardReader: "none", nonces: 0 },
  }),
});
await uplink.start();
const never = new AbortController().signal;
while (!order.isLast) {
  const event = await outbox.append({ type: "source.changed", source: "camera", state: "lost" });
  process.stdout.write(`${event.sequence} ${event.digest}\n`);
  await systemClock.sleep(2, never);
}
while (outbox.depth > 0) await systemClock.sleep(20, never);
process.stdout.write(`end ${outbox.lastSequence}\n`);
await uplink[Symbol.asyncDispose]();
outbox[Symbol.dispose]();
