import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy on loopback that can cut every connection, and refuse new ones, as a tunnel does. */
export class CuttingProxy implements AsyncDisposable {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #open = true;
  cuts = 0;

  constructor(targetPort: number) {
    this.#target = targetPort;
  }

  async start(): Promise<number> {
    this.#server = createServer((near) => this.#join(near)).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (typeof address !== "object" || !address) throw new Error("the proxy has no port");
    return address.port;
  }

  /** Cuts what is connected; with `stay`, nothing comes through until `heal`. */
  cut(stay = false): void {
    this.#open = !stay;
    this.cuts += this.#sockets.size > 0 ? 1 : 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#open = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut(true);
    const server = this.#server;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #join(near: Socket): void {
    if (!this.#open) {
      near.destroy();
      return;
    }
    const far = connect(this.#target, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
