import { Hono, type MiddlewareHandler } from "hono";
import { type PlacesPorts, placesOf } from "../map/places.ts";
import type { Authorised } from "./authorise.ts";

export type MapRoutePorts = PlacesPorts & { readonly guard: MiddlewareHandler<Authorised> };

/** The city as a map draws it, which stays, and where its boxes are, which does not. */
export function createMapRoutes(ports: MapRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  const { map, guard } = ports;
  app.get("/api/map", guard, (context) => context.json({ stops: map.stops, lines: map.lines }));
  app.get("/api/map/boxes", guard, (context) => context.json({ boxes: placesOf(ports) }));
  return app;
}
