import { type DeviceId, deviceIdSchema } from "./ids.ts";

/** The gateway's own place in its fleet: what people do at a desk is numbered and signed like a box's. */
export const deskDevice: DeviceId = deviceIdSchema.parse("gateway-desk");
