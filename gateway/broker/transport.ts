import type { DeviceId } from "#contract/ids.ts";
import type { Channel, DownChannel } from "#contract/topics.ts";

export type MessageHandler = (device: DeviceId, channel: Channel, payload: Uint8Array) => void;

/** How the gateway meets its devices, whatever broker stands between. */
export interface Transport extends AsyncDisposable {
  /** Where devices connect to. */
  readonly url: string;
  start(onMessage: MessageHandler, signal: AbortSignal): Promise<void>;
  /** Publishes below one of the topics that a device reads; may be lost, and is sent again. */
  send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void>;
  /** Gives a box its last order and ends its connection. */
  expel(device: DeviceId, order: string): Promise<void>;
  /** Devices that are connected now, where the broker can tell. */
  readonly connected: ReadonlySet<DeviceId> | undefined;
}
