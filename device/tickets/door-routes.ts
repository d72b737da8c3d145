import type { Hono } from "hono";
import type { OperatorModule } from "../operator/operator-routes.ts";
import type { DoorBox } from "./door-box.ts";

/** What a steward at the door sees: which list the box goes by, and how far it has come. */
export function doorRoutes(box: DoorBox): OperatorModule {
  return {
    name: "tickets",
    mount(api: Hono) {
      api.get("/tickets", (context) =>
        context.json({
          performance: box.performance ?? null,
          listUntil: box.listUntil ?? null,
          ...box.counts,
        }),
      );
    },
  };
}
