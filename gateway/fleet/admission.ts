import { createPublicKey, type KeyObject } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema } from "#contract/ids.ts";
import { type JoinAnswer, openJoin, openRenewal, type RenewAnswer } from "#contract/membership.ts";
import { readRequest } from "#contract/pki/request.ts";
import { claimedKeyId } from "#contract/seal.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { DeviceRegistry, RegisteredDevice } from "../registry/device-registry.ts";
import type { DeviceAuthority } from "./authority.ts";
import type { Members } from "./members.ts";

export interface AdmissionPorts {
  readonly authority: DeviceAuthority;
  readonly members: Members;
  readonly devices: DeviceRegistry;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
  readonly gatewayKey: KeyObject;
  readonly pseudonymKey: string;
  /** The deployment's secret of rotation, as it is now. */
  rotationKey(): string;
  /** Where a member's box finds the broker, given the name that it found the gateway under. */
  brokerUrl(host: string): string;
}

/** The gate of the fleet: invitations in, certificates out; members get their next certificate. */
export class Admission {
  readonly #ports: AdmissionPorts;

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
  }

  /**
   * Takes a box in. Both of its keys must have signed the request. Throws REQUEST_INVALID,
   * INVITATION_SPENT, CONFIG_INVALID for an id that another key has, or DEVICE_REVOKED.
   */
  async join(sealed: string, host: string): Promise<JoinAnswer> {
    const { members, devices, clock, log, gatewayKey, pseudonymKey, rotationKey, brokerUrl } =
      this.#ports;
    const request = await openJoin(sealed, createPublicKey);
    const { device } = request;
    const tlsKey = readRequest(Buffer.from(request.request, "base64"));
    const known = devices.get(device);
    if (known?.status === "revoked") throw revoked(device);
    const eventKey = createPublicKey(request.eventKey);
    // Before the invitation is spent: the box then asks again under another id.
    devices.refuseOtherKey(device, eventKey);
    members.spend(request.secret, device, clock.wall());
    devices.add(device, eventKey, clock.wall());
    log("fleet.joined", { device });
    return {
      device,
      ...this.#certify(device, tlsKey),
      gatewayKey: gatewayKey.export({ type: "spki", format: "pem" }).toString(),
      brokerUrl: brokerUrl(host),
      pseudonymKey,
      rotationKey: rotationKey(),
    };
  }

  /** Gives a member its next certificate. Throws DEVICE_UNKNOWN, DEVICE_REVOKED or REQUEST_INVALID. */
  async renew(sealed: string): Promise<RenewAnswer> {
    const member = this.memberOf(sealed);
    const request = await openRenewal(sealed, member.device, member.publicKey);
    if (member.status === "revoked") throw revoked(member.device);
    this.#ports.log("fleet.renewed", { device: member.device });
    return this.#certify(member.device, readRequest(Buffer.from(request.request, "base64")));
  }

  /** The box that a request claims to come from. Throws DEVICE_UNKNOWN. */
  memberOf(sealed: string): RegisteredDevice {
    const device = deviceIdSchema.safeParse(claimedKeyId(sealed));
    const member = device.success ? this.#ports.devices.get(device.data) : undefined;
    if (member) return member;
    throw new TeburaError("DEVICE_UNKNOWN", "this fleet knows no such box; invite it first");
  }

  #certify(device: DeviceId, key: KeyObject): RenewAnswer {
    const { authority, members, clock } = this.#ports;
    const { pem, serial, notAfter } = authority.certifyDevice(device, key);
    members.issued({ serial, device, expiresAt: notAfter }, clock.wall());
    return { certificate: pem, authority: authority.certificate };
  }
}

function revoked(device: DeviceId): TeburaError {
  return new TeburaError(
    "DEVICE_REVOKED",
    `${device} was revoked; a box that is found again gets a new id`,
  );
}
