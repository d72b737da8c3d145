import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, Hono } from "hono";
import { pagePaths } from "../console/page-paths.ts";

/** Where `setup/console.mjs` builds the pages. */
const builtFolder = fileURLToPath(new URL("../../.tebura/console/", import.meta.url));

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A file in every form that it is sent in. */
interface Built {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer> | undefined;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * The console: one page under every address of its own, and its files under names that change with what is
 * in them, so that a browser keeps them for good. No path is ever built from what a client sends.
 */
export function createConsolePages(folder = builtFolder): Hono {
  const app = new Hono();
  const index = built(`${folder}index.html`);
  for (const path of Object.values(pagePaths)) {
    app.get(path, (context) => (index ? sent(context, index) : notBuilt(context)));
  }
  for (const name of index ? readdirSync(`${folder}assets`) : []) {
    const file = /\.(br|gz)$/.test(name) ? undefined : built(`${folder}assets/${name}`);
    if (!file) continue;
    app.get(`/assets/${name}`, (context) => {
      context.header("Cache-Control", "public, max-age=31536000, immutable");
      return sent(context, file);
    });
  }
  return app;
}

/** Which pages these are: another text after they were built anew. */
export function consoleBuild(folder = builtFolder): string {
  return existsSync(`${folder}stamp`) ? readFileSync(`${folder}stamp`, "utf8") : "none";
}

function built(path: string): Built | undefined {
  const read = (name: string) =>
    existsSync(name) ? new Uint8Array(readFileSync(name)) : undefined;
  const plain = read(path);
  const type = contentTypes[extname(path)] ?? "application/octet-stream";
  return plain && { type, plain, br: read(`${path}.br`), gzip: read(`${path}.gz`) };
}

function sent(context: Context, { type, plain, br, gzip }: Built): Response {
  const accepted = context.req.header("accept-encoding") ?? "";
  context.header("Content-Type", type);
  context.header("Vary", "Accept-Encoding");
  for (const [name, bytes] of Object.entries({ br, gzip })) {
    if (!bytes || !new RegExp(`\\b${name}\\b(?!;q=0(?!\\.))`).test(accepted)) continue;
    context.header("Content-Encoding", name);
    return context.body(bytes);
  }
  return context.body(plain);
}

function notBuilt(context: Context): Response {
  const message = "the pages are not built yet: start the gateway with npm start or tebura gateway";
  return context.json({ code: "STOPPED", message }, 503);
}
