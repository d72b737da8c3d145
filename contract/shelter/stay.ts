import type { LeavingReason } from "../bodies/shelter.ts";
import type { DeviceId, Pseudonym, WallMs } from "../ids.ts";

/** Where an event stands among all events of all devices: by its time, then by what never repeats. */
export interface Place {
  readonly at: WallMs;
  readonly device: DeviceId;
  readonly sequence: number;
}

/** A shelter's id; null is a box of which nobody has said where it stands. */
export type Shelter = string | null;
export type Means = "card" | "face" | "hand";

/** Something that says where a person is. A sighting's shelter follows from its box, and may change. */
export type Fact = Place & {
  readonly person: Pseudonym;
  readonly kind:
    | { readonly is: "seen"; readonly sure: boolean; readonly means: Means }
    | { readonly is: "in"; readonly shelter: string; readonly means: Means }
    | { readonly is: "out"; readonly shelter: string; readonly reason: LeavingReason | "exit" }
    | { readonly is: "transfer"; readonly from: string; readonly to: string };
};

export interface Stay {
  shelter: Shelter;
  /** On the way from another shelter, and not seen in this one yet. */
  expected: boolean;
  /** False where only a face was seen that the box was not sure of. */
  sure: boolean;
  means: Means;
  since: WallMs;
  lastSeenAt: WallMs;
  device: DeviceId;
}

export interface Departure {
  readonly shelter: Shelter;
  readonly at: WallMs;
  /** `exit` where a box at a way out saw the person. */
  readonly reason: LeavingReason | "exit";
}

export interface Whereabouts {
  readonly stay: Stay | undefined;
  readonly left: Departure | undefined;
}

/** Where a box stood when it saw something. */
export interface Door {
  readonly shelter: Shelter;
  readonly door: "entrance" | "exit";
}

export function byPlace(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  return a.sequence - b.sequence;
}

/**
 * Where one person is, from everything that is known of them, whatever the order in which it came: in
 * one shelter or in none. Somebody leaves a shelter only by what was said of that shelter, so that a
 * late word from where they were before takes nobody off the list of where they are now.
 */
export function whereabouts(
  facts: readonly Fact[],
  doorOf: (device: DeviceId, at: WallMs) => Door,
): Whereabouts {
  let stay: Stay | undefined;
  let left: Departure | undefined;
  for (const fact of facts.toSorted(byPlace)) {
    const { kind, at } = fact;
    if (kind.is === "in") stay = arrived(stay, fact, kind.shelter, kind.means);
    else if (kind.is === "transfer") stay = transferred(stay, fact, kind);
    else if (kind.is === "out") {
      if (!isIn(stay, kind.shelter)) continue;
      left = { shelter: kind.shelter, at, reason: kind.reason };
      stay = undefined;
    } else {
      const { shelter, door } = doorOf(fact.device, at);
      if (door === "entrance") stay = seen(stay, fact, shelter, kind);
      else if (kind.sure && isIn(stay, shelter)) {
        left = { shelter, at, reason: "exit" };
        stay = undefined;
      }
    }
  }
  return { stay, left: stay ? undefined : left };
}

/** Somebody in a place that nobody has named is taken off it by a word from any. */
function isIn(stay: Stay | undefined, shelter: Shelter): boolean {
  return stay !== undefined && (stay.shelter === shelter || stay.shelter === null);
}

function arrived(stay: Stay | undefined, fact: Place, shelter: Shelter, means: Means): Stay {
  const { at, device } = fact;
  const isHere = stay?.shelter === shelter && !stay.expected;
  // The first certain proof stands: a face at the door each day says nothing new of how they came.
  if (isHere && stay.sure) return { ...stay, lastSeenAt: at, device };
  const since = isHere ? stay.since : at;
  return { shelter, means, since, lastSeenAt: at, device, expected: false, sure: true };
}

/**
 * An unsure face counts as present where nothing better is known: one name too many costs a search,
 * one too few a life. It moves nobody away from a shelter where they certainly are.
 */
function seen(
  stay: Stay | undefined,
  fact: Place,
  shelter: Shelter,
  { sure, means }: { readonly sure: boolean; readonly means: Means },
): Stay {
  if (sure) return arrived(stay, fact, shelter, means);
  const { at, device } = fact;
  if (!stay) return { shelter, means, since: at, lastSeenAt: at, device, expected: false, sure };
  if (stay.shelter === shelter) return { ...stay, lastSeenAt: at, device, expected: false };
  if (stay.sure) return stay;
  return { ...stay, shelter, since: at, lastSeenAt: at, device };
}

function transferred(
  stay: Stay | undefined,
  { at, device }: Place,
  { from, to }: { readonly from: string; readonly to: string },
): Stay | undefined {
  if (stay && (stay.shelter === to || !isIn(stay, from))) return stay;
  const means = stay?.means ?? "hand";
  return { shelter: to, means, since: at, lastSeenAt: at, device, expected: true, sure: true };
}
