import { createServer, isIP, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TLSSocket, type TlsOptions } from "node:tls";
import { TeburaError } from "#contract/errors.ts";
import { listenError } from "#runtime/listen.ts";

/** The gateway's certificate, the authority of its boxes, and word of each new certificate. */
export interface TlsContext {
  readonly options: TlsOptions;
  follow(server: { setSecureContext(options: TlsOptions): void }): void;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls: TlsContext | undefined;
  readonly connectionsMax: number;
  readonly handshakeMsMax: number;
  /** `certified` is the name in the client's certificate; undefined without TLS. */
  onSocket(socket: Socket, certified: string | undefined): void;
  /** A handshake failed: no certificate, or another authority's. */
  onRefused(): void;
}

/**
 * The port of the broker. With TLS (1.3, a certificate on both sides) nobody is heard whose certificate
 * the fleet's authority has not made; without it, it listens on a loopback address only.
 */
export class Listener implements AsyncDisposable {
  readonly #options: ListenerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address ? address.port : this.#options.port;
  }

  async start(): Promise<void> {
    const { host, port, tls, connectionsMax } = this.#options;
    const server = tls ? this.#secureServer(tls) : this.#plainServer();
    this.#server = server;
    server.maxConnections = connectionsMax;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, port)));
      server.listen(port, host, resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #plainServer(): Server {
    const { host, onSocket } = this.#options;
    if (!isLoopback(host)) {
      throw new TeburaError(
        "CONFIG_INVALID",
        `a broker without TLS listens on a loopback address only, and ${host} is none`,
      );
    }
    return createServer((socket) => onSocket(socket, undefined));
  }

  #secureServer(tls: TlsContext): Server {
    const { handshakeMsMax, onSocket, onRefused } = this.#options;
    const server = createSecureServer({
      ...tls.options,
      ...{ requestCert: true, rejectUnauthorized: true, handshakeTimeout: handshakeMsMax },
    });
    tls.follow(server);
    server.on("secureConnection", (socket: TLSSocket) => {
      const name = socket.getPeerCertificate().subject?.CN;
      if (typeof name === "string") onSocket(socket, name);
      else socket.destroy();
    });
    server.on("tlsClientError", (_error, socket) => {
      onRefused();
      socket.destroy();
    });
    return server;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
