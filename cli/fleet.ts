import { existsSync } from "node:fs";
import { deskDevice } from "#contract/desk-device.ts";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { missingFile } from "#runtime/database.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { certificate, revocationList } from "./fleet-certificates.ts";
import { invite } from "./fleet-invite.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura fleet invite | list | revoke ID | add ID --key FILE | certificate | crl [OPTIONS]

The boxes that this gateway knows. A running gateway sees every change within a second.

  invite              print a one-time invitation, also as a QR code; "tebura device join" takes it
  list                every registered box
  revoke ID           take a box out of the fleet for good, stolen or retired: its connection is cut,
                      and it destroys the key of its gallery as soon as it hears of it
  add ID --key FILE   register a box by its public key ("tebura device key" prints it), without a
                      certificate
  certificate         key, certificate and authority for a broker of your own, into --out DIR
  crl                 the revocation list for a broker of your own

  --id ID             invite: for this one id only
  --hours N           invite: good for so long (default 24, at most 720)
  --host HOST         invite: where boxes reach this gateway (default the first of its hosts)
                      certificate: a name or address of the broker; several with commas
  --port N            invite: the fleet port there, where it is not the one of the settings
  --out DIR           certificate: where to write
${commonHelp}
`;

const options = {
  ...commonOptions,
  key: { type: "string" },
  id: { type: "string" },
  hours: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  out: { type: "string" },
} as const;

export const fleet: Command = {
  summary: "the boxes that a gateway knows",
  async run(args, io) {
    const { values, positionals } = readArguments(args, options);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, id] = positionals;
    const settings = settingsFrom(values);
    const files = gatewayFiles(foldersOf(settings).gateway);
    if (action === "invite") invite(settings, values, io);
    else if (action === "certificate") certificate(files, values, io);
    else if (action === "crl") revocationList(files, values.json, io);
    else if (action === "add" || action === "list" || action === "revoke") {
      // A folder that somebody mistyped is not made a gateway's.
      if (action !== "add" && !existsSync(files.devices)) throw missingFile(files.devices);
      using registry = new DeviceRegistry(files.devices);
      if (action === "add") add(registry, idIn(id), values, io);
      else if (action === "revoke") revoke(registry, idIn(id), values.json, io);
      else list(registry, values.json, io);
    } else {
      throw new TeburaError(
        "USAGE",
        "tebura fleet takes invite, list, revoke, add, certificate or crl. Try --help.",
      );
    }
    return 0;
  },
};

function idIn(text: string | undefined): DeviceId {
  const device = deviceIdSchema.safeParse(text);
  if (device.success) return device.data;
  throw new TeburaError("USAGE", "this takes an id: lower-case letters, digits and hyphens");
}

function add(
  registry: DeviceRegistry,
  device: DeviceId,
  { key, json }: { readonly key?: string | undefined; readonly json: boolean },
  io: Io,
): void {
  if (key === undefined) throw new TeburaError("USAGE", "tebura fleet add ID takes --key FILE");
  registry.add(device, publicKeyFile(key), clock.wall());
  printResult(io, json, { added: device }, ({ added }) => `added ${added}`);
}

function revoke(registry: DeviceRegistry, device: DeviceId, json: boolean, io: Io): void {
  registry.revoke(device, clock.wall());
  printResult(
    io,
    json,
    { revoked: device },
    ({ revoked }) =>
      `revoked ${revoked}; "tebura fleet list" says when it has destroyed its gallery's key`,
  );
}

function list(registry: DeviceRegistry, json: boolean, io: Io): void {
  const devices = registry
    .list()
    .filter((one) => one.device !== deskDevice)
    .map(({ publicKey: _, ...rest }) => rest);
  const line = ({ device, status, wipedAt }: (typeof devices)[number]) => {
    const wiped =
      wipedAt === null ? "its gallery's key not known to be gone" : "its gallery's key is gone";
    return status === "active" ? `${device}  active` : `${device}  revoked, ${wiped}`;
  };
  printResult(io, json, { devices }, () => devices.map(line).join("\n") || "no box is registered");
}
