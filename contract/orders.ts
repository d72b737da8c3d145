import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { openWord, type WordKind } from "./gateway-word.ts";
import { type DeviceId, deviceIdSchema, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal } from "./seal.ts";

/**
 * What a gateway orders a box to do. "leave": this box is no member any more; it destroys the key that
 * its gallery is sealed under, and stops.
 */
const orderSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  order: z.literal("leave"),
  at: wallMsSchema,
});
export type Order = z.infer<typeof orderSchema>;

const orderKind: WordKind<Order> = {
  ...{ type: "tebura-order+jws", schema: orderSchema },
  ...{ code: "ORDER_INVALID", what: "an order" },
};

export async function sealOrder(order: Order, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-order+jws", order, gatewayKeyId, privateKey);
}

/** Verifies and reads an order to `device`. Throws ORDER_INVALID: nobody else may wipe a box. */
export async function openOrder(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<Order> {
  return await openWord(orderKind, sealed, device, publicKey);
}
