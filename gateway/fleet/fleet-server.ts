import { createServer, type Server } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import type { Clock } from "#runtime/clock.ts";
import { boundServer, serverOptions, usualBounds } from "#runtime/http-bounds.ts";
import { listenError } from "#runtime/listen.ts";
import type { Admission } from "./admission.ts";
import type { ServerContext } from "./server-context.ts";

export interface FleetServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly context: ServerContext;
  readonly admission: Admission;
  /** The sealed order to leave, for a box that was revoked. */
  orderToLeave(device: DeviceId): Promise<string>;
}

const statusOf: Partial<Record<ErrorCode, 400 | 403 | 404 | 409>> = {
  REQUEST_INVALID: 400,
  INVITATION_SPENT: 403,
  DEVICE_REVOKED: 403,
  DEVICE_UNKNOWN: 404,
  CONFIG_INVALID: 409,
};

/**
 * Where boxes join and get their next certificate: HTTPS with a certificate of the device authority.
 * Whoever asks proves it in what they send, so that a box whose certificate has run out in a cupboard
 * can still come back by itself.
 */
export class FleetServer implements AsyncDisposable {
  readonly #options: FleetServerOptions;
  #server: Server | undefined;

  constructor(options: FleetServerOptions) {
    this.#options = options;
  }

  /** 0 before it listens. */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async start(): Promise<void> {
    const { host, port, context, clock } = this.#options;
    const listener = getRequestListener(this.#routes().fetch);
    const bounds = { ...usualBounds, requestMsMax: 10_000 };
    const server = createServer({ ...context.options, ...serverOptions(bounds) }, listener);
    boundServer(server, bounds, clock);
    context.follow(server);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(listenError(cause, port)));
      server.listen(port, host, resolve);
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

  #routes(): Hono {
    const { admission, context, orderToLeave } = this.#options;
    const app = new Hono();
    app.use(bodyLimit({ maxSize: limits.eventBytesMax }));
    app.onError((error, http) => {
      const code = errorCodeOf(error) ?? "UNREACHABLE";
      const message = code === "UNREACHABLE" ? "the gateway failed; see its log" : error.message;
      return http.json({ code, message }, statusOf[code] ?? 500);
    });
    app.notFound((http) => http.json({ code: "USAGE", message: "there is no such page" }, 404));
    // Read before anything is trusted: an invitation names this certificate by its digest.
    app.get("/fleet/authority", (http) => http.text(context.authority));
    app.post("/fleet/join", async (http) => {
      const host = new URL(http.req.url).hostname;
      return http.json(await admission.join(await http.req.text(), host));
    });
    app.post("/fleet/renew", async (http) => {
      const sealed = await http.req.text();
      const { device, status } = admission.memberOf(sealed);
      if (status === "revoked") return http.json({ order: await orderToLeave(device) }, 403);
      return http.json(await admission.renew(sealed));
    });
    return app;
  }
}
