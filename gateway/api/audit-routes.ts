import { type Context, Hono, type MiddlewareHandler } from "hono";
import * as z from "zod";
import type { Ledger } from "../ledger/ledger.ts";
import { lookKinds, looksBefore } from "../ledger/looks.ts";
import type { Authorised } from "./authorise.ts";
import { described } from "./described.ts";

export interface AuditRoutePorts {
  readonly guard: MiddlewareHandler<Authorised>;
  readonly ledger: Pick<Ledger, "after" | "count">;
}

const looksMax = 200;
const askedSchema = z.strictObject({
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(looksMax).default(100),
  who: z
    .string()
    .regex(/^[a-z:-]{1,20}[0-9a-f]{0,16}$/)
    .optional(),
  kind: z.enum(lookKinds).optional(),
});

/** Who looked at people's data, came in, was refused or was given an account: by pages, newest first. */
export function createAuditRoutes({ guard, ledger }: AuditRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  const handler = async (context: Context) => {
    const asked = askedSchema.safeParse(context.req.query());
    if (!asked.success) {
      const message = `before, limit (at most ${looksMax}), who and kind are what may be asked for`;
      return context.json({ code: "USAGE", message }, 400);
    }
    context.header("Cache-Control", "no-store");
    return context.json({ ...(await looksBefore(ledger, asked.data)), count: ledger.count });
  };
  app.get("/api/audit", guard, described(handler, { query: askedSchema }));
  return app;
}
