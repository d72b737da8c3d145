// A gateway with a school, in a process of its own, until it is killed.
import type { DeviceId } from "#contract/ids.ts";
import type { NoticeSettings } from "#firmware-config/school-notices.ts";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { stepUpRules } from "./gateway-under-test.ts";
import { keyOfSeed } from "./test-device.ts";

export interface SchoolOrder {
  readonly dataDir: string;
  readonly timeZone: string;
  readonly notices: NoticeSettings;
  readonly box: string;
}

const { dataDir, timeZone, notices, box } = JSON.parse(process.argv[2] ?? "") as SchoolOrder;
const gateway = new Gateway(
  {
    ...{ dataDir, host: "127.0.0.1", httpPort: 0, timeZone, stepUp: stepUpRules },
    fleet: { port: 0, hosts: ["127.0.0.1"] },
    mqtt: { kind: "embedded", port: 0, tls: false },
    school: { notices },
  },
  { clock: systemClock, log: silentLog },
);
gateway.registerDevice(box as DeviceId, keyOfSeed(9).publicKey);
const { mqttUrl } = await gateway.start(new AbortController().signal);
process.stdout.write(`${mqttUrl}\n`);
