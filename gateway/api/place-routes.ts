import type { Hono } from "hono";
import { boxAssignedSchema } from "#contract/bodies/places.ts";
import { recordedRef, type ServiceDeskPorts } from "../desk/answer.ts";
import type { PlaceCheck } from "../fleet/known-boxes.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";

export type PlaceRoutePorts = DeskRoutePorts &
  Pick<ServiceDeskPorts, "record"> & { readonly placeCheck: PlaceCheck };

/** Which clinic, performance or merchant a box works for. Refuses DEVICE_UNKNOWN and DEVICE_REVOKED. */
export function createPlaceRoutes({
  guards,
  record,
  placeCheck,
}: PlaceRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes({ guards });
  routes.post("/api/places", boxAssignedSchema.omit({ type: true }), async (asked) => {
    const refused = placeCheck(asked.box, asked.place);
    if (refused) return refused;
    const assigned = await recordedRef({ record }, { type: "place.box-assigned", ...asked });
    return { ok: true, assigned };
  });
  return routes.app;
}
