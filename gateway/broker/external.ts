import { connectAsync, type MqttClient } from "mqtt";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { type DownChannel, filterOf, parseTopic, topicOf } from "#contract/topics.ts";
import type { MessageHandler, Transport } from "./transport.ts";

/** What the gateway shows a broker over TLS, and whom it believes there; all PEM. */
export interface ClientCredentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/**
 * A broker of yours: Mosquitto, EMQX, NATS or another that speaks MQTT 3.1.1. Its own access rules
 * must keep devices apart; the gateway verifies every seal all the same.
 */
export class ExternalBroker implements Transport {
  readonly url: string;
  readonly connected = undefined;
  readonly #credentials: ClientCredentials | undefined;
  #client: MqttClient | undefined;

  /** `credentials` for a broker that asks for a certificate, or whose own comes from the fleet's authority. */
  constructor(url: string, credentials?: ClientCredentials) {
    this.url = url;
    this.#credentials = credentials;
  }

  async start(onMessage: MessageHandler, _signal: AbortSignal): Promise<void> {
    try {
      this.#client = await connectAsync(this.url, {
        clientId: "tebura-gateway",
        clean: false,
        reconnectPeriod: 1_000,
        connectTimeout: 10_000,
        ...this.#credentials,
      });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TeburaError(
        "BROKER_UNREACHABLE",
        `cannot reach the broker at ${withoutPassword(this.url)}: ${why}`,
        { cause },
      );
    }
    this.#client.on("message", (topic, payload) => {
      const from = parseTopic(topic);
      if (from && payload.length <= limits.messageBytesMax) {
        onMessage(from.device, from.channel, payload);
      }
    });
    const channels = ["events", "health", "handovers", "gallery-reports"] as const;
    await this.#client.subscribeAsync(channels.map(filterOf), { qos: 1 });
  }

  async send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void> {
    // Not awaited: a broker that is away must not hold up the ledger, and a lost answer is asked again.
    this.#client?.publish(topicOf(device, channel), sealed, { qos: 1 }, () => {});
  }

  /** Kept there for a box that connects later; cutting it off is the broker's part, by the revocation list. */
  async expel(device: DeviceId, order: string): Promise<void> {
    const options = { qos: 1, retain: true } as const;
    this.#client?.publish(topicOf(device, "orders"), order, options, () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync();
    this.#client = undefined;
  }
}

/** A URL as it may be shown: without user name and password. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}
