import type { Pseudonym } from "#contract/ids.ts";
import type { DetailsSource } from "#contract/shelter/evacuee-list.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { isNearlySame, plainKana, plainPhone } from "#contract/shelter/kana.ts";
import { pairOf } from "#contract/shelter/people.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { entry } from "../views/bus-boarding.ts";

/** Why two entries look like one person. Never decided by a program: a human says so, or not. */
export type Likeness =
  | "reading-and-birth"
  | "near-reading-and-birth"
  | "reading-and-phone"
  | "reading-and-age";

export interface ProposedDuplicate {
  readonly persons: readonly [Pseudonym, Pseudonym];
  readonly shelters: readonly [string | null, string | null];
  readonly why: Likeness;
}

interface Known {
  readonly person: Pseudonym;
  readonly entries: readonly Pseudonym[];
  readonly shelter: string | null;
  readonly kana: string;
  readonly phone: string;
  readonly details: PersonDetails;
}

/** Entries of one group that are compared with each other; larger groups are of a common name. */
const groupMax = 200;

/**
 * Pairs of entries that may be one person and on which nobody has decided yet, surest first. Only what
 * could be the same is compared: who shares a reading, a birth date or a telephone.
 */
export function proposedDuplicates(
  shown: Pick<ShelterCheckIn, "present" | "left" | "decidedPairs">,
  details: Pick<DetailsSource, "of">,
): readonly ProposedDuplicate[] {
  const groups = new Map<string, Known[]>();
  for (const one of [...shown.present, ...shown.left]) {
    const known = one.entries.map((person) => details.of(person)).find((it) => it !== undefined);
    if (!known) continue;
    const [kana, phone] = [plainKana(known.kana), plainPhone(known.phone ?? "")];
    const { person, entries, shelter } = one;
    const candidate = { person, entries, shelter, kana, phone, details: known };
    const keys = [`k${kana}`, known.birthDate && `b${known.birthDate}`, phone && `p${phone}`];
    for (const key of keys) if (key) entry(groups, key, () => []).push(candidate);
  }
  const decided = new Set(shown.decidedPairs);
  const found = new Map<string, ProposedDuplicate>();
  for (const group of groups.values()) {
    const few = group.slice(0, groupMax);
    for (const [i, one] of few.entries()) {
      for (const other of few.slice(i + 1)) {
        const why = likeness(one, other);
        if (!why || isDecided(decided, one, other)) continue;
        found.set(pairOf(one.person, other.person), proposal(one, other, why));
      }
    }
  }
  return [...found]
    .sort(([a, { why: x }], [b, { why: y }]) => rank[x] - rank[y] || (a < b ? -1 : 1))
    .map(([, one]) => one);
}

const rank: Readonly<Record<Likeness, number>> = {
  ...{ "reading-and-birth": 0, "reading-and-phone": 1 },
  ...{ "near-reading-and-birth": 2, "reading-and-age": 3 },
};

/** What was said of any entry of one and any entry of the other was said of the two people. */
function isDecided(decided: ReadonlySet<string>, one: Known, other: Known): boolean {
  return one.entries.some((a) => other.entries.some((b) => decided.has(pairOf(a, b))));
}

function proposal(one: Known, other: Known, why: Likeness): ProposedDuplicate {
  const [a, b] = one.person < other.person ? [one, other] : [other, one];
  return { persons: [a.person, b.person], shelters: [a.shelter, b.shelter], why };
}

function likeness(one: Known, other: Known): Likeness | undefined {
  const [a, b] = [one.details, other.details];
  const isBornAlike = a.birthDate !== undefined && a.birthDate === b.birthDate;
  if (isBornAlike && one.kana === other.kana) return "reading-and-birth";
  if (isBornAlike && isNearlySame(one.kana, other.kana)) return "near-reading-and-birth";
  // Two birth dates that differ are two people, whatever else agrees.
  if (one.kana !== other.kana || (a.birthDate && b.birthDate)) return undefined;
  if (one.phone !== "" && one.phone === other.phone) return "reading-and-phone";
  const isAgeOpen = a.age === undefined || b.age === undefined;
  return isAgeOpen || Math.abs(a.age - b.age) <= 1 ? "reading-and-age" : undefined;
}
