import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import { parseInvitation } from "#contract/invitation.ts";
import { joinFleet } from "#device/fleet/join.ts";
import { refuseWhenLeft } from "#device/fleet/leave.ts";
import { Membership, membershipFiles } from "#device/fleet/membership.ts";
import { idOf, openIdentity } from "#device/identity/identity.ts";
import { operatorKey } from "#device/operator/operator-key.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { keyPairFile, publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments, readPort } from "./arguments.ts";
import { trialSettings } from "./cards.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { startAppliance } from "./live.ts";
import { foldersOf, keyStoreOf, logOf } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura device join INVITATION | run | key | operator [OPTIONS]

  join INVITATION   make this box's keys here and join the fleet of a gateway; "tebura fleet invite"
                    prints the invitation there
  run               the appliance alone, reporting to the gateway whose fleet it has joined
  key               the id and the public key of this box, for "tebura fleet add"
  operator          the key for the operator's page of this box, at /operator of its kiosk

  --id ID           join under this id, in place of one made from the box's key
  --mqtt-url URL    another broker than the gateway named, for example mqtts://broker.example:8883
  --gateway-key F   for a box that was added by hand: the gateway's public key, as a PEM file
  --source SPEC     see tebura start --help
  --service NAME    see tebura start --help
  --gallery DIR     see tebura start --help
  --expect FILE     see tebura start --help
  --kiosk-port N    the kiosk's page (default 8081)
  --virtual-card    a card that is a program lies beside the box, to be tried out; the gateway
                    counts it only where it trusts that card's authority
${commonHelp}
`;

export const device: Command = {
  summary: "an appliance alone, reporting to a gateway elsewhere",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      id: { type: "string" },
      "mqtt-url": { type: "string" },
      "gateway-key": { type: "string" },
      source: { type: "string" },
      service: { type: "string" },
      gallery: { type: "string" },
      expect: { type: "string" },
      "kiosk-port": { type: "string" },
      "virtual-card": { type: "boolean", default: false },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const settings = settingsFrom(values);
    const folder = foldersOf(settings).device;
    if (positionals[0] === "join") {
      const joined = await join(settings, positionals[1], values.id ?? settings.device.id);
      printResult(
        io,
        values.json,
        joined,
        ({ device: id, broker }) => `${id} has joined; it will report to ${broker}`,
      );
      return 0;
    }
    if (positionals[0] === "key" || positionals[0] === "operator") {
      showKey(positionals[0], settings, values.json, io);
      return 0;
    }
    if (positionals[0] !== "run") {
      throw new TeburaError("USAGE", "tebura device takes join, run, key or operator. Try --help.");
    }
    refuseWhenLeft(folder);
    const membership = Membership.of(folder, keyStoreOf(settings));
    const mqttUrl = values["mqtt-url"] ?? settings.device.mqttUrl ?? membership?.member.brokerUrl;
    const keyFile = values["gateway-key"] ?? settings.device.gatewayKeyFile;
    const gatewayKey = keyFile === undefined ? membership?.gatewayKey : publicKeyFile(keyFile);
    if (mqttUrl === undefined || gatewayKey === undefined) {
      throw new TeburaError(
        "USAGE",
        'this box has joined no fleet: "tebura device join" first, or give --mqtt-url and --gateway-key',
      );
    }
    const kioskPort = readPort(values["kiosk-port"], "kiosk-port");
    const virtualCard = values["virtual-card"] ? "healthy" : undefined;
    await runDevice(
      virtualCard ? trialSettings(settings, virtualCard) : settings,
      {
        gallery: values.gallery,
        expect: values.expect,
        kioskPort,
        mqttUrl,
        gatewayKey,
        membership,
        virtualCard,
        // A box stands where nobody watches it.
        enrolment: "operator",
      },
      values.json,
      io,
    );
    return 0;
  },
};

function showKey(
  which: "key" | "operator",
  settings: CommandSettings,
  json: boolean,
  io: Io,
): void {
  const folder = foldersOf(settings).device;
  if (which === "operator") {
    const shown = operatorKey(folder, keyStoreOf(settings));
    printResult(io, json, { operatorKey: shown }, () => shown);
    return;
  }
  const identity = openIdentity(folder, settings.device.id, keyStoreOf(settings));
  const pem = identity.publicKey.export({ type: "spki", format: "pem" }).toString();
  const told = { id: identity.id, publicKey: pem };
  printResult(io, json, told, ({ id, publicKey }) => `${id}\n${publicKey.trimEnd()}`);
}

async function join(settings: CommandSettings, code: string | undefined, id: string | undefined) {
  if (code === undefined) {
    throw new TeburaError("USAGE", "tebura device join takes an invitation (tebura://…)");
  }
  const invitation = parseInvitation(code);
  const folder = foldersOf(settings).device;
  refuseWhenLeft(folder);
  using _lock = lockFolder(folder);
  const store = keyStoreOf(settings);
  const { publicKey } = keyPairFile(membershipFiles(folder).eventKey, "ed25519", store);
  const device = deviceIdSchema.safeParse(id ?? idOf(publicKey));
  if (!device.success) {
    throw new TeburaError("USAGE", "an id has lower-case letters, digits and hyphens, 40 at most");
  }
  const { member } = await joinFleet(folder, device.data, invitation, store);
  return { device: member.device, broker: member.brokerUrl };
}

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
  const identity = openIdentity(folder, settings.device.id, keyStoreOf(settings));
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
