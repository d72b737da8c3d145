import type { ShelterNeed } from "../bodies/shelter.ts";
import type { EventBody } from "../events.ts";
import type { Pseudonym } from "../ids.ts";
import { entry } from "../maps.ts";
import { keepLatest, type Said } from "./sites.ts";
import type { Fact, Place } from "./stay.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

/** What was last said of somebody, field by field. */
export interface Described {
  household?: Said<Pseudonym | null>;
  needs?: Said<readonly ShelterNeed[]>;
  language?: Said<string | null>;
  protected?: Said<boolean>;
}

export const describedFields = ["household", "needs", "language", "protected"] as const;

/**
 * Everybody who was ever heard of, what is known of each, and who of them a human has called one
 * person. One person of several entries goes by the first of their pseudonyms in the order of letters.
 */
export class ShelterPeople {
  readonly #facts = new Map<Pseudonym, Fact[]>();
  readonly #described = new Map<Pseudonym, Described>();
  readonly #pairs = new Map<string, Said<boolean>>();
  #groups: ReadonlyMap<Pseudonym, readonly Pseudonym[]> | undefined;

  add(fact: Fact): void {
    entry(this.#facts, fact.person, () => []).push(fact);
  }

  describe({ person, household, needs, language }: Body<"shelter.person-described">, place: Place) {
    this.say(person, "household", household, place);
    this.say(person, "needs", needs, place);
    this.say(person, "language", language, place);
  }

  protect({ person, protected: what }: Body<"shelter.protection-set">, place: Place): void {
    this.say(person, "protected", what, place);
  }

  /** True when who is one person with whom may have changed. */
  decide({ persons, same }: Body<"shelter.duplicate-decided">, place: Place): boolean {
    const [one, other] = persons;
    if (one === other) return false;
    const changed = keepLatest(this.#pairs, pairOf(one, other), { ...place, what: same });
    if (changed) this.#groups = undefined;
    return changed;
  }

  /** Pairs of which a human has said what they are, as `pairOf` writes them. */
  decided(): readonly string[] {
    return [...this.#pairs.keys()].sort();
  }

  /** What a human said of these entries and others, as rows that another fold takes in. */
  pairsOf(entries: readonly Pseudonym[]) {
    return [...this.#pairs].flatMap(([pair, { at, device, sequence, what }]) => {
      const [person, other] = pair.split(" ") as [Pseudonym, Pseudonym];
      if (!entries.includes(person) && !entries.includes(other)) return [];
      return [{ is: "same" as const, person, other, at, device, sequence, what }];
    });
  }

  /** Also those of whom only something was said: a child under protection may come in later. */
  everybody(): Iterable<Pseudonym> {
    return new Set([...this.#facts.keys(), ...this.#described.keys()]);
  }

  /** The entries that are one person with this one, itself among them, in the order of letters. */
  entriesOf(person: Pseudonym): readonly Pseudonym[] {
    this.#groups ??= grouped(this.#pairs);
    return this.#groups.get(person) ?? [person];
  }

  factsOf(entries: readonly Pseudonym[]): readonly Fact[] {
    return entries.flatMap((person) => this.#facts.get(person) ?? []);
  }

  /** The latest word on each field, over all entries of one person. */
  describedOf(entries: readonly Pseudonym[]): Described {
    const first = this.#described.get(entries[0] as Pseudonym) ?? {};
    if (entries.length === 1) return first;
    const latest = new Map<keyof Described, Said<unknown>>();
    for (const person of entries) {
      const said = this.#described.get(person) ?? {};
      for (const field of describedFields) {
        const word = said[field];
        // Protection that was said of any entry holds for the person, whatever another entry says.
        const isOver = field === "protected" && latest.get(field)?.what === true;
        if (field === "protected" && word?.what === true) latest.set(field, word);
        else if (word && !isOver) keepLatest(latest, field, word);
      }
    }
    return Object.fromEntries(latest) as Described;
  }

  /** Every entry of whoever is under protection, present or not. */
  protectedEntries(): readonly Pseudonym[] {
    const all = [...this.#described.keys()].map((person) => this.entriesOf(person));
    const guarded = all.filter((entries) => this.describedOf(entries).protected?.what === true);
    return [...new Set(guarded.flat())].sort();
  }

  /** One word on one field of somebody; of several the latest holds, whichever came in last. */
  say(person: Pseudonym, field: keyof Described, what: unknown, place: Place): void {
    if (what === undefined) return;
    const said = entry(this.#described, person, () => ({})) as Record<string, Said<unknown>>;
    const one = new Map(Object.entries(said));
    keepLatest(one, field, { at: place.at, device: place.device, sequence: place.sequence, what });
    said[field] = one.get(field) as Said<unknown>;
  }
}

/** Two entries in one text, the same whichever is named first. */
export function pairOf(one: Pseudonym, other: Pseudonym): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

/** Who is one person with whom: what is tied by any chain of decisions. */
function grouped(pairs: ReadonlyMap<string, Said<boolean>>) {
  const groups = new Map<Pseudonym, Set<Pseudonym>>();
  for (const [pair, { what: same }] of pairs) {
    if (!same) continue;
    const [one, other] = pair.split(" ") as [Pseudonym, Pseudonym];
    const joined = new Set([...(groups.get(one) ?? [one]), ...(groups.get(other) ?? [other])]);
    for (const person of joined) groups.set(person, joined);
  }
  return new Map([...groups].map(([person, group]) => [person, [...group].sort()] as const));
}
