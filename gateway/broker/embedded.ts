import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { type DownChannel, isDownChannel, parseTopic, topicOf } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { gatheredWrites } from "./gathered-writes.ts";
import { Listener, type TlsContext } from "./listener.ts";
import { PacketGuard } from "./packet-guard.ts";
import type { MessageHandler, Transport } from "./transport.ts";

export interface EmbeddedBrokerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Log;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Left out, the broker speaks plainly, on a loopback address. */
  readonly tls?: TlsContext | undefined;
  /** What the password proves the client to be. */
  authenticate(device: DeviceId, password: string): Promise<Standing>;
  /** The sealed order for a box that was revoked. */
  orderToLeave(device: DeviceId): Promise<string>;
}

/** A box that was revoked may connect to hear so, and do nothing else. */
export type Standing = "member" | "revoked" | "stranger";

const connectionsMax = 1_000;
/** A client that lets this much wait for it is cut off: one slow reader must not fill the memory. */
const unreadBytesMax = 1_048_576;
const connectTimeoutMs = 10_000;
/** What a revoked box gets to take its order and to say that it has followed it. */
const leaveMs = 10_000;
const packetLimits = {
  bytesMax: limits.messageBytesMax,
  burst: limits.messagesAtOnceMax,
  perSecond: limits.messagesPerSecondMax,
};

/**
 * The broker inside the gateway: aedes, closed to everyone but registered devices, each on its own
 * topics. Nobody can subscribe to events: they are handed over inside the process.
 */
export class EmbeddedBroker implements Transport {
  readonly #options: EmbeddedBrokerOptions;
  readonly #clients = new Map<DeviceId, Client>();
  /** Which box a connection's certificate names. */
  readonly #certified = new WeakMap<object, string>();
  readonly #leaving = new WeakSet<Client>();
  readonly #listener: Listener;
  readonly #stop = new AbortController();
  #aedes: Aedes | undefined;
  readonly counts = { refusedConnections: 0, foreignTopics: 0 };

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
    const { host, port, tls } = options;
    this.#listener = new Listener({
      ...{ host, port, tls, connectionsMax, handshakeMsMax: connectTimeoutMs },
      onSocket: (socket, certified) => this.#welcome(socket, certified),
      onRefused: () => this.#refused(),
    });
  }

  get url(): string {
    const { host, tls } = this.#options;
    return `${tls ? "mqtts" : "mqtt"}://${host}:${this.#listener.port}`;
  }

  get connected(): ReadonlySet<DeviceId> {
    return new Set(this.#clients.keys());
  }

  async start(onMessage: MessageHandler, _signal: AbortSignal): Promise<void> {
    this.#aedes = await Aedes.createBroker({
      connectTimeout: connectTimeoutMs,
      maxTopicLevels: 8,
      preConnect: (_client, packet, done) => {
        packet.clean = true; // No session is kept for an absent client: receipts are sent again.
        done(null, this.#clients.size < connectionsMax);
      },
      authenticate: (client, username, password, done) => {
        void this.#admit(client, username, password).then((welcome) =>
          done(welcome ? null : notAuthorised(), welcome),
        );
      },
      authorizePublish: (client, packet, done) => {
        const from = parseTopic(packet.topic);
        if (client && (from?.device !== client.id || isDownChannel(from.channel))) {
          done(this.#foreign(client));
          return;
        }
        const isHeard = client && (!this.#leaving.has(client) || from?.channel === "health");
        if (isHeard && from) onMessage(from.device, from.channel, Buffer.from(packet.payload));
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const to = parseTopic(subscription.topic);
        if (to?.device !== client.id || !isDownChannel(to.channel)) {
          done(this.#foreign(client), null);
          return;
        }
        done(null, subscription);
        if (to.channel === "orders" && this.#leaving.has(client)) void this.#sendAway(to.device);
      },
    });
    this.#aedes.on("clientDisconnect", (client: Client) => {
      const device = client.id as DeviceId;
      if (this.#clients.get(device) === client) this.#clients.delete(device);
    });
    await this.#listener.start();
  }

  async send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void> {
    const client = this.#clients.get(device);
    if (!client) return;
    if (client.conn.writableLength > unreadBytesMax) {
      this.#options.log("broker.slow-reader", { device, bytes: client.conn.writableLength });
      client.conn.destroy();
      return;
    }
    const packet = {
      cmd: "publish",
      topic: topicOf(device, channel),
      payload: sealed,
      qos: 0, // A lost answer costs one repeat; a queue of unacknowledged ones could fill memory.
      retain: false,
      dup: false,
    } as const;
    // The callback is not optional, whatever aedes's types say: without one it throws out of reach.
    client.publish(packet, () => {});
  }

  async expel(device: DeviceId, order: string): Promise<void> {
    const client = this.#clients.get(device);
    if (!client) return;
    this.#leaving.add(client);
    await this.send(device, "orders", order);
    this.#cutLater(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const aedes = this.#aedes;
    this.#stop.abort();
    this.#aedes = undefined;
    if (aedes) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await this.#listener[Symbol.asyncDispose]();
  }

  async #admit(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<boolean> {
    const device = deviceIdSchema.safeParse(username);
    const named = device.success && client.id === device.data && password !== undefined;
    const certified = !this.#options.tls || this.#certified.get(client.conn) === client.id;
    const standing =
      named && certified
        ? await this.#options.authenticate(device.data, password.toString("latin1"))
        : "stranger";
    if (standing !== "stranger" && device.success) {
      this.#clients.set(device.data, client);
      if (standing === "revoked") {
        this.#leaving.add(client);
        this.#cutLater(client);
      }
      return true;
    }
    this.#refused();
    return false;
  }

  #refused(): void {
    this.counts.refusedConnections += 1;
    this.#options.log("broker.refused", { code: "EVENT_DEVICE_UNKNOWN" });
  }

  async #sendAway(device: DeviceId): Promise<void> {
    await this.send(device, "orders", await this.#options.orderToLeave(device));
  }

  #cutLater(client: Client): void {
    this.#options.clock
      .sleep(leaveMs, this.#stop.signal)
      .then(() => client.conn.destroy())
      .catch(() => {});
  }

  #foreign(client: Client): Error {
    this.counts.foreignTopics += 1;
    this.#options.log("broker.refused", { device: client.id, code: "EVENT_TOPIC_FOREIGN" });
    client.conn.destroy();
    return new TeburaError("EVENT_TOPIC_FOREIGN", "this topic belongs to another device");
  }

  #welcome(socket: Socket, certified: string | undefined): void {
    if (!this.#aedes) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const guard = new PacketGuard(packetLimits, this.#options.clock);
    const stream = Duplex.from({ readable: guard, writable: gatheredWrites(socket) });
    guard.on("error", () => socket.destroy());
    stream.on("error", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => stream.destroy());
    if (certified !== undefined) this.#certified.set(stream, certified);
    socket.pipe(guard);
    this.#aedes.handle(stream);
  }
}

function notAuthorised(): AuthenticateError {
  // Return code 5 of CONNACK: not authorised (MQTT 3.1.1 section 3.2.2.3).
  return Object.assign(new Error("not authorised"), { returnCode: 5 });
}
