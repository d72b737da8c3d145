import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { boundServer, type HttpBounds, serverOptions, usualBounds } from "#runtime/http-bounds.ts";
import { listenError } from "#runtime/listen.ts";
import { securityHeaders } from "#runtime/static-pages.ts";
import { createConsolePages } from "./console-pages.ts";
import { createRoutes, type RoutePorts } from "./routes.ts";

export interface HttpServerOptions extends RoutePorts {
  readonly host: string;
  readonly port: number;
  readonly bounds?: HttpBounds | undefined;
}

/** The gateway's API and its pages on one port. */
export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address ? address.port : this.#options.port;
  }

  get url(): string {
    return `http://${this.#options.host}:${this.port}`;
  }

  async start(): Promise<void> {
    const { host, port, bounds = usualBounds } = this.#options;
    const app = new Hono();
    app.use(securityHeaders);
    app.route("/", createConsolePages());
    app.route("/", createRoutes(this.#options));
    // Here and not in the routes: hono asks only the outermost app what to say.
    app.notFound((context) =>
      context.json({ code: "USAGE", message: "there is no such page" }, 404),
    );
    await new Promise<void>((resolve, reject) => {
      const options = { fetch: app.fetch, hostname: host, port };
      const server = serve({ ...options, serverOptions: serverOptions(bounds) }, () =>
        resolve(),
      ) as Server;
      boundServer(server, bounds, this.#options.clock);
      server.once("error", (cause) => reject(listenError(cause, port)));
      this.#server = server;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}
