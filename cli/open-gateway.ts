import { Gateway } from "#gateway/app.ts";
import type { Log } from "#runtime/log.ts";
import { clock, foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

/** A gateway with the settings' broker, not started yet. */
export function openGateway(
  settings: CommandSettings,
  ports: { httpPort: number; mqttPort: number; log: Log },
): Gateway {
  const { host, brokerUrl, timeZone, stepUp } = settings.gateway;
  return new Gateway(
    {
      dataDir: foldersOf(settings).gateway,
      host,
      httpPort: ports.httpPort,
      mqtt: brokerUrl
        ? { kind: "external", url: brokerUrl }
        : { kind: "embedded", port: ports.mqttPort },
      timeZone,
      stepUp: {
        ...{ policies: stepUp.policies, unknownCard: stepUp.unknownCard },
        trustDir: stepUp.trustDir,
        crlAgeMsMax: stepUp.crlAgeHoursMax * 3_600_000,
        apartMsMax: stepUp.apartSecondsMax * 1_000,
      },
    },
    { clock, log: ports.log },
  );
}
