import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { errorCodeOf } from "#contract/errors.ts";
import type { Authorised, Guard } from "./authorise.ts";
import { described, type RouteFacts } from "./described.ts";
import type { Operation } from "./operation.ts";
import { veilOf } from "./protection.ts";
import { type RegistryPorts, registryOperations } from "./registry-operations.ts";

export type PersonsRoutePorts = RegistryPorts & { readonly guard: Guard };

const bodyBytesMax = 8 * 1_024 * 1_024;

/** The registry's API. Every error is `{ code, message }`. */
export function createPersonsRoutes(ports: PersonsRoutePorts): Hono<Authorised> {
  const operations = registryOperations(ports);
  const app = new Hono<Authorised>();
  app.onError((error, context) => {
    const code = errorCodeOf(error);
    if (code === "USAGE") return context.json({ code, message: error.message }, 400);
    if (code === "DATA_LOCKED") {
      context.header("Retry-After", "10");
      return context.json({ code, message: error.message }, 503);
    }
    const message = "the gateway failed; see its log";
    return context.json({ code: code ?? "UNEXPECTED", message }, 500);
  });
  const limit = bodyLimit({
    maxSize: bodyBytesMax,
    onError: (context) => {
      const message = `a body has at most ${bodyBytesMax} bytes`;
      return context.json({ code: "USAGE", message }, 413);
    },
  });
  const { guard } = ports;
  for (const operation of operations) {
    const { path, scope, run } = operation;
    const handler = async (context: Context<Authorised>) => {
      const body = new Uint8Array(await context.req.arrayBuffer());
      const who = context.get("who");
      const seesProtected = veilOf(context).isOpen;
      const caller = { who, seesProtected };
      const { status, body: answer } = await run(body, context.req.query(), caller);
      // Names of people are for the one who asked, and for no cache on the way.
      context.header("Cache-Control", "no-store");
      return context.json(answer, status);
    };
    app.post(path, guard(scope), limit, described(handler, factsOf(operation)));
  }
  return app;
}

function factsOf({ id, summary, body, takes, query, gives, refuses = [] }: Operation): RouteFacts {
  const judged = body === "csv" || !takes ? ("text/csv" as const) : takes;
  return { id, summary, takes: judged, gives, refuses, ...(query && { query }) };
}
