import type { DeviceId } from "#contract/ids.ts";
import type { Invitation } from "#contract/invitation.ts";
import { joinFleet } from "#device/fleet/join.ts";
import { type Membership, membershipFiles, type TlsCredentials } from "#device/fleet/membership.ts";
import type { Gateway } from "#gateway/app.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { systemClock } from "#runtime/clock.ts";
import { freshKeyPair, keyPairFile } from "#runtime/key-file.ts";
import { TestDevice } from "#test/gateway/test-device.ts";

/** An invitation to a running gateway's fleet, for one box or for whichever comes. */
export function invitationTo(
  { gateway }: { readonly gateway: Gateway },
  device?: string,
  validMs = 3_600_000,
): Invitation {
  const { fleet } = gateway;
  const secret = fleet.invite(device as DeviceId | undefined, validMs);
  return { host: "127.0.0.1", port: fleet.port, secret, authority: fleet.authority.fingerprint };
}

export interface MemberUnderTest extends AsyncDisposable {
  readonly membership: Membership;
  readonly device: TestDevice;
}

/** A box that has joined, with its data in `folder/id`: what it says is sealed with the keys made there. */
export async function joinedMember(
  running: { readonly gateway: Gateway },
  folder: string,
  id: string,
): Promise<MemberUnderTest> {
  const dataDir = `${folder}/${id}`;
  const membership = await joinFleet(dataDir, id as DeviceId, invitationTo(running, id));
  const device = new TestDevice(id, 1, keyPairFile(membershipFiles(dataDir).eventKey));
  return { membership, device, [Symbol.asyncDispose]: () => device[Symbol.asyncDispose]() };
}

/** What a box would have got when it joined the gateway of this data folder. */
export function credentialsOf(gatewayDir: string, device: DeviceId): TlsCredentials {
  const authority = new DeviceAuthority(gatewayFiles(gatewayDir), systemClock);
  const { privateKey, publicKey } = freshKeyPair("p256");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, cert: authority.certifyDevice(device, publicKey).pem, ca: authority.certificate };
}
