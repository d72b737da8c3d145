import { TeburaError } from "#contract/errors.ts";
import { commonHelp, commonOptions, readArguments, readPort } from "./arguments.ts";
import { runBatch } from "./batch.ts";
import { describeBatch } from "./batch-result.ts";
import { trialOf } from "./cards.ts";
import { type Command, printResult } from "./io.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura start [OPTIONS]

Gateway, broker and one appliance in one go, with an embedded default for everything.

  --source SPEC     kiosk (the page's camera, the default), a folder of pictures, a picture,
                    a video file, rtsp://…, or /dev/video0
  --service NAME    bus.boarding (the default) or another row of the policy table; a name that is
                    none of them lists them all
  --gallery DIR     enrol from a folder that holds a folder of photographs for each person,
                    and recognise only these people
  --expect FILE     names, one on each line (a class, a tour): look for them first
  --virtual-card    try the step-up with no reader: a card that is a program, with an authority
                    of its own which box and gateway then trust in place of any other
  --card-kind KIND  what is the matter with that card: healthy (the default), expired, revoked,
                    foreign, blocked, torn, slow, lying or minor
  --once            run to the end of the source, wait for the receipts, stop
  --http-port N     the gateway's page (default 8080; 0 takes a free one)
  --kiosk-port N    the kiosk's page (default 8081)
  --mqtt-port N     the broker (default 8883)
  --fleet-port N    where other boxes join (default 8443)
${commonHelp}
`;

export const start: Command = {
  summary: "gateway, broker and one appliance in one go",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      source: { type: "string" },
      service: { type: "string" },
      gallery: { type: "string" },
      expect: { type: "string" },
      once: { type: "boolean", default: false },
      "virtual-card": { type: "boolean", default: false },
      "card-kind": { type: "string" },
      "http-port": { type: "string" },
      "kiosk-port": { type: "string" },
      "mqtt-port": { type: "string" },
      "fleet-port": { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    if (positionals.length > 0) {
      throw new TeburaError("USAGE", `what is "${positionals[0]}"? Try --help.`);
    }
    const settings = settingsFrom(values);
    if (values.once) {
      if (settings.device.source === "kiosk") {
        throw new TeburaError("USAGE", "--once needs a --source that ends, such as a folder");
      }
      const result = await runBatch(settings, values, io);
      printResult(io, values.json, result, describeBatch);
      return 0;
    }
    const { runLive } = await import("./live.ts");
    await runLive(
      settings,
      {
        gallery: values.gallery,
        expect: values.expect,
        httpPort: readPort(values["http-port"], "http-port"),
        kioskPort: readPort(values["kiosk-port"], "kiosk-port"),
        mqttPort: readPort(values["mqtt-port"], "mqtt-port"),
        fleetPort: readPort(values["fleet-port"], "fleet-port"),
        virtualCard: trialOf(values),
        json: values.json,
      },
      io,
    );
    return 0;
  },
};
