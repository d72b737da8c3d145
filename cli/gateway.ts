import { gatewayFiles } from "#gateway/app.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { commonHelp, commonOptions, readArguments, readPort } from "./arguments.ts";
import type { Command } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { clock, foldersOf, logOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura gateway [OPTIONS]

The gateway alone: broker (or yours), ledger, views, API and page, until it is stopped.
Register each box with "tebura fleet add"; its public key for the boxes is in gateway.pub.

  --host HOST       where to listen (default 127.0.0.1; 0.0.0.0 for every interface)
  --http-port N     the page and the API (default 8080)
  --mqtt-port N     the embedded broker (default 1883)
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
        ...(brokerUrl === undefined ? {} : { brokerUrl }),
      },
    };
    const folder = foldersOf(settings).gateway;
    using _lock = lockFolder(folder);
    await using running = openGateway(settings, {
      httpPort: readPort(values["http-port"], "http-port") ?? settings.gateway.httpPort,
      mqttPort: readPort(values["mqtt-port"], "mqtt-port") ?? settings.gateway.mqttPort,
      log: logOf(io, true),
    });
    const { httpUrl, mqttUrl } = await running.start(io.signal);
    const ready = { gateway: httpUrl, broker: mqttUrl, publicKey: gatewayFiles(folder).publicKey };
    io.out(
      values.json
        ? `${JSON.stringify(ready)}\n`
        : `gateway ${httpUrl}, broker ${mqttUrl}, public key ${ready.publicKey}\n`,
    );
    while (!io.signal.aborted) await clock.sleep(3_600_000, io.signal).catch(() => undefined);
    return 0;
  },
};
