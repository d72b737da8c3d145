// A process of its own that appends as fast as it can and says what is on disk; for the kill test.

import type { DeviceId, WallMs } from "#contract/ids.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const outbox = new Outbox({
  path: process.argv[2] ?? "",
  device: "box-01" as DeviceId,
  privateKey: keyOfSeed(1).privateKey,
  wall: () => 1_790_000_000_000 as WallMs,
  clockQuality: () => "unsynced",
});
for (;;) {
  const event = await outbox.append({ type: "source.changed", source: "camera", state: "lost" });
  process.stdout.write(`${event.sequence} ${event.digest}\n`);
}
