import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { makeJoinRequest } from "#device/fleet/join.ts";
import { keepMembership, Membership, membershipFiles } from "#device/fleet/membership.ts";
import { type DeviceIdentity, idOf, openIdentity } from "#device/identity/identity.ts";
import type { Gateway } from "#gateway/app.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import type { KeyStore } from "#runtime/key-store/vault.ts";

export interface OwnBox {
  readonly id: DeviceId | undefined;
  /** Where the gateway listens. */
  readonly host: string;
  readonly store: KeyStore;
}

const invitationMs = 60_000;

/**
 * The box in the same process joins its gateway as any other would, with an invitation that lives for a
 * minute, each time it starts. Throws CONFIG_INVALID for a box that belongs to another gateway's fleet.
 */
export async function joinOwnGateway(
  gateway: Gateway,
  dataDir: string,
  { id, host, store }: OwnBox,
): Promise<{ readonly identity: DeviceIdentity; readonly membership: Membership }> {
  const known = Membership.of(dataDir, store);
  if (known && !known.gatewayKey.equals(gateway.publicKey)) {
    const { host: other, port } = known.member;
    throw new TeburaError(
      "CONFIG_INVALID",
      `this box belongs to the fleet of ${other}:${port}; "tebura device run" runs it, and another ` +
        "--data folder starts anew",
    );
  }
  const { publicKey } = keyPairFile(membershipFiles(dataDir).eventKey, "ed25519", store);
  const device = id ?? known?.member.device ?? idOf(publicKey);
  const secret = gateway.fleet.invite(device, invitationMs);
  const sealed = await makeJoinRequest(dataDir, device, secret, store);
  const near = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const answer = await gateway.fleet.admission.join(sealed, near);
  keepMembership(dataDir, answer, { host: near, port: gateway.fleet.port }, store);
  return { identity: openIdentity(dataDir, id, store), membership: new Membership(dataDir, store) };
}
