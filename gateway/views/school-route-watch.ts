import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { SchoolRules } from "#firmware-config/school.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { type Fact, inTime, Places, refOf } from "./proved-decisions.ts";
import type { View } from "./view.ts";

/** A child was seen on the way. */
export interface Sighting {
  readonly sighting: EventRef;
  readonly at: WallMs;
  /** Where the box stood at that time; null where nobody said so. */
  readonly place: PlaceId | null;
}

export interface RouteWatchState {
  readonly places: Places;
  readonly seen: Map<Pseudonym, Fact<DeviceId>[]>;
}

export interface RouteWatch {
  /** How many sightings are held now, by place, and of nobody in particular. */
  readonly places: readonly { readonly place: string; readonly sightings: number }[];
}

export interface RouteWatchPorts {
  /** Read at each look. */
  readonly rules: SchoolRules;
  readonly wall: () => WallMs;
}

const hourMs = 3_600_000;
/** A box whose clock is that far ahead says nothing that could be kept a short time. */
const aheadMsMax = 24 * hourMs;

/** Whether a sighting of that moment is still kept: by the rule of its own moment. */
function isKept(rules: SchoolRules, at: number, now: number): boolean {
  const { routeWatchHours } = inForceAt(rules, Math.max(at, firstOf(rules)));
  return at > now - routeWatchHours * hourMs;
}

/** Whether it is said, too: what a wrong clock put into the days ahead waits for its time, or for its box's word. */
const isSaid = (at: number, now: number): boolean => at < now + aheadMsMax;

const firstOf = (rules: SchoolRules): number =>
  Math.min(...rules.map(({ validFrom }) => Date.parse(validFrom)));

/**
 * Where children were seen on their way, for a short time. A sighting whose time is over is not taken in,
 * and `forgetOld` lets go of the others when theirs is; so what is held at a moment follows from the
 * ledger and the moment alone, whether it was folded live or in a replay.
 */
export function schoolRouteWatch(ports: RouteWatchPorts): View<RouteWatchState, RouteWatch> {
  return {
    name: "school.route-watch",
    empty: () => ({ places: new Places("school.route-watch"), seen: new Map() }),
    apply(state, { event }) {
      state.places.apply(event);
      const { body, at } = event;
      if (body.type !== "decision.made" || body.service !== "school.route-watch") return;
      if (body.outcome !== "admit" || !body.person || !isKept(ports.rules, at, ports.wall()))
        return;
      const fact = { ref: refOf(event), at, body: event.device };
      entry(state.seen, body.person, (): Fact<DeviceId>[] => []).push(fact);
    },
    show(state) {
      const now = ports.wall();
      forgetOld(state, ports.rules, now);
      const counts = new Map<string, number>();
      for (const facts of state.seen.values()) {
        for (const { at, body: box } of facts.filter(({ at }) => isSaid(at, now))) {
          const place = state.places.of(box, at) ?? "";
          counts.set(place, (counts.get(place) ?? 0) + 1);
        }
      }
      return { places: sorted(counts).map(([place, sightings]) => ({ place, sightings })) };
    },
  };
}

/** Lets go of every sighting whose time is over. */
export function forgetOld({ seen }: RouteWatchState, rules: SchoolRules, now: WallMs): void {
  for (const [pupil, facts] of seen) {
    const kept = facts.filter(({ at }) => isKept(rules, at, now));
    if (kept.length === 0) seen.delete(pupil);
    else if (kept.length < facts.length) seen.set(pupil, kept);
  }
}

/** Where a child was seen, in order of time. What is older than it may be is forgotten first. */
export function sightingsOf(
  state: RouteWatchState,
  rules: SchoolRules,
  pupil: Pseudonym,
  now: WallMs,
): readonly Sighting[] {
  forgetOld(state, rules, now);
  const said = (state.seen.get(pupil) ?? []).filter(({ at }) => isSaid(at, now));
  return said.sort(inTime).map(({ ref, at, body: box }) => ({
    ...{ sighting: ref, at, place: state.places.of(box, at) },
  }));
}
