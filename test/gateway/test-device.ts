import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { connectAsync, type MqttClient } from "mqtt";
import { connectPassword } from "#contract/connect.ts";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { writeEventMessage } from "#contract/event-message.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { type Lease, openLease } from "#contract/leases.ts";
import { type Order, openOrder } from "#contract/orders.ts";
import { type Answer, openAnswer } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { openTime, type TimeAnswer } from "#contract/time.ts";
import { type Channel, downChannels, parseTopic, topicOf } from "#contract/topics.ts";

/** The DER of an Ed25519 private key up to its 32 secret bytes (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key whose every secret byte is `seed`: for tests, where bytes must repeat. */
export function keyOfSeed(seed: number): { privateKey: KeyObject; publicKey: KeyObject } {
  const der = Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

export const startedBody: EventBody = {
  type: "device.started",
  version: "0.1.0",
  service: "bus.boarding",
};

/** An appliance as the gateway sees it: it seals a chain of events and speaks MQTT. */
export class TestDevice implements AsyncDisposable {
  readonly id: DeviceId;
  readonly key: ReturnType<typeof keyOfSeed>;
  sequence = 0;
  previous: Digest = genesisDigest;
  #client: MqttClient | undefined;
  readonly #answers: string[] = [];
  readonly #leases: string[] = [];
  readonly #orders: string[] = [];
  readonly #times: string[] = [];
  readonly #lists: Partial<Record<Channel, string[]>> = {
    receipts: this.#answers,
    leases: this.#leases,
    orders: this.#orders,
    time: this.#times,
  };
  #wake: () => void = () => {};

  constructor(id: string, seed: number, key = keyOfSeed(seed)) {
    this.id = id as DeviceId;
    this.key = key;
  }

  get client(): MqttClient {
    if (!this.#client) throw new Error("the test device is not connected");
    return this.#client;
  }

  /** Over TLS with `tls`: key, certificate and authority as PEM. */
  async connect(
    url: string,
    tls: { key?: string; cert?: string; ca?: string } = {},
  ): Promise<void> {
    this.#client = await connectAsync(url, {
      ...tls,
      clientId: this.id,
      username: this.id,
      password: await connectPassword(this.id, this.key.privateKey),
      reconnectPeriod: 0,
    });
    this.#client.on("error", () => {}); // A dropped connection is what some tests are about.
    this.#client.on("message", (topic, payload) => {
      const list = this.#lists[parseTopic(topic)?.channel ?? "receipts"] ?? [];
      list.push(payload.toString("latin1"));
      this.#wake();
    });
    await this.#client.subscribeAsync(downChannels.map((channel) => topicOf(this.id, channel)));
  }

  /** Says that it has a card reader and so many nonces. */
  async sayHealth(nonces: number, changes: Partial<Health> = {}): Promise<void> {
    const health: Health = {
      ...{ v: 1, device: this.id, at: 0 as WallMs, version: "0", service: "shelter.check-in" },
      ...{ source: "kiosk", sourceState: "streaming", sequence: this.sequence, outboxDepth: 0 },
      ...{ framesPerSecond: 0, framesDropped: 0, galleryPeople: 0, cardReader: "ready", nonces },
      ...changes,
    };
    const sealed = await seal("tebura-health+jws", health, this.id, this.key.privateKey);
    await this.client.publishAsync(topicOf(this.id, "health"), sealed);
  }

  /** Waits for the next lease, verified with the gateway's key. */
  async lease(gatewayKey: KeyObject): Promise<Lease> {
    return await openLease(await this.#next(this.#leases), this.id, gatewayKey);
  }

  /** Waits for the next order, verified with the gateway's key. */
  async order(gatewayKey: KeyObject): Promise<Order> {
    return await openOrder(await this.#next(this.#orders), this.id, gatewayKey);
  }

  /** Waits for the next word about the time, verified with the gateway's key. */
  async time(gatewayKey: KeyObject): Promise<TimeAnswer> {
    return await openTime(await this.#next(this.#times), this.id, gatewayKey);
  }

  /** The next event of the chain, sealed, with these openings beside it; the chain moves on. */
  async next(
    body: EventBody = startedBody,
    changes: Partial<Event> = {},
    openings: readonly Opening[] = [],
  ): Promise<string> {
    const sealed = await this.sealed({ body, ...changes });
    this.sequence += 1;
    this.previous = digestOf(sealed);
    return writeEventMessage({ sealed, openings });
  }

  /** An event that would be next, with whatever is changed about it; the chain stays. */
  async sealed(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const event = {
      v: 1,
      device: this.id,
      sequence: this.sequence + 1,
      previous: this.previous,
      at: (1_775_000_000_000 + this.sequence * 1_000) as WallMs,
      clock: "synced",
      body: startedBody,
      ...changes,
    };
    return await seal("tebura-event+jws", event, this.id, this.key.privateKey);
  }

  async publish(bytes: string | Buffer): Promise<void> {
    await this.client.publishAsync(topicOf(this.id, "events"), bytes, { qos: 1 });
  }

  /** Waits for the next answer, verified with the gateway's key. */
  async answer(gatewayKey: KeyObject): Promise<Answer> {
    return await openAnswer(await this.#next(this.#answers), this.id, gatewayKey);
  }

  async #next(list: string[]): Promise<string> {
    for (;;) {
      const first = list.shift();
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true);
  }
}
