import type { View } from "./view.ts";

interface Counts {
  boarded: number;
  refused: number;
  askedForCard: number;
}

type State = Map<string, Map<string, Counts>>;

export interface BusBoarding {
  /** Newest day first; the boxes of a day by id. */
  readonly days: readonly {
    readonly day: string;
    readonly devices: readonly ({ readonly device: string } & Readonly<Counts>)[];
  }[];
}

/** Who boarded where: numbers for each box and day, no persons. */
export function busBoarding(dayOf: (at: number) => string): View<State, BusBoarding> {
  return {
    service: "bus.boarding",
    empty: () => new Map(),
    apply(state, { event }) {
      const { body } = event;
      if (body.type !== "decision.made" || body.service !== "bus.boarding") return;
      const devices = entry(state, dayOf(event.at), () => new Map<string, Counts>());
      const counts = entry(devices, event.device, () => ({
        boarded: 0,
        refused: 0,
        askedForCard: 0,
      }));
      if (body.outcome === "admit") counts.boarded += 1;
      else if (body.outcome === "refuse") counts.refused += 1;
      else counts.askedForCard += 1;
    },
    show: (state) => ({
      days: sorted(state)
        .reverse()
        .map(([day, devices]) => ({
          day,
          devices: sorted(devices).map(([device, counts]) => ({ device, ...counts })),
        })),
    }),
  };
}

/** The value under a key, made where it is missing. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** The entries of a map by key, so that the order of arrival shows nowhere. */
export function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
