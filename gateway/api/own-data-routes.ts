import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import { localTimeIn } from "#contract/export/local-time.ts";
import { gatherOwnData, type OwnDataPorts } from "../persons/own-data.ts";
import { ownDataSheet } from "../persons/own-data-sheet.ts";
import { referenceSchema } from "../persons/records.ts";
import type { Authorised, Guard } from "./authorise.ts";
import { described } from "./described.ts";
import { veilOf } from "./protection.ts";

export interface OwnDataRoutePorts extends OwnDataPorts {
  readonly guard: Guard;
  readonly timeZone: string;
}

const askedSchema = z.strictObject({
  reference: referenceSchema,
  /** `sheet` is a text in Japanese, to be handed over. */
  form: z.enum(["json", "sheet"]).default("json"),
});

/** What is held of a person and every use of it, for their own request. */
export function createOwnDataRoutes(ports: OwnDataRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  const limit = bodyLimit({ maxSize: 4_096 });
  const handler = async (context: Context<Authorised>) => {
    const asked = askedSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!asked.success) {
      return context.json({ code: "USAGE", message: "send { reference, form }" }, 400);
    }
    const { reference, form } = asked.data;
    context.header("Cache-Control", "no-store");
    const seesProtected = veilOf(context).isOpen;
    const data = await gatherOwnData(ports, { who: context.get("who"), seesProtected }, reference);
    if (!data) {
      const message = "nobody is registered by that number";
      return context.json({ code: "PERSON_NOT_FOUND", message }, 404);
    }
    if (form === "json") return context.json(data);
    return context.text(ownDataSheet(data, localTimeIn(ports.timeZone)));
  };
  const guard = ports.guard("own-data:read");
  app.post("/api/own-data", guard, limit, described(handler, { takes: askedSchema }));
  return app;
}
