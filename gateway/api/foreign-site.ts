import type { Context } from "hono";
import type { Authorised } from "./authorise.ts";

/** Where something is: a site, none, or of no matter: what is the same for every site. */
export type Place = string | null | undefined | typeof anywhere;
export const anywhere = Symbol("anywhere");

/**
 * The refusal for what belongs to a place that is not the caller's, or undefined where they may go on.
 * `site` is where the thing is; undefined for what does not exist, which somebody who is bound to places
 * cannot tell from what is elsewhere. Of several every one must be theirs. A route that was guarded with the reach `site` asks this before it
 * shows or changes anything.
 */
export function foreignSite(
  context: Context<Authorised>,
  site: Place | readonly Place[],
): Response | undefined {
  const sites = context.get("sites");
  if (sites === undefined) return undefined;
  const places = Array.isArray(site) ? (site as readonly Place[]) : [site as Place];
  const isOwn = (place: Place) =>
    place === anywhere || (typeof place === "string" && sites.includes(place));
  return places.length > 0 && places.every(isOwn) ? undefined : context.get("refuseSite")();
}
