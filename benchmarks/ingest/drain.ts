import { createPublicKey } from "node:crypto";
import type { DeviceId } from "#contract/ids.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import type { TlsCredentials } from "#device/fleet/membership.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

export interface DrainOrder {
  readonly path: string;
  readonly mqttUrl: string;
  readonly gatewayKeyPem: string;
  readonly device: DeviceId;
  readonly seed: number;
  readonly events: number;
  readonly tls: TlsCredentials;
}

export interface DrainResult {
  /** From the connection's beginning to the last verified receipt. */
  readonly seconds: number;
  readonly left: number;
}

// A box that comes back from days without a network, with the outbox and the uplink of the appliance.
const order = JSON.parse(process.argv[2] ?? "") as DrainOrder;
const { device } = order;
const { privateKey } = keyOfSeed(order.seed);
const wall = () => systemClock.wall();
const outbox = new Outbox({
  ...{ path: order.path, device, privateKey, wall },
  clockQuality: () => "synced",
});
for (let i = 0; i < order.events; i++) {
  await outbox.append({
    ...{ type: "decision.made", service: "bus.boarding", outcome: "admit", reason: "face-matched" },
    person: "p".repeat(22) as never,
    evidence: [
      { kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate: 1e-4, liveness: "passed" },
    ],
  });
}
const { mqttUrl: url } = order;
const uplink = new Uplink({
  link: new MqttLink({
    ...{ url, device, privateKey, log: silentLog, random: () => 0.5 },
    credentials: () => order.tls,
  }),
  ...{ device, privateKey, outbox, clock: systemClock, log: silentLog },
  gatewayKey: createPublicKey(order.gatewayKeyPem),
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
const from = systemClock.monotonic();
await uplink.start();
const never = new AbortController().signal;
while (outbox.depth > 0 && systemClock.monotonic() - from < 120_000) {
  await systemClock.sleep(5, never);
}
const result: DrainResult = {
  seconds: (systemClock.monotonic() - from) / 1_000,
  left: outbox.depth,
};
await uplink[Symbol.asyncDispose]();
outbox[Symbol.dispose]();
process.send?.(result, () => process.disconnect());
