import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type * as z from "zod";
import { type ErrorCode, TeburaError } from "#contract/errors.ts";
import { printableStyle } from "#contract/export/printable-list.ts";
import type { Log } from "#runtime/log.ts";
import type { OperatorGate } from "./operator-key.ts";

/** What a service lets its operator do on the box: its routes below /operator/api. */
export interface OperatorModule {
  /** The part of the page that is shown, and the name of the routes. */
  readonly name: string;
  mount(api: Hono): void;
}

export interface OperatorPorts {
  readonly gate: OperatorGate;
  readonly modules: readonly OperatorModule[];
  readonly log: Log;
  /** Whether a request comes from a page of our own, or from no page at all. */
  isOurs(origin: {
    readonly host: string | undefined;
    readonly origin: string | undefined;
  }): boolean;
}

const page = new URL("./page/", import.meta.url);
const scripts = [
  "operator.js",
  "words.js",
  "call.js",
  "enrolment.js",
  "shelter.js",
  "bus.js",
  "rides-and-tills.js",
];
const files: readonly (readonly [path: string, name: string, type: string])[] = [
  ["/operator", "index.html", "text/html; charset=utf-8"],
  ["/operator/operator.css", "operator.css", "text/css; charset=utf-8"],
  ...scripts.map((name) => [`/operator/${name}`, name, "text/javascript; charset=utf-8"] as const),
];
const bodyBytesMax = 16 * 1_024;

/**
 * The operator's page and API of a box, on the kiosk's own server: for a clerk in a gymnasium, a driver,
 * a till. Everything but the empty page asks for the operator's key, since the screen stands in public.
 */
export function mountOperator(app: Hono, { gate, modules, log, isOurs }: OperatorPorts): void {
  for (const [path, name, type] of files) {
    const file = fileURLToPath(new URL(name, page));
    app.get(path, (context) => context.body(readFileSync(file), 200, { "Content-Type": type }));
  }
  app.get("/operator/print.css", (context) =>
    context.body(printableStyle, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
  const api = new Hono();
  api.use(async (context, next) => {
    const { host, origin } = {
      host: context.req.header("host"),
      origin: context.req.header("origin"),
    };
    if (!isOurs({ host, origin }))
      return refused(context, 403, "ACCESS_DENIED", "not for this page");
    const shown = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1];
    const verdict = gate.check(shown);
    if (verdict === "closed") {
      return refused(context, 429, "TOO_MANY_REQUESTS", "too many wrong keys; wait a minute");
    }
    if (verdict === "wrong") {
      return refused(context, 401, "ACCESS_DENIED", "the operator's key is not right");
    }
    context.header("Cache-Control", "no-store");
    return await next();
  });
  api.use(bodyLimit({ maxSize: bodyBytesMax }));
  api.get("/modules", (context) => context.json({ modules: modules.map(({ name }) => name) }));
  for (const module of modules) module.mount(api);
  api.onError((error, context) => {
    if (error instanceof TeburaError) {
      return refused(context, statusOf(error.code), error.code, error.message);
    }
    log("operator.failed", { code: "UNEXPECTED" });
    return refused(context, 500, "UNREACHABLE", "that did not work; nothing was recorded");
  });
  app.route("/operator/api", api);
}

/** Reads a body by a strict schema. Throws REQUEST_INVALID that names the fields, and none of their contents. */
export async function bodyOf<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const given: unknown = await context.req.json().catch(() => undefined);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join(".") || "the whole");
  throw new TeburaError(
    "REQUEST_INVALID",
    `not as it has to be: ${[...new Set(fields)].join(", ")}`,
  );
}

const statuses: Partial<Record<ErrorCode, 403 | 404 | 409 | 503>> = {
  ...{
    ENROLMENT_BUSY: 409,
    PAYMENT_DIFFERS: 409,
    NAME_TAKEN: 409,
    PAYMENT_UNKNOWN: 404,
    PERSON_NOT_FOUND: 404,
  },
  ...{ SERVICE_OVER: 403, OUTBOX_FULL: 503, DATA_UNWRITABLE: 503 },
};
const statusOf = (code: ErrorCode) => statuses[code] ?? 400;

function refused(
  context: Context,
  status: 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503,
  code: ErrorCode,
  message: string,
) {
  return context.json({ code, message }, status);
}
