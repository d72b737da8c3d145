import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, Hono } from "hono";
import type { RelyingParty } from "./relying-party.ts";
import { isAtOwnAddress } from "./same-origin.ts";

const folder = new URL("../staff/page/", import.meta.url);

interface Page {
  readonly script: string;
  /** Each is put into the one before; the frame goes around them all. */
  readonly parts: readonly string[];
}

/** Every page and file by its address; nothing is ever built from what a browser sends. */
const pages: Readonly<Record<string, Page>> = {
  "/sign-in": { script: "sign-in.js", parts: ["sign-in.html"] },
  "/first-start": { script: "begin.js", parts: ["begin.html", "first-start.html"] },
  "/recover": { script: "begin.js", parts: ["begin.html", "recover.html"] },
  "/account": { script: "account.js", parts: ["account.html"] },
  "/family": { script: "family.js", parts: ["family.html"] },
  "/my-data": { script: "my-data.js", parts: ["my-data.html"] },
};
const files: Readonly<Record<string, string>> = {
  "/sign-in/account.js": "account.js",
  "/sign-in/family.js": "family.js",
  "/sign-in/my-data.js": "my-data.js",
  "/sign-in/sign-in.js": "sign-in.js",
  "/sign-in/begin.js": "begin.js",
  "/sign-in/passkey.js": "passkey.js",
  "/sign-in/words.js": "words.js",
  "/sign-in/words/easy.js": "words/easy.js",
  "/sign-in/words/en.js": "words/en.js",
  "/sign-in/words/ja.js": "words/ja.js",
  "/sign-in/words/pt.js": "words/pt.js",
  "/sign-in/words/vi.js": "words/vi.js",
  "/sign-in/words/zh.js": "words/zh.js",
  "/sign-in/sign-in.css": "sign-in.css",
};
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
} as const;

/** The pages of the sign-in. They show nothing of anybody, so anybody may load them. */
export function createSignInPages(party: () => RelyingParty): Hono {
  const app = new Hono();
  for (const [address, page] of Object.entries(pages)) {
    app.get(address, (context) => {
      const elsewhere = ownAddressOf(context, party());
      if (elsewhere) return context.redirect(elsewhere);
      return context.body(htmlOf(page), 200, { "Content-Type": types[".html"] });
    });
  }
  for (const [address, name] of Object.entries(files)) {
    const type = types[extname(name) as keyof typeof types];
    app.get(address, (context) => context.body(textOf(name), 200, { "Content-Type": type }));
  }
  return app;
}

function htmlOf({ script, parts }: Page): string {
  const whole = parts.reduce(
    (around, name) => around.replace(/^ *<!-- part -->\n/m, () => textOf(name)),
    textOf("frame.html"),
  );
  return whole.replace("<!-- script -->", script);
}

const textOf = (name: string): string => readFileSync(fileURLToPath(new URL(name, folder)), "utf8");

/**
 * 127.0.0.1 is this machine too, but no passkey works there: the browser is sent to localhost. Behind a
 * proxy every request may seem to come to 127.0.0.1, and none is sent anywhere.
 */
function ownAddressOf(context: Context, party: RelyingParty): string | undefined {
  if (party.id !== "localhost" || isAtOwnAddress(context, party)) return undefined;
  if (!/^(127\.0\.0\.1|\[::1\])(:\d+)?$/.test(context.req.header("host") ?? "")) return undefined;
  const { pathname, search } = new URL(context.req.url);
  return `${party.origin}${pathname}${search}`;
}
