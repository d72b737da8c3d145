import type { Hono } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { bodyOf, type OperatorModule } from "../operator/operator-routes.ts";
import type { Till } from "./till.ts";

const reference = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const askedSchema = z.strictObject({ reference, amountYen: z.int().min(1).max(100_000_000) });

const unknown = () =>
  new TeburaError("PAYMENT_UNKNOWN", "nobody asked for a payment of that reference here");

/**
 * What a till does over the loopback address. It begins a payment with a POST, which may be sent again
 * after any failure, and waits for its end with a GET.
 */
export function tillRoutes(till: Till): OperatorModule {
  return {
    name: "payment",
    mount(api: Hono) {
      api.post("/payments", async (context) =>
        context.json(await till.ask(await bodyOf(context, askedSchema))),
      );
      api.get("/payments/:reference", async (context) => {
        const seconds = z.coerce.number().min(0).max(30).catch(0).parse(context.req.query("wait"));
        const signal = AbortSignal.any([
          context.req.raw.signal,
          AbortSignal.timeout(Math.max(1, seconds * 1_000)),
        ]);
        const state = await till.settled(context.req.param("reference"), signal);
        if (!state) throw unknown();
        return context.json(state);
      });
      api.delete("/payments/:reference", (context) => {
        const state = till.cancel(context.req.param("reference"));
        if (!state) throw unknown();
        return context.json(state);
      });
    },
  };
}
