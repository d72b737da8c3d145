import type { ShelterNeed } from "../bodies/shelter.ts";
import type { DeviceId, Pseudonym, WallMs } from "../ids.ts";
import { entry } from "../maps.ts";
import type { ShelterSites, Site } from "./sites.ts";
import type { Shelter, Stay } from "./stay.ts";

export interface About {
  /** What this person goes by: the first of `entries`. */
  readonly person: Pseudonym;
  /** All that a human has called one person. Mostly one. */
  readonly entries: readonly Pseudonym[];
  readonly household: Pseudonym | null;
  readonly needs: readonly ShelterNeed[];
  readonly language: string | null;
  readonly protected: boolean;
}

export type Evacuee = About & Readonly<Stay>;

export interface ShelterSummary extends Site {
  readonly shelter: string;
  /** The newest event that is known of this shelter; null when there is none. */
  readonly asOf: WallMs | null;
  readonly present: number;
  /** On the way here from another shelter. */
  readonly expected: number;
  /** Of those present, people of whom only a face was seen that the box was not sure of. */
  readonly unsure: number;
  readonly unidentified: number;
  /** Places left, below zero where there are more people than places; null where nobody said. */
  readonly free: number | null;
  readonly needs: Readonly<Partial<Record<ShelterNeed, number>>>;
  readonly devices: readonly DeviceId[];
}

/** Every shelter that was set up or that somebody is in, also one that nobody has set up. */
export function summaries(
  { sites, newest }: { readonly sites: ShelterSites; readonly newest: ReadonlyMap<string, WallMs> },
  present: readonly Evacuee[],
  unidentified: ReadonlyMap<Shelter, number>,
): readonly ShelterSummary[] {
  const byShelter = new Map<string, Evacuee[]>();
  for (const one of present) if (one.shelter) entry(byShelter, one.shelter, () => []).push(one);
  const devices = sites.devicesByShelter();
  const set = new Map(sites.sites());
  const shelters = new Set([...set.keys(), ...byShelter.keys(), ...devices.keys()]);
  return [...shelters].sort().map((shelter) => {
    const site = set.get(shelter) ?? { label: shelter, capacity: null, open: true };
    const people = byShelter.get(shelter) ?? [];
    const here = people.filter(({ expected }) => !expected);
    const boxes = devices.get(shelter) ?? [];
    const asOf = Math.max(...[shelter, ...boxes].map((key) => newest.get(key) ?? 0));
    const needs: Partial<Record<ShelterNeed, number>> = {};
    for (const { needs: ofOne } of here)
      for (const one of ofOne) needs[one] = (needs[one] ?? 0) + 1;
    return {
      ...{ shelter, ...site },
      asOf: asOf === 0 ? null : (asOf as WallMs),
      ...{ present: here.length, expected: people.length - here.length },
      unsure: here.filter(({ sure }) => !sure).length,
      unidentified: unidentified.get(shelter) ?? 0,
      free: site.capacity === null ? null : site.capacity - here.length,
      ...{ needs: Object.fromEntries(Object.entries(needs).sort()), devices: boxes },
    };
  });
}
