import { sorted } from "#contract/maps.ts";
import type { View } from "./view.ts";

/** Decisions of one hour of one service. */
interface Counts {
  admit: number;
  refuse: number;
  ask: number;
}

type Hours = Map<number, Map<string, Counts>>;

export interface Activity {
  /** The newest days, newest first; hours of local time in which something was decided. */
  readonly days: readonly {
    readonly day: string;
    readonly hours: readonly {
      readonly hour: number;
      readonly services: Readonly<Record<string, Readonly<Counts>>>;
    }[];
  }[];
}

/** Days that are shown; older ones are in the ledger. */
const daysMax = 14;

/** How much was decided when, and how: numbers, no persons. For whoever looks after the whole. */
export function activity(
  dayOf: (at: number) => string,
  hourOf: (at: number) => number,
): View<Map<string, Hours>, Activity> {
  return {
    name: "activity",
    empty: () => new Map(),
    apply(state, { event: { at, body } }) {
      if (body.type !== "decision.made") return;
      const hours = made(state, dayOf(at), () => new Map() as Hours);
      const services = made(hours, hourOf(at), () => new Map<string, Counts>());
      const counts = made(services, body.service, () => ({ admit: 0, refuse: 0, ask: 0 }));
      counts[body.outcome === "ask-card" ? "ask" : body.outcome] += 1;
      // Which days are kept depends on the days there are, never on the order in which they came.
      if (state.size > daysMax) state.delete([...state.keys()].sort()[0] as string);
    },
    show: (state) => ({
      days: [...state.keys()]
        .sort()
        .reverse()
        .map((day) => ({
          day,
          hours: [...(state.get(day) as Hours)]
            .sort(([a], [b]) => a - b)
            .map(([hour, services]) => ({ hour, services: Object.fromEntries(sorted(services)) })),
        })),
    }),
  };
}

function made<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}

/** The hour of local time, 0 to 23. */
export function hourIn(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" });
  const known = new Map<number, number>();
  return (at) => {
    // Every zone that is in use is off by whole quarters of an hour.
    const quarter = Math.floor(at / 900_000);
    const cached = known.get(quarter);
    if (cached !== undefined) return cached;
    const hour = Number(format.format(quarter * 900_000));
    if (known.size > 4_096) known.clear();
    known.set(quarter, hour);
    return hour;
  };
}
