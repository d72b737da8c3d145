import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { type DeviceId, deviceIdSchema } from "./ids.ts";
import { seal, unseal } from "./seal.ts";

/**
 * How a device signs in to the broker: its id as the MQTT user name, and as the password a seal
 * over that id with the device's key. It opens only the device's own topics, and what travels there
 * is sealed again event by event, so a captured password lets nobody forge an event.
 */
const connectSchema = z.strictObject({ v: z.literal(1), device: deviceIdSchema });

export async function connectPassword(device: DeviceId, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-connect+jws", { v: 1, device }, device, privateKey);
}

/** True when `password` was made for `device` with the key that belongs to `publicKey`. */
export async function passwordProves(
  device: DeviceId,
  password: string,
  publicKey: KeyObject,
): Promise<boolean> {
  try {
    const payload = await unseal("tebura-connect+jws", password, device, publicKey);
    const parsed = connectSchema.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    return parsed.success && parsed.data.device === device;
  } catch {
    return false;
  }
}
