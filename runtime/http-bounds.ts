import type { Server, ServerOptions } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { RateLimiter } from "./rate-limit.ts";

/** What one HTTP port puts up with. Times are in milliseconds. */
export interface HttpBounds {
  readonly connectionsMax: number;
  /** Of these, how many may come from one address: whoever opens many takes no room from the others. */
  readonly connectionsPerAddressMax: number;
  /** How many more one address may open each second, once it has opened that many. */
  readonly connectionsPerAddressPerSecond: number;
  /** Requests of one connection, which then ends: whoever sends many at once must come again. */
  readonly requestsPerConnectionMax: number;
  /** From the first byte to the last line of a request's header, and to the end of its body. */
  readonly headerMsMax: number;
  readonly requestMsMax: number;
  /** How long a connection may be silent in the middle of something: a reader that stalls is cut off. */
  readonly silenceMsMax: number;
  /** How long one may be kept that has nothing to ask. */
  readonly keepAliveMs: number;
}

export const usualBounds: HttpBounds = {
  connectionsMax: 1_024,
  connectionsPerAddressMax: 256,
  connectionsPerAddressPerSecond: 20,
  requestsPerConnectionMax: 100,
  headerMsMax: 10_000,
  requestMsMax: 30_000,
  silenceMsMax: 60_000,
  keepAliveMs: 15_000,
};

const headerBytesMax = 16_384;

/** What a server must be told when it is made: how often it looks for those that take too long. */
export function serverOptions({ headerMsMax }: HttpBounds): ServerOptions {
  const connectionsCheckingInterval = Math.max(50, Math.round(headerMsMax / 10));
  return { connectionsCheckingInterval, maxHeaderSize: headerBytesMax };
}

/** Holds a server to its bounds: half-open, slow and too many connections end without an answer of ours. */
export function boundServer(
  server: Server,
  bounds: HttpBounds,
  clock: Pick<Clock, "monotonic">,
): void {
  server.maxConnections = bounds.connectionsMax;
  server.maxRequestsPerSocket = bounds.requestsPerConnectionMax;
  server.headersTimeout = bounds.headerMsMax;
  server.requestTimeout = bounds.requestMsMax;
  server.keepAliveTimeout = bounds.keepAliveMs;
  server.timeout = bounds.silenceMsMax;
  // Node only says so in a header of the last answer; who goes on asking on that connection is cut off.
  server.on("dropRequest", (_request, socket) => socket.destroy());
  const mayOpen = openerOf(bounds, clock);
  server.on("connection", (socket: Socket) => {
    const closed = mayOpen(socket.remoteAddress ?? "nowhere");
    if (closed) socket.once("close", closed);
    else socket.destroy();
  });
}

/**
 * Whether an address may open one more connection: it has not too many open, and has not opened too many
 * lately. Gives what to call when that one is closed; undefined where it may not.
 */
function openerOf(bounds: HttpBounds, clock: Pick<Clock, "monotonic">) {
  const { connectionsPerAddressMax: most, connectionsPerAddressPerSecond } = bounds;
  const lately = new RateLimiter(
    { burst: most, perMinute: connectionsPerAddressPerSecond * 60 },
    clock,
  );
  const open = new Map<string, number>();
  return (address: string): (() => void) | undefined => {
    const before = open.get(address) ?? 0;
    if (before >= most || lately.take(address) > 0) return undefined;
    open.set(address, before + 1);
    return () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    };
  };
}
