import { deskDevice } from "../desk-device.ts";
import type { Event } from "../events.ts";
import type { Pseudonym, WallMs } from "../ids.ts";
import { ShelterFamilies } from "./families.ts";
import { ShelterPeople } from "./people.ts";
import { Sightings } from "./sightings.ts";
import { ShelterSites } from "./sites.ts";
import { type Departure, type Fact, type Shelter, type Whereabouts, whereabouts } from "./stay.ts";
import { type About, type Evacuee, type ShelterSummary, summaries } from "./summary.ts";

export interface ShelterCheckIn {
  /** The newest event that this list knows of. */
  readonly asOf: WallMs;
  /** Everybody who is in a shelter or on the way to one, by pseudonym. */
  readonly present: readonly Evacuee[];
  /** People at the door whom the box did not recognise; a clerk finds out who they are. */
  readonly unidentified: number;
  readonly shelters: readonly ShelterSummary[];
  /** Those who left, and where from. */
  readonly left: readonly (About & Departure)[];
  /** Pairs of entries on which a human has decided already. */
  readonly decidedPairs: readonly string[];
  /** Households of somebody under protection: of none of their people anybody is told. */
  readonly protectedHouseholds: readonly Pseudonym[];
  /** Who may be told of whom: families by person and by household. */
  readonly families: ReturnType<ShelterFamilies["show"]>;
}

/** What somebody's line says, made once for each change of it. */
interface Known {
  readonly guardsHousehold: Pseudonym | null;
  readonly present?: Evacuee;
  readonly left?: About & Departure;
}

/** Everything that is known of shelters, changed in place by `applyShelter`. */
export interface ShelterState {
  asOf: WallMs;
  readonly people: ShelterPeople;
  readonly sites: ShelterSites;
  readonly sightings: Sightings;
  readonly families: ShelterFamilies;
  /** The newest event of each box and of each shelter. */
  readonly newest: Map<string, WallMs>;
  /** Where everybody is, by what they go by, as far as it was asked for. */
  readonly known: Map<Pseudonym, Known>;
  /** The keys of `known` in the order of letters, so that one arrival among thousands sorts nobody anew. */
  readonly order: Pseudonym[];
  /** Who has to be looked at again; `all` after a change of boxes or of who is who. */
  readonly stale: Set<Pseudonym>;
  allStale: boolean;
  shown: ShelterCheckIn | undefined;
}

export const emptyShelters = (): ShelterState => ({
  ...{ asOf: 0 as WallMs, allStale: false, shown: undefined },
  ...{ people: new ShelterPeople(), sites: new ShelterSites(), sightings: new Sightings() },
  ...{ families: new ShelterFamilies(), newest: new Map(), known: new Map(), stale: new Set() },
  order: [],
});

/** What `state` holds as people and programs see it: plain JSON, made again only after a change. */
export function shownShelters(state: ShelterState): ShelterCheckIn {
  state.shown ??= shown(state);
  return state.shown;
}

/**
 * Takes one event in, in whatever order events come. A gateway folds those of all boxes, and a shelter's
 * own box those that it made itself, while there is no gateway to ask.
 */
export function applyShelter(state: ShelterState, event: Event): void {
  const { body, at, device, sequence } = event;
  const isDecision = body.type === "decision.made" && body.service === "shelter.check-in";
  if (!isDecision && !body.type.startsWith("shelter.")) return;
  // Who asked or looked is on record, and changes nothing of who is where.
  if (body.type === "shelter.inquiry-made" || body.type === "shelter.list-read") return;
  state.shown = undefined;
  if (at > state.asOf) state.asOf = at;
  const { people } = state;
  const place = { at, device, sequence };
  if (body.type === "decision.made") {
    newer(state, device, at);
    const doubted = state.sightings.decided(body, at, device, sequence);
    if (doubted) state.stale.add(doubted);
    const { person, outcome, evidence } = body;
    const means = evidence.some(({ kind }) => kind === "card") ? "card" : "face";
    if (person)
      add(state, { ...place, person, kind: { is: "seen", sure: outcome === "admit", means } });
    return;
  }
  if ("shelter" in body && body.shelter) newer(state, body.shelter, at);
  if (body.type === "shelter.checked-in") {
    const { person, shelter, means, arrivedAt = at, resolves } = body;
    const doubted = resolves && state.sightings.settle(resolves);
    if (doubted) state.stale.add(doubted);
    add(state, {
      ...place,
      at: earlier(arrivedAt, at),
      person,
      kind: { is: "in", shelter, means },
    });
  } else if (body.type === "shelter.checked-out") {
    const { person, shelter, reason, leftAt = at } = body;
    add(state, { ...place, at: earlier(leftAt, at), person, kind: { is: "out", shelter, reason } });
  } else if (body.type === "shelter.transferred") {
    const { person, from, to, leftAt = at } = body;
    add(state, { ...place, at: earlier(leftAt, at), person, kind: { is: "transfer", from, to } });
  } else if (body.type === "shelter.sighting-settled") {
    const doubted = state.sightings.settle(body.sighting);
    if (doubted) state.stale.add(doubted);
  } else if (body.type === "shelter.person-described") {
    people.describe(body, place);
    state.stale.add(body.person);
  } else if (body.type === "shelter.protection-set") {
    people.protect(body, place);
    state.stale.add(body.person);
  } else if (body.type === "shelter.site-set") {
    if (device === deskDevice) state.sites.set(body, place);
  } else if (body.type === "shelter.site-assigned") {
    // A box knows where it stands itself. Where others stand is the desk's word alone: a stolen box could
    // else move the people of another shelter.
    if (device !== deskDevice && device !== body.device) return;
    state.sites.assign(body, place);
    state.allStale = true;
  } else if (body.type === "shelter.duplicate-decided") {
    if (people.decide(body, place)) state.allStale = true;
  } else if (body.type === "shelter.family-named") state.families.name(body, place);
}

function add(state: ShelterState, fact: Fact): void {
  state.people.add(fact);
  state.stale.add(fact.person);
}

function newer(state: ShelterState, key: string, at: WallMs): void {
  state.newest.set(key, Math.max(at, state.newest.get(key) ?? 0) as WallMs);
}

const earlier = (one: WallMs, other: WallMs) => Math.min(one, other) as WallMs;

/** Brings `known` up to date: everybody after a change of boxes, else whom something was said of. */
function refresh(state: ShelterState): void {
  const { people, sites, sightings, known, order } = state;
  const waiting = state.allStale ? people.everybody() : state.stale;
  if (state.allStale) {
    known.clear();
    state.order.length = 0;
  }
  const doorOf = sites.doorOf.bind(sites);
  const done = new Set<Pseudonym>();
  for (const one of waiting) {
    const entries = people.entriesOf(one);
    const person = entries[0] ?? one;
    if (done.has(person)) continue;
    done.add(person);
    const facts = people.factsOf(entries).filter(({ kind, device, sequence }) => {
      const isDoubt = kind.is === "seen" && !kind.sure;
      return !(isDoubt && sightings.isAnswered(device, sequence));
    });
    const about = aboutOf(people, person, entries);
    if (!known.has(person)) order.push(person);
    known.set(person, knownOf(about, whereabouts(facts, doorOf)));
  }
  // What is new stands at the end of a list that is in order: a sort of that is one pass.
  order.sort();
  state.stale.clear();
  state.allStale = false;
}

function aboutOf(people: ShelterPeople, person: Pseudonym, entries: readonly Pseudonym[]): About {
  const said = people.describedOf(entries);
  return {
    ...{ person, entries },
    household: said.household?.what ?? null,
    needs: [...new Set(said.needs?.what ?? [])].sort(),
    language: said.language?.what ?? null,
    protected: said.protected?.what ?? false,
  };
}

function knownOf(about: About, { stay, left }: Whereabouts): Known {
  const guardsHousehold = about.protected ? about.household : null;
  if (stay) return { guardsHousehold, present: { ...about, ...stay } };
  return left ? { guardsHousehold, left: { ...about, ...left } } : { guardsHousehold };
}

function shown(state: ShelterState): ShelterCheckIn {
  refresh(state);
  const present: Evacuee[] = [];
  const left: (About & Departure)[] = [];
  const guarded = new Set<Pseudonym>();
  for (const person of state.order) {
    const { guardsHousehold, present: here, left: gone } = state.known.get(person) as Known;
    if (guardsHousehold) guarded.add(guardsHousehold);
    if (here) present.push(here);
    else if (gone) left.push(gone);
  }
  const unidentified = new Map<Shelter, number>();
  for (const { device, at } of state.sightings.open()) {
    const { shelter, door } = state.sites.doorOf(device, at);
    // Whoever leaves unrecognised is on the list already, and stays there.
    if (door === "entrance") unidentified.set(shelter, (unidentified.get(shelter) ?? 0) + 1);
  }
  return {
    asOf: state.asOf,
    present,
    unidentified: [...unidentified.values()].reduce((sum, count) => sum + count, 0),
    shelters: summaries(state, present, unidentified),
    left,
    decidedPairs: state.people.decided(),
    protectedHouseholds: [...guarded].sort(),
    families: state.families.show(),
  };
}
