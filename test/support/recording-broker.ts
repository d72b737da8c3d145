import { once } from "node:events";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { Aedes } from "aedes";
import { gatewayFiles } from "#gateway/config.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { systemClock } from "#runtime/clock.ts";

/**
 * A broker that speaks TLS with the fleet's certificates, as one of an operator's own would, and that keeps
 * every byte which crosses it, in both directions, as its clients wrote and read them.
 */
export class RecordingBroker implements AsyncDisposable {
  readonly crossed: Buffer[] = [];
  readonly #server: Server;
  readonly #aedes: Aedes;
  readonly #sockets = new Set<TLSSocket>();

  static async start(gatewayDir: string): Promise<RecordingBroker> {
    const authority = new DeviceAuthority(gatewayFiles(gatewayDir), systemClock);
    const { key, pem } = authority.certifyServer(["127.0.0.1"]);
    const aedes = await Aedes.createBroker({});
    const broker = new RecordingBroker(aedes, { key, cert: pem, ca: authority.certificate });
    broker.#server.listen(0, "127.0.0.1");
    await once(broker.#server, "listening");
    return broker;
  }

  private constructor(aedes: Aedes, tls: { key: string; cert: string; ca: string }) {
    this.#aedes = aedes;
    const options = { ...tls, requestCert: true, rejectUnauthorized: true } as const;
    this.#server = createServer({ ...options, minVersion: "TLSv1.3" }, (socket) => {
      this.#record(socket);
      aedes.handle(socket);
    });
    this.#server.on("tlsClientError", () => undefined);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #record(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    // Beside a reader that calls `read`, each chunk that it takes is told here too.
    socket.on("data", (chunk: Buffer) => this.crossed.push(Buffer.from(chunk)));
    const write = socket.write.bind(socket) as (chunk: unknown, ...rest: unknown[]) => boolean;
    socket.write = ((chunk: unknown, ...rest: unknown[]) => {
      if (chunk instanceof Uint8Array) this.crossed.push(Buffer.from(chunk));
      else if (typeof chunk === "string") this.crossed.push(Buffer.from(chunk));
      return write(chunk, ...rest);
    }) as typeof socket.write;
  }
}
