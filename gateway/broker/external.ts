import { connectAsync, type MqttClient } from "mqtt";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { type DownChannel, filterOf, parseTopic, topicOf } from "#contract/topics.ts";
import type { MessageHandler, Transport } from "./transport.ts";

/**
 * A broker of yours: Mosquitto, EMQX, NATS or another that speaks MQTT 3.1.1. Its own access rules
 * must keep devices apart; the gateway verifies every seal all the same.
 */
export class ExternalBroker implements Transport {
  readonly url: string;
  readonly connected = undefined;
  #client: MqttClient | undefined;

  constructor(url: string) {
    this.url = url;
  }

  async start(onMessage: MessageHandler, _signal: AbortSignal): Promise<void> {
    try {
      this.#client = await connectAsync(this.url, {
        clientId: "tebura-gateway",
        clean: false,
        reconnectPeriod: 1_000,
        connectTimeout: 10_000,
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
    await this.#client.subscribeAsync([filterOf("events"), filterOf("health")], { qos: 1 });
  }

  async send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void> {
    // Not awaited: a broker that is away must not hold up the ledger, and a lost answer is asked again.
    this.#client?.publish(topicOf(device, channel), sealed, { qos: 1 }, () => {});
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
