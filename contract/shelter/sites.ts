import type { EventBody } from "../events.ts";
import type { DeviceId, WallMs } from "../ids.ts";
import { entry, sorted } from "../maps.ts";
import { byPlace, type Door, type Place } from "./stay.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

interface Assignment extends Place, Door {}

/** The latest word on something. Which one came in last does not matter. */
export interface Said<T> extends Place {
  readonly what: T;
}

/** Keeps the later of two words. True when that changed something. */
export function keepLatest<K, T>(map: Map<K, Said<T>>, key: K, said: Said<T>): boolean {
  const known = map.get(key);
  if (known && byPlace(known, said) >= 0) return false;
  map.set(key, said);
  return true;
}

export interface Site {
  readonly label: string;
  readonly capacity: number | null;
  readonly open: boolean;
}

const unassigned: Door = { shelter: null, door: "entrance" };

/** The city's shelters, and which box stood at which door of them, when. */
export class ShelterSites {
  readonly #sites = new Map<string, Said<Site>>();
  readonly #assignments = new Map<DeviceId, Assignment[]>();

  set({ shelter, label, capacity, open }: Body<"shelter.site-set">, place: Place): void {
    keepLatest(this.#sites, shelter, { ...place, what: { label, capacity, open } });
  }

  assign(body: Body<"shelter.site-assigned">, { device, sequence }: Place): void {
    const { shelter, door, from } = body;
    const known = entry(this.#assignments, body.device, () => []);
    known.push({ at: from, device, sequence, shelter, door });
    known.sort(byPlace);
  }

  /** Where a box stood. Before its first assignment it stood where that one puts it. */
  doorOf(device: DeviceId, at: WallMs): Door {
    const known = this.#assignments.get(device);
    if (!known) return unassigned;
    return known.findLast(({ at: from }) => from <= at) ?? known[0] ?? unassigned;
  }

  sites(): readonly (readonly [string, Site])[] {
    return sorted(this.#sites).map(([shelter, { what }]) => [shelter, what] as const);
  }

  /** The boxes that stand at a shelter by the newest assignment of each. */
  devicesByShelter(): ReadonlyMap<string, readonly DeviceId[]> {
    const devices = new Map<string, DeviceId[]>();
    for (const [device, known] of sorted(this.#assignments)) {
      const shelter = known.at(-1)?.shelter;
      if (shelter) entry(devices, shelter, () => []).push(device as DeviceId);
    }
    return devices;
  }
}
