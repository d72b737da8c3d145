// A whole gateway in a process of its own, until it is killed; for the kill runs.
import type { DeviceId } from "#contract/ids.ts";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { stepUpRules } from "#test/gateway/gateway-under-test.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

export interface GatewayOrder {
  readonly dataDir: string;
  readonly port: number;
  /** A broker of its own on `port`, or the one that listens there. */
  readonly broker: "embedded" | "external";
  readonly devices: readonly { readonly id: DeviceId; readonly seed: number }[];
}

const { dataDir, port, broker, devices } = JSON.parse(process.argv[2] ?? "") as GatewayOrder;
const gateway = new Gateway(
  {
    ...{ dataDir, host: "127.0.0.1", httpPort: 0, timeZone: "Asia/Tokyo", stepUp: stepUpRules },
    fleet: { port: 0, hosts: ["127.0.0.1"] },
    mqtt:
      broker === "embedded"
        ? { kind: "embedded", port, tls: true }
        : { kind: "external", url: `mqtt://127.0.0.1:${port}` },
  },
  { clock: systemClock, log: silentLog },
);
for (const { id, seed } of devices) gateway.registerDevice(id, keyOfSeed(seed).publicKey);
await gateway.start(new AbortController().signal);
const key = gateway.publicKey.export({ type: "spki", format: "der" }).toString("base64");
process.stdout.write(`ready ${key}\n`);
