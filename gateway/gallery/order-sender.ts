import type { KeyObject } from "node:crypto";
import { sealGalleryOrder } from "#contract/gallery-envelope.ts";
import { standingMessage } from "#contract/gallery-messages.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { gatewayKeyId } from "#contract/receipts.ts";
import type { GalleriesFile } from "./galleries-file.ts";

export interface OrderSenderPorts {
  readonly file: GalleriesFile;
  readonly privateKey: KeyObject;
  readonly clock: { wall(): WallMs };
  /** The gateway's X25519 key, for what is to be read here and nowhere on the way. */
  readonly sealTo: string;
  send(device: DeviceId, sealed: string): Promise<void>;
}

/** Orders on their way to a box that it has not followed: some messages of the greatest size. */
const windowOrders = 8;

/**
 * Sends each box its orders in turn, a few at a time, and says when there are no more. Whatever is lost is
 * sent again with the box's next heartbeat, from where the box says that it is.
 */
export class OrderSender {
  readonly #ports: OrderSenderPorts;
  /** The last order that was sent over the connection that a box has now. */
  readonly #sent = new Map<DeviceId, number>();

  constructor(ports: OrderSenderPorts) {
    this.#ports = ports;
  }

  /** A box has said where it is: what it lacks is sent again from there, or its standing is confirmed. */
  async answer(device: DeviceId, followed: number): Promise<void> {
    const { file, clock, privateKey, sealTo, send } = this.#ports;
    this.#sent.set(device, followed);
    // Read before the orders: whatever comes between is sent by whoever adds it, and confirmed later.
    const at = clock.wall();
    if (file.progress(device).last > followed) {
      await this.push(device);
      return;
    }
    const standing = { v: 1 as const, device, at, order: followed, sealTo };
    await send(device, await standingMessage.seal(standing, gatewayKeyId, privateKey));
  }

  /** Sends what has been added and fits into the window. */
  async push(device: DeviceId): Promise<void> {
    const { file, privateKey, send } = this.#ports;
    const { followed } = file.progress(device);
    const from = Math.max(followed, this.#sent.get(device) ?? followed);
    const room = followed + windowOrders - from;
    if (room <= 0) return;
    for (const { order, body } of file.ordersAfter(device, from, room)) {
      this.#sent.set(device, order.number);
      await send(device, await sealGalleryOrder(order, body, privateKey));
    }
  }
}
