import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { listenError } from "#runtime/listen.ts";
import { staticPages } from "#runtime/static-pages.ts";
import { createRoutes, type RoutePorts } from "./routes.ts";

const page = new URL("../console/page/", import.meta.url);

export interface HttpServerOptions extends RoutePorts {
  readonly host: string;
  readonly port: number;
}

/** The gateway's API and its live page on one port. */
export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  get url(): string {
    const address = this.#server?.address();
    const port = typeof address === "object" && address ? address.port : this.#options.port;
    return `http://${this.#options.host}:${port}`;
  }

  async start(): Promise<void> {
    const { host, port } = this.#options;
    const app = staticPages(page, ["console.css", "console.js"]);
    app.route("/", createRoutes(this.#options));
    // Here and not in the routes: hono asks only the outermost app what to say.
    app.notFound((context) =>
      context.json({ code: "USAGE", message: "there is no such page" }, 404),
    );
    await new Promise<void>((resolve, reject) => {
      const server = serve({ fetch: app.fetch, hostname: host, port }, () => resolve()) as Server;
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
