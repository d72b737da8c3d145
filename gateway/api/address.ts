import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

/**
 * From where a request comes, to count strangers by. A proxy on this machine, which an installation with
 * a public address has, names its caller last in X-Forwarded-For; nobody else is believed. Requests that
 * reach the routes without a socket share one place.
 */
export function addressOf(context: Context, isBehindProxy = false): string {
  const hasSocket =
    typeof context.env === "object" && context.env !== null && "incoming" in context.env;
  const peer = hasSocket ? getConnInfo(context).remote.address : undefined;
  if (isBehindProxy && peer !== undefined && /^(::ffff:)?127\.|^::1$/.test(peer)) {
    const named = context.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    if (named) return named;
  }
  return peer ?? "nowhere";
}
