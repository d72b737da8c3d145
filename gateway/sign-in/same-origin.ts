import type { Context } from "hono";
import type { RelyingParty } from "./relying-party.ts";

const safeMethods = new Set(["GET", "HEAD"]);

/**
 * Whether a request comes from a page of ours. What changes something has to say so by its Origin; what
 * only reads may also be an address that somebody typed. A kiosk on another port of this machine is the
 * same site to a browser, cookies included, and still not ours.
 */
export function isFromOwnPage({ req }: Context, { origin }: RelyingParty): boolean {
  const site = req.header("sec-fetch-site");
  const told = req.header("origin");
  if (safeMethods.has(req.method)) {
    const isOwn = site === undefined || site === "same-origin" || site === "none";
    return isOwn && (told === undefined || told === origin);
  }
  return told === origin && (site === undefined || site === "same-origin");
}

/**
 * Whether the browser is at the address where passkeys work. Its Origin says so; Host is what a proxy
 * makes of it, and tells the truth where there is none.
 */
export function isAtOwnAddress({ req }: Context, { origin }: RelyingParty): boolean {
  return req.header("origin") === origin || req.header("host") === new URL(origin).host;
}
