import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry, sorted } from "./bus-boarding.ts";
import type { View } from "./view.ts";

/** `unconfirmed` holds the events, as `device sequence`, until an answer says who it was. */
interface Day {
  readonly arrivals: Map<Pseudonym, WallMs>;
  readonly unconfirmed: Set<string>;
}

type State = Map<string, Day>;

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
    name: "school.attendance",
    empty: () => new Map(),
    apply(state, { event }) {
      const { body } = event;
      if (body.type !== "decision.made" || body.service !== "school.attendance") return;
      const { device, sequence } = event;
      const day = entry(state, dayOf(event.at), emptyDay);
      if (body.answers !== undefined) settle(state, `${device} ${body.answers}`);
      if (body.outcome !== "admit" || !body.person) {
        day.unconfirmed.add(`${device} ${body.answers ?? sequence}`);
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
          unconfirmed: unconfirmed.size,
          arrivals: sorted(arrivals).map(([person, firstSeenAt]) => ({
            person: person as Pseudonym,
            firstSeenAt,
          })),
        })),
    }),
  };
}

const emptyDay = (): Day => ({ arrivals: new Map(), unconfirmed: new Set() });

/** The answer may come after midnight: the event that asked is then of the day before. */
function settle(state: State, asked: string): void {
  for (const day of state.values()) day.unconfirmed.delete(asked);
}
