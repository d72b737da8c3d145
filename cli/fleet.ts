import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/app.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura fleet add ID --key FILE | list [OPTIONS]

The boxes that this gateway knows. A running gateway sees an added box at once.

  add ID --key FILE   register a box by its public key ("tebura device key" prints it)
  list                every registered box
${commonHelp}
`;

export const fleet: Command = {
  summary: "the boxes that a gateway knows",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      key: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, id] = positionals;
    using registry = new DeviceRegistry(
      gatewayFiles(foldersOf(settingsFrom(values)).gateway).devices,
    );
    if (action === "add") {
      const device = deviceIdSchema.safeParse(id);
      if (!device.success || values.key === undefined) {
        throw new TeburaError(
          "USAGE",
          "tebura fleet add takes an id (lower-case letters, digits and hyphens) and --key FILE",
        );
      }
      registry.add(device.data, publicKeyFile(values.key), clock.wall());
      printResult(io, values.json, { added: device.data }, ({ added }) => `added ${added}`);
      return 0;
    }
    if (action !== "list")
      throw new TeburaError("USAGE", "tebura fleet takes add or list. Try --help.");
    const devices = registry
      .list()
      .map(({ device, status, addedAt }) => ({ device, status, addedAt }));
    printResult(
      io,
      values.json,
      { devices },
      () =>
        devices.map(({ device, status }) => `${device}  ${status}`).join("\n") ||
        "no box is registered",
    );
    return 0;
  },
};
