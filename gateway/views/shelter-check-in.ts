import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { sorted } from "./bus-boarding.ts";
import type { View } from "./view.ts";

interface Presence {
  since: WallMs;
  lastSeenAt: WallMs;
  device: DeviceId;
}

interface State {
  readonly present: Map<Pseudonym, Presence>;
  /** Events of somebody unknown, as `device sequence`, until an answer says who it was. */
  readonly unidentified: Set<string>;
  asOf: WallMs;
}

export interface ShelterCheckIn {
  /** The newest event that this list knows of. */
  readonly asOf: WallMs;
  readonly present: readonly ({ readonly person: Pseudonym } & Readonly<Presence>)[];
  /** People at the door whom the box did not recognise; a clerk finds out who they are. */
  readonly unidentified: number;
}

/** Who is in a shelter. One name too many costs a search, one too few a life: nobody drops out. */
export function shelterCheckIn(): View<State, ShelterCheckIn> {
  return {
    service: "shelter.check-in",
    empty: () => ({ present: new Map(), unidentified: new Set(), asOf: 0 as WallMs }),
    apply(state, { event }) {
      const { body, at, device, sequence } = event;
      if (body.type !== "decision.made" || body.service !== "shelter.check-in") return;
      if (at > state.asOf) state.asOf = at;
      // An answer takes the place of the event that asked: one person, known or not.
      if (body.answers !== undefined) state.unidentified.delete(`${device} ${body.answers}`);
      if (!body.person) {
        state.unidentified.add(`${device} ${body.answers ?? sequence}`);
        return;
      }
      const known = state.present.get(body.person);
      if (!known) {
        state.present.set(body.person, { since: at, lastSeenAt: at, device });
        return;
      }
      if (at < known.since) known.since = at;
      // At the same instant the box with the later id counts, so that arrival order does not show.
      if (at > known.lastSeenAt || (at === known.lastSeenAt && device > known.device)) {
        known.lastSeenAt = at;
        known.device = device;
      }
    },
    show: ({ asOf, present, unidentified }) => ({
      asOf,
      unidentified: unidentified.size,
      present: sorted(present).map(([person, presence]) => ({
        person: person as Pseudonym,
        ...presence,
      })),
    }),
  };
}
