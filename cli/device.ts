import { TeburaError } from "#contract/errors.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments, readPort } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { startAppliance } from "./live.ts";
import { foldersOf, logOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura device key|run [OPTIONS]

  key               the id and the public key of this box, for "tebura fleet add"
  run               the appliance alone, reporting to a gateway elsewhere

  --mqtt-url URL    the broker, for example mqtt://gateway.example:1883
  --gateway-key F   the gateway's public key, as a PEM file (gateway.pub of its data folder)
  --source SPEC     see tebura start --help
  --service NAME    see tebura start --help
  --gallery DIR     see tebura start --help
  --expect FILE     see tebura start --help
  --kiosk-port N    the kiosk's page (default 8081)
${commonHelp}
`;

export const device: Command = {
  summary: "an appliance alone, reporting to a gateway elsewhere",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      "mqtt-url": { type: "string" },
      "gateway-key": { type: "string" },
      source: { type: "string" },
      service: { type: "string" },
      gallery: { type: "string" },
      expect: { type: "string" },
      "kiosk-port": { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const settings = settingsFrom(values);
    const folder = foldersOf(settings).device;
    if (positionals[0] === "key") {
      const identity = openIdentity(folder, settings.device.id);
      const pem = identity.publicKey.export({ type: "spki", format: "pem" }).toString();
      printResult(
        io,
        values.json,
        { id: identity.id, publicKey: pem },
        ({ id, publicKey }) => `${id}\n${publicKey.trimEnd()}`,
      );
      return 0;
    }
    if (positionals[0] !== "run") {
      throw new TeburaError("USAGE", "tebura device takes key or run. Try --help.");
    }
    const mqttUrl = values["mqtt-url"] ?? settings.device.mqttUrl;
    const keyFile = values["gateway-key"] ?? settings.device.gatewayKeyFile;
    if (mqttUrl === undefined || keyFile === undefined) {
      throw new TeburaError("USAGE", "tebura device run needs --mqtt-url and --gateway-key");
    }
    const kioskPort = readPort(values["kiosk-port"], "kiosk-port");
    const gatewayKey = publicKeyFile(keyFile);
    await runDevice(
      settings,
      {
        gallery: values.gallery,
        expect: values.expect,
        kioskPort,
        mqttUrl,
        gatewayKey,
        virtualCard: undefined,
      },
      values.json,
      io,
    );
    return 0;
  },
};

async function runDevice(
  settings: ReturnType<typeof settingsFrom>,
  start: Omit<Parameters<typeof startAppliance>[1], "identity" | "log">,
  json: boolean,
  io: Io,
): Promise<void> {
  await using parts = new Disposables();
  const folder = foldersOf(settings).device;
  const lock = lockFolder(folder);
  parts.defer(() => lock[Symbol.dispose]());
  const identity = openIdentity(folder, settings.device.id);
  const log = logOf(io, true);
  const { kioskUrl, finished } = await startAppliance(
    settings,
    { ...start, identity, log },
    parts,
    io,
  );
  printResult(
    io,
    json,
    { device: identity.id, kiosk: kioskUrl },
    ({ device: id, kiosk }) => `${id} is running; kiosk ${kiosk}`,
  );
  await finished;
}
