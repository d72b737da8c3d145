import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry, sorted } from "./bus-boarding.ts";
import type { View } from "./view.ts";

type State = Map<string, { arrivals: Map<Pseudonym, WallMs>; unconfirmed: number }>;

export interface SchoolAttendance {
  readonly days: readonly {
    readonly day: string;
    readonly arrivals: readonly { readonly person: Pseudonym; readonly firstSeenAt: WallMs }[];
    /** Faces that were not recognised: somebody arrived, and nobody is called absent for it. */
    readonly unconfirmed: number;
  }[];
}

/** The first arrival of each child on each day. */
export function schoolAttendance(dayOf: (at: number) => string): View<State, SchoolAttendance> {
  return {
    service: "school.attendance",
    empty: () => new Map(),
    apply(state, { event }) {
      const { body } = event;
      if (body.type !== "decision.made" || body.service !== "school.attendance") return;
      const day = entry(state, dayOf(event.at), () => ({ arrivals: new Map(), unconfirmed: 0 }));
      if (body.outcome !== "admit" || !body.person) {
        day.unconfirmed += 1;
        return;
      }
      // The earliest, not the first to be delivered: boxes report late, and in any order.
      const known = day.arrivals.get(body.person);
      if (known === undefined || event.at < known) day.arrivals.set(body.person, event.at);
    },
    show: (state) => ({
      days: sorted(state)
        .reverse()
        .map(([day, { arrivals, unconfirmed }]) => ({
          day,
          unconfirmed,
          arrivals: sorted(arrivals).map(([person, firstSeenAt]) => ({
            person: person as Pseudonym,
            firstSeenAt,
          })),
        })),
    }),
  };
}
