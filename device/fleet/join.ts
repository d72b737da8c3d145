import type { DeviceId } from "#contract/ids.ts";
import type { Invitation } from "#contract/invitation.ts";
import { joinAnswerSchema, sealJoin } from "#contract/membership.ts";
import { writeRequest } from "#contract/pki/request.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { type KeyStore, plainKeyStore } from "#runtime/key-store/vault.ts";
import { fetchAuthority, post, refusalIn } from "./fleet-client.ts";
import { keepMembership, Membership, membershipFiles } from "./membership.ts";

/**
 * A box's request to join, sealed with the key that will sign its events. Both keys are made here if
 * they are not there yet, and never leave the box.
 */
export async function makeJoinRequest(
  dataDir: string,
  device: DeviceId,
  secret: string,
  store: KeyStore = plainKeyStore,
): Promise<string> {
  const files = membershipFiles(dataDir);
  const event = keyPairFile(files.eventKey, "ed25519", store);
  const request = writeRequest(keyPairFile(files.tlsKey, "p256", store), device);
  const eventKey = event.publicKey.export({ type: "spki", format: "pem" }).toString();
  const encoded = Buffer.from(request).toString("base64");
  return await sealJoin({ v: 1, secret, device, eventKey, request: encoded }, event.privateKey);
}

/**
 * Joins the fleet of the gateway that an invitation names, and keeps what it answers. Throws
 * GATEWAY_UNREACHABLE, GATEWAY_UNTRUSTED, INVITATION_SPENT, CONFIG_INVALID for an id that another box
 * has, or DEVICE_REVOKED.
 */
export async function joinFleet(
  dataDir: string,
  device: DeviceId,
  invitation: Invitation,
  store: KeyStore = plainKeyStore,
): Promise<Membership> {
  const authority = await fetchAuthority(invitation);
  const sealed = await makeJoinRequest(dataDir, device, invitation.secret, store);
  const answer = await post(invitation, "/fleet/join", sealed, authority);
  if (answer.status !== 200) throw refusalIn(answer);
  keepMembership(dataDir, joinAnswerSchema.parse(JSON.parse(answer.body)), invitation, store);
  return new Membership(dataDir, store);
}
