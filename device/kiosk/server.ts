import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import { WebSocketServer } from "ws";
import type { Clock } from "#runtime/clock.ts";
import { listenError } from "#runtime/listen.ts";
import type { Log } from "#runtime/log.ts";
import { staticPages } from "#runtime/static-pages.ts";
import { KioskAccess } from "./access.ts";
import { kioskLimits, serveKioskPage } from "./connection.ts";
import type { KioskPorts } from "./messages.ts";

const page = new URL("./page/", import.meta.url);
const files = [
  ...[
    "camera.js",
    "connection.js",
    "consent-form.js",
    "dom.js",
    "enrol-form.js",
    "face-frames.js",
    "kiosk.js",
  ],
  ...["looks.js", "password-pad.js", "pin-pad.js", "preferences.js", "preview.js", "screen.js"],
  ...["sentences.js", "situation.js", "sound.js", "toolbar.js", "voice.js", "withdraw-form.js"],
  ...["words", "en", "ja", "ja-easy", "pt", "vi", "zh"].map((name) => `words/${name}.js`),
  ...["tokens", "tones", "stage", "mirror", "message"].map((name) => `styles/${name}.css`),
  ...["controls", "pin-pad", "enrol-form", "consent"].map((name) => `styles/${name}.css`),
];
/** The WebSocket's protocol; the token follows it as a second one, which a page may set. */
const protocol = "tebura.kiosk.1";
const pagesMax = 8;

export interface KioskOptions {
  /** 127.0.0.1 unless somebody knows better: the page shows a camera. */
  readonly host: string;
  readonly port: number;
  /** Names by which the page is opened, besides the loopback ones and `host`. */
  readonly names?: readonly string[];
  readonly ports: KioskPorts;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  /** Pages and routes beside the kiosk's own: the operator's. */
  readonly mount?: ((app: Hono, access: KioskAccess) => void) | undefined;
}

/** The kiosk page and the WebSocket behind it. */
export class KioskServer implements AsyncDisposable {
  readonly #options: KioskOptions;
  readonly #access: KioskAccess;
  readonly #sockets: WebSocketServer;
  #server: Server | undefined;

  constructor(options: KioskOptions) {
    this.#options = options;
    this.#access = new KioskAccess([options.host, ...(options.names ?? [])]);
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: kioskLimits.jpegBytesMax,
      perMessageDeflate: false,
      handleProtocols: () => protocol,
    });
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address ? address.port : this.#options.port;
  }

  /** The address to open. It says localhost, because browsers lend a camera only to a secure page. */
  get url(): string {
    const { host } = this.#options;
    return `http://${host === "127.0.0.1" ? "localhost" : host}:${this.port}`;
  }

  /** Throws PORT_IN_USE. */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    const app = staticPages(page, files);
    this.#options.mount?.(app, this.#access);
    app.get("/session", (context) => {
      const token = this.#access.tokenFor({
        host: context.req.header("host"),
        origin: context.req.header("origin"),
        site: context.req.header("sec-fetch-site"),
      });
      if (!token) return context.json({ code: "USAGE", message: "not for this page" }, 403);
      return context.json({ token }, 200);
    });
    await new Promise<void>((resolve, reject) => {
      const server = serve({ fetch: app.fetch, hostname: host, port }, () => resolve()) as Server;
      server.once("error", (cause) => reject(listenError(cause, port)));
      server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
      this.#server = server;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { host, origin } = request.headers;
    const [name, token] = (request.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
    const origins = { host, origin, site: undefined };
    const known = name === protocol && this.#access.mayConnect(origins, token ?? "");
    if (request.url !== "/socket" || !known || this.#sockets.clients.size >= pagesMax) {
      this.#options.log("kiosk.refused", { count: this.#sockets.clients.size });
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      // A newer page takes over: two cameras must not be mixed into one track.
      const others = [...this.#sockets.clients].filter((client) => client !== opened);
      for (const other of others) {
        other.send(JSON.stringify({ kind: "replaced" }));
        other.close(4_000, "replaced");
      }
      serveKioskPage(opened, this.#options);
    });
  }
}
