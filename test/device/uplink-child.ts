// A process of its own that appends and delivers at once until it is killed; for the kill test.

import type { DeviceId } from "#contract/ids.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const device = "box-01" as DeviceId;
const { privateKey } = keyOfSeed(1);
const outbox = new Outbox({
  path: process.argv[2] ?? "",
  ...{ device, privateKey },
  wall: () => systemClock.wall(),
  clockQuality: () => "synced",
});
const uplink = new Uplink({
  onList: async () => undefined,
  onLease: () => undefined,
  onLeave: () => undefined,
  onTime: () => undefined,
  link: new MqttLink({
    url: process.argv[3] ?? "",
    ...{ device, privateKey, log: silentLog, random: () => 0.5 },
  }),
  ...{ device, privateKey, outbox, clock: systemClock, log: silentLog },
  gatewayKey: keyOfSeed(2).publicKey,
  health: () => ({
    ...{ v: 1, device, at: systemClock.wall(), version: "0.1.0", service: "bus.boarding" },
    ...{ source: "camera", sourceState: "streaming", sequence: 0, outboxDepth: 0 },
    ...{ framesPerSecond: 0, framesDropped: 0, galleryPeople: 0, cardReader: "none", nonces: 0 },
  }),
});
await uplink.start();
for (;;) {
  const event = await outbox.append({ type: "source.changed", source: "camera", state: "lost" });
  process.stdout.write(`${event.sequence} ${event.digest}\n`);
  await systemClock.sleep(2, new AbortController().signal);
}
