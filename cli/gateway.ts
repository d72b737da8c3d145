import { gatewayFiles } from "#gateway/config.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { commonHelp, commonOptions, readArguments, readPort } from "./arguments.ts";
import { firstStartLines } from "./first-start.ts";
import type { Command } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { clock, foldersOf, logOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura gateway [OPTIONS]

The gateway alone: broker (or yours), ledger, views, API and page, until it is stopped.
"tebura fleet invite" lets boxes join; nobody else is let in.

  --host HOST       where to listen (default 127.0.0.1; 0.0.0.0 for every interface)
  --http-port N     the page and the API (default 8080)
  --mqtt-port N     the embedded broker (default 8883)
  --fleet-port N    where boxes join (default 8443)
  --hosts A,B       names and addresses under which boxes reach this gateway, for its certificate
                    (default: this machine's name and addresses)
  --broker-url URL  an external MQTT broker in place of the embedded one
${commonHelp}
`;

export const gateway: Command = {
  summary: "the gateway alone, with its broker or yours",
  async run(args, io) {
    const { values } = readArguments(args, {
      ...commonOptions,
      host: { type: "string" },
      "http-port": { type: "string" },
      "mqtt-port": { type: "string" },
      "fleet-port": { type: "string" },
      hosts: { type: "string" },
      "broker-url": { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const base = settingsFrom(values);
    const brokerUrl = values["broker-url"] ?? base.gateway.brokerUrl;
    const settings = {
      ...base,
      gateway: {
        ...base.gateway,
        host: values.host ?? base.gateway.host,
        hosts: values.hosts?.split(",") ?? base.gateway.hosts,
        ...(brokerUrl === undefined ? {} : { brokerUrl }),
      },
    };
    const folder = foldersOf(settings).gateway;
    using _lock = lockFolder(folder);
    await using running = openGateway(settings, {
      httpPort: readPort(values["http-port"], "http-port") ?? settings.gateway.httpPort,
      mqttPort: readPort(values["mqtt-port"], "mqtt-port") ?? settings.gateway.mqttPort,
      fleetPort: readPort(values["fleet-port"], "fleet-port") ?? settings.gateway.fleetPort,
      log: logOf(io, true),
    });
    const started = await running.start(io.signal);
    const { httpUrl, mqttUrl, firstStart } = started;
    const { publicKey } = gatewayFiles(folder);
    const ready = {
      gateway: httpUrl,
      broker: mqttUrl,
      publicKey,
      ...(firstStart && { firstStart }),
    };
    io.out(
      values.json
        ? `${JSON.stringify(ready)}\n`
        : `gateway ${started.pageUrl}, broker ${mqttUrl}, public key ${publicKey}\n` +
            firstStartLines(started),
    );
    while (!io.signal.aborted) await clock.sleep(3_600_000, io.signal).catch(() => undefined);
    return 0;
  },
};
