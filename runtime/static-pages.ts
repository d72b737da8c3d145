import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono, type MiddlewareHandler } from "hono";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing from elsewhere, nothing inline, no framing, no referrer; the camera for our own page only. */
const headers = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; media-src 'self' blob:; form-action 'none'; base-uri 'none'; " +
    "frame-ancestors 'none'",
  "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Adds the security headers to every answer; who says nothing about caches gets an answer asked for anew. */
export const securityHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
  if (!context.res.headers.has("Cache-Control")) {
    context.res.headers.set("Cache-Control", "no-cache");
  }
};

/**
 * Serves a fixed list of files from a folder, and `index.html` at the root; no path is ever built
 * from what a client sends. Adds the security headers to every answer of the app it is used in.
 */
export function staticPages(folder: URL, names: readonly string[]): Hono {
  const app = new Hono();
  app.use(securityHeaders);
  for (const name of ["index.html", ...names]) {
    const path = fileURLToPath(new URL(name, folder));
    const type = contentTypes[extname(name)] ?? "application/octet-stream";
    app.get(name === "index.html" ? "/" : `/${name}`, (context) =>
      context.body(readFileSync(path), 200, { "Content-Type": type }),
    );
  }
  return app;
}
