import { renderUnicodeCompact } from "uqr";
import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import { formatInvitation, parseInvitation } from "#contract/invitation.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { DeviceAuthority, ownHosts } from "#gateway/fleet/authority.ts";
import { Members } from "#gateway/fleet/members.ts";
import { readPort } from "./arguments.ts";
import { type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

interface Wanted {
  readonly id?: string | undefined;
  readonly hours?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly json: boolean;
}

/** Prints an invitation as a line and as a QR code. The gateway may be running or not. */
export function invite(settings: CommandSettings, wanted: Wanted, io: Io): void {
  const device = wanted.id === undefined ? undefined : deviceIdSchema.safeParse(wanted.id);
  if (device && !device.success) {
    throw new TeburaError("USAGE", "an id has lower-case letters, digits and hyphens, 40 at most");
  }
  const files = gatewayFiles(foldersOf(settings).gateway);
  const validMs = Number(wanted.hours ?? "24") * 3_600_000;
  const { hosts, host: bound, fleetPort } = settings.gateway;
  const port = readPort(wanted.port, "port") ?? fleetPort;
  // The loopback address is of use to a box on this machine only, so it is named last.
  const reachable = hosts.length > 0 ? hosts : ownHosts(bound).filter((one) => !isOwn(one));
  const host = wanted.host ?? reachable[0] ?? "127.0.0.1";
  using members = new Members(files.members);
  const { fingerprint } = new DeviceAuthority(files, clock);
  refuseUnreachable(host, port);
  const secret = members.invite(device?.data, clock.wall(), validMs);
  const invitation = formatInvitation({ host, port, secret, authority: fingerprint });
  const expires = new Date(clock.wall() + validMs).toISOString();
  printResult(
    io,
    wanted.json,
    { invitation, expires },
    () => `${renderUnicodeCompact(invitation)}\n\n${invitation}\n\ngood once, until ${expires}`,
  );
}

/** An invitation that no box could read, or whose port nobody can ask, is not given out. */
function refuseUnreachable(host: string, port: number): void {
  const [secret, authority] = ["A".repeat(22), "A".repeat(43)];
  try {
    parseInvitation(formatInvitation({ host, port, secret, authority }));
  } catch (cause) {
    const what =
      "--host takes the name or IPv4 address and --port the port at which boxes reach this gateway";
    throw new TeburaError("USAGE", what, { cause });
  }
}

function isOwn(host: string): boolean {
  return host === "localhost" || host.startsWith("127.");
}
