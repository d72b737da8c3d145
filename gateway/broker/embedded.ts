import { createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { type DownChannel, isDownChannel, parseTopic, topicOf } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import { listenError } from "#runtime/listen.ts";
import type { Log } from "#runtime/log.ts";
import { gatheredWrites } from "./gathered-writes.ts";
import { PacketGuard } from "./packet-guard.ts";
import type { MessageHandler, Transport } from "./transport.ts";

export interface EmbeddedBrokerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Log;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Whether the password proves that the client is this device. */
  authenticate(device: DeviceId, password: string): Promise<boolean>;
}

const connectionsMax = 1_000;
/** A client that lets this much wait for it is cut off: one slow reader must not fill the memory. */
const unreadBytesMax = 1_048_576;
const connectTimeoutMs = 10_000;
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
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  readonly counts = { refusedConnections: 0, foreignTopics: 0 };

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
  }

  get url(): string {
    const address = this.#server?.address();
    const port = typeof address === "object" && address ? address.port : this.#options.port;
    return `mqtt://${this.#options.host}:${port}`;
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
        if (client && from) onMessage(from.device, from.channel, Buffer.from(packet.payload));
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const to = parseTopic(subscription.topic);
        if (to?.device === client.id && isDownChannel(to.channel)) done(null, subscription);
        else done(this.#foreign(client), null);
      },
    });
    this.#aedes.on("clientDisconnect", (client: Client) => {
      const device = client.id as DeviceId;
      if (this.#clients.get(device) === client) this.#clients.delete(device);
    });
    await this.#listen();
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

  async [Symbol.asyncDispose](): Promise<void> {
    const [aedes, server] = [this.#aedes, this.#server];
    this.#aedes = undefined;
    this.#server = undefined;
    if (aedes) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #admit(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<boolean> {
    const device = deviceIdSchema.safeParse(username);
    const named = device.success && client.id === device.data && password !== undefined;
    if (named && (await this.#options.authenticate(device.data, password.toString("latin1")))) {
      this.#clients.set(device.data, client);
      return true;
    }
    this.counts.refusedConnections += 1;
    this.#options.log("broker.refused", { code: "EVENT_DEVICE_UNKNOWN" });
    return false;
  }

  #foreign(client: Client): Error {
    this.counts.foreignTopics += 1;
    this.#options.log("broker.refused", { device: client.id, code: "EVENT_TOPIC_FOREIGN" });
    client.conn.destroy();
    return new TeburaError("EVENT_TOPIC_FOREIGN", "this topic belongs to another device");
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options;
    const server = createServer((socket) => this.#welcome(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, port)));
      server.listen(port, host, resolve);
    });
  }

  #welcome(socket: Socket): void {
    if (!this.#aedes || this.#sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const guard = new PacketGuard(packetLimits, this.#options.clock);
    const stream = Duplex.from({ readable: guard, writable: gatheredWrites(socket) });
    guard.on("error", () => socket.destroy());
    stream.on("error", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      stream.destroy();
    });
    socket.pipe(guard);
    this.#aedes.handle(stream);
  }
}

function notAuthorised(): AuthenticateError {
  // Return code 5 of CONNACK: not authorised (MQTT 3.1.1 section 3.2.2.3).
  return Object.assign(new Error("not authorised"), { returnCode: 5 });
}
