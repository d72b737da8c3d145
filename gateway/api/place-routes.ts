import type { Hono } from "hono";
import { boxAssignedSchema } from "#contract/bodies/places.ts";
import { recordedRef, type ServiceDeskPorts } from "../desk/answer.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";

export type PlaceRoutePorts = DeskRoutePorts & Pick<ServiceDeskPorts, "record">;

/** Which clinic, performance or merchant a box works for. */
export function createPlaceRoutes({ guards, record }: PlaceRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes({ guards });
  routes.post("/api/places", boxAssignedSchema.omit({ type: true }), async (asked) => ({
    ok: true,
    assigned: await recordedRef({ record }, { type: "place.box-assigned", ...asked }),
  }));
  return routes.app;
}
