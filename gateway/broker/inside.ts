import type { DeviceId } from "#contract/ids.ts";
import type { DownChannel } from "#contract/topics.ts";
import type { MessageHandler, Transport } from "./transport.ts";

/** What a box inside the process hears. */
export type Listener = (channel: DownChannel, sealed: string) => Promise<void>;

/** No broker at all: boxes in the same process hand their messages over. For demonstrations and trials. */
export class InsideTransport implements Transport {
  readonly url = "mqtt://inside.invalid";
  readonly #listeners = new Map<DeviceId, Listener>();
  #onMessage: MessageHandler = () => {};

  get connected(): ReadonlySet<DeviceId> {
    return new Set(this.#listeners.keys());
  }

  async start(onMessage: MessageHandler): Promise<void> {
    this.#onMessage = onMessage;
  }

  /** Connects a box; the returned function cuts it off. */
  connect(device: DeviceId, listener: Listener): () => void {
    this.#listeners.set(device, listener);
    return () => {
      if (this.#listeners.get(device) === listener) this.#listeners.delete(device);
    };
  }

  /** What a box, or whoever says to be one, publishes. */
  publish(device: DeviceId, channel: "events" | "health", payload: Uint8Array): void {
    this.#onMessage(device, channel, payload);
  }

  async send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void> {
    await this.#listeners.get(device)?.(channel, sealed);
  }

  async expel(device: DeviceId, order: string): Promise<void> {
    await this.send(device, "orders", order);
    this.#listeners.delete(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}
