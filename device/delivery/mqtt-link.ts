import type { KeyObject } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import { connectPassword } from "#contract/connect.ts";
import type { DeviceId } from "#contract/ids.ts";
import { downChannels, isDownChannel, parseTopic, topicOf } from "#contract/topics.ts";
import type { Log } from "#runtime/log.ts";
import type { TlsCredentials } from "../fleet/membership.ts";
import type { Link, LinkListener } from "./link.ts";

export interface MqttLinkOptions {
  readonly url: string;
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  /** What is shown and believed over TLS, asked for before each connection; undefined without TLS. */
  credentials?(): TlsCredentials;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  random(): number;
}

const reconnectMsMin = 500;
const reconnectMsMax = 30_000;

/** The link over MQTT 3.1.1, events with QoS 1. */
export class MqttLink implements Link {
  readonly #options: MqttLinkOptions;
  #client: MqttClient | undefined;
  #listener: LinkListener | undefined;
  #subscribed = false;
  /** MQTT identifiers of what the broker has not acknowledged. */
  readonly #unacknowledged = new Set<number>();

  constructor(options: MqttLinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#client?.connected === true && this.#subscribed;
  }

  async start(listener: LinkListener): Promise<void> {
    const { url, device, privateKey, log, credentials } = this.#options;
    this.#listener = listener;
    const client = connect(url, {
      clientId: device,
      username: device,
      password: await connectPassword(device, privateKey),
      clean: true,
      reconnectPeriod: reconnectMsMin,
      connectTimeout: 10_000,
      queueQoSZero: false,
      // A box may be switched on before anybody has registered it: it asks again until it is known.
      reconnectOnConnackError: true,
      ...(credentials && { ...credentials(), minVersion: "TLSv1.3" as const }),
    });
    this.#client = client;
    client.on("connect", () => this.#onConnect(client));
    client.on("close", () => this.#onClose(client));
    client.on("error", (error) => log("uplink.error", { error: error.message }));
    client.on("message", (topic, payload) => {
      const channel = parseTopic(topic)?.channel;
      if (channel && isDownChannel(channel)) void listener.onMessage(channel, payload);
    });
  }

  publishEvent(message: string): void {
    const client = this.#client;
    if (!client) return;
    let id: number | undefined;
    // The acknowledgement proves nothing to us; it only frees the client's copy.
    client.publish(topicOf(this.#options.device, "events"), message, { qos: 1 }, () => {
      if (id !== undefined) this.#unacknowledged.delete(id);
    });
    id = client.getLastMessageId();
    this.#unacknowledged.add(id);
  }

  publishHealth(sealed: string): void {
    const topic = topicOf(this.#options.device, "health");
    this.#client?.publish(topic, sealed, { qos: 0, retain: true }, () => {});
  }

  publishGalleryReport(sealed: string): void {
    const topic = topicOf(this.#options.device, "gallery-reports");
    this.#client?.publish(topic, sealed, { qos: 0 }, () => {});
  }

  publishHandover(sealed: string): void {
    const topic = topicOf(this.#options.device, "handovers");
    this.#client?.publish(topic, sealed, { qos: 0 }, () => {});
  }

  /** The client would keep all of these and send them again by itself, before it has subscribed. */
  abandon(): void {
    for (const id of this.#unacknowledged) this.#client?.removeOutgoingMessage(id);
    this.#unacknowledged.clear();
  }

  endBackOff(): void {
    if (this.#client) this.#client.options.reconnectPeriod = reconnectMsMin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  #onConnect(client: MqttClient): void {
    const { device, log } = this.#options;
    const topics = downChannels.map((channel) => topicOf(device, channel));
    client.subscribe(topics, { qos: 1 }, (error) => {
      if (error) {
        // Connected but deaf would last for ever; a new connection asks anew, ever more slowly.
        log("uplink.subscribe-refused", { error: error.message });
        client.stream.destroy();
        return;
      }
      this.#subscribed = true;
      void this.#listener?.onUp();
    });
  }

  /** The wait doubles up to a limit, with jitter so that a fleet does not return all at once. */
  #onClose(client: MqttClient): void {
    this.#subscribed = false;
    this.abandon();
    this.#listener?.onDown();
    const period = client.options.reconnectPeriod ?? reconnectMsMin;
    const doubled = Math.min(reconnectMsMax, period * 2);
    client.options.reconnectPeriod = Math.round(doubled * (0.75 + this.#options.random() / 4));
    // The next connection shows the newest certificate.
    Object.assign(client.options, this.#options.credentials?.());
  }
}
