import { deskDevice } from "#contract/desk-device.ts";
import type { DeviceId } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import { type Refusal, refusal } from "../desk/answer.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { Members } from "./members.ts";

export interface KnownBoxPorts {
  readonly devices: Pick<DeviceRegistry, "get">;
  readonly members: Pick<Members, "isInvited">;
  readonly clock: Pick<Clock, "wall">;
}

/** Why a box may not be said to work at a place, or undefined where it may. At null it works nowhere. */
export type PlaceCheck = (box: DeviceId, place: string | null) => Refusal | undefined;

/**
 * A slip of the hand in a box's id would be on record and mean nothing, while the real box works nowhere.
 * So a place is for boxes of the fleet: those that joined, and those that were invited under their id and
 * will be mounted tomorrow. One that was revoked can only be taken away.
 */
export function placeCheck({ devices, members, clock }: KnownBoxPorts): PlaceCheck {
  return (box, place) => {
    const known = box === deskDevice ? undefined : devices.get(box);
    if (known?.status === "revoked" && place !== null) {
      return refusal("DEVICE_REVOKED", `${box} was revoked; it works nowhere any more`);
    }
    if (known || (box !== deskDevice && members.isInvited(box, clock.wall()))) return undefined;
    const message = `this fleet knows no box ${box}; invite it first: tebura fleet invite --id ${box}`;
    return refusal("DEVICE_UNKNOWN", message);
  };
}
