import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { DetailsSource } from "#contract/shelter/evacuee-list.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import type { About } from "#contract/shelter/summary.ts";
import type { ProtectedNames } from "../persons/protected-people.ts";
import { entry } from "../views/bus-boarding.ts";

export interface FamilyInquiryPorts {
  shown(): ShelterCheckIn;
  readonly details: DetailsSource;
  /** A keyed hash of a reading and a birth date. */
  questionOf(kana: string, birthDate: string): Pseudonym;
  /** By what people under protection are named, whoever put them there. */
  protectedNames(): ProtectedNames;
  record(body: EventBody): Promise<unknown>;
}

/** Somebody who proved who they are, and by what names others may have named them. */
export interface Asker {
  readonly pseudonym: Pseudonym;
  /** `pseudonym` as others know it: by the service, or by reading and birth date. */
  readonly knownAs: readonly Pseudonym[];
}

/** Where one person is who may be told of. */
interface Safe {
  readonly shelter: string | null;
  readonly label: string;
  /** When the person was last seen there. */
  readonly lastSeenAt: WallMs;
  /** On the way there. */
  readonly expected: boolean;
}

export type InquiryAnswer =
  | { readonly answer: "safe"; readonly at: readonly Safe[] }
  | { readonly answer: "not-found" };

interface Directory {
  readonly shown: ShelterCheckIn;
  readonly version: number;
  readonly hidden: ProtectedNames;
  /** What may be told, by who may be told and what they ask: of nobody else is anything in here. */
  readonly safe: ReadonlyMap<string, readonly Safe[]>;
}

const notFound: InquiryAnswer = Object.freeze({ answer: "not-found" });

/**
 * Tells a family where somebody is. Whoever is under protection, or of a household where somebody is,
 * or has not named who asks, is not in the directory that is asked; nor is a person who does not exist.
 * So nothing distinguishes these answers: the same look-up finds nothing, in the same time, and the
 * same event is written. The directory itself is made before a question is looked at, and does not
 * depend on it.
 */
export class FamilyInquiry {
  readonly #ports: FamilyInquiryPorts;
  #directory: Directory | undefined;

  constructor(ports: FamilyInquiryPorts) {
    this.#ports = ports;
  }

  /** Resolves when the question is on record; throws what the desk throws when it cannot be. */
  async ask(asker: Asker, about: { readonly kana: string; readonly birthDate: string }) {
    const { safe } = this.#current();
    const question = this.#ports.questionOf(about.kana, about.birthDate);
    // Every name is looked up, whether or not an earlier one was found.
    const found = asker.knownAs.flatMap((family) => safe.get(`${family} ${question}`) ?? []);
    const outcome = found.length > 0 ? ("told" as const) : ("not-found" as const);
    await this.#ports.record({
      ...{ type: "shelter.inquiry-made", asker: asker.pseudonym, question, outcome },
    });
    const answer: InquiryAnswer = found.length > 0 ? { answer: "safe", at: found } : notFound;
    return answer;
  }

  #current(): Directory {
    const shown = this.#ports.shown();
    const { version } = this.#ports.details;
    const hidden = this.#ports.protectedNames();
    const known = this.#directory;
    if (known?.shown === shown && known.version === version && known.hidden === hidden)
      return known;
    this.#directory = { shown, version, hidden, safe: this.#tellable(shown, hidden) };
    return this.#directory;
  }

  #tellable(shown: ShelterCheckIn, hidden: ProtectedNames): ReadonlyMap<string, readonly Safe[]> {
    const labels = new Map(shown.shelters.map(({ shelter, label }) => [shelter, label]));
    const named = namedBy(shown.families);
    const guarded = new Set(shown.protectedHouseholds);
    // Nor of the household of somebody whom the registry protects.
    for (const { household, entries } of shown.present) {
      const isHidden = entries.some((entry) => hidden.has(entry));
      if (isHidden && household !== null) guarded.add(household);
    }
    const safe = new Map<string, Safe[]>();
    for (const one of shown.present) {
      const { household, shelter, lastSeenAt, expected, sure } = one;
      // A face that a box was not sure of is no ground for telling a family that somebody is safe.
      if (one.entries.some((entry) => hidden.has(entry))) continue;
      if (!sure || one.protected || (household !== null && guarded.has(household))) continue;
      const families = familiesOf(one, named);
      if (families.size === 0) continue;
      const label = shelter === null ? "" : (labels.get(shelter) ?? shelter);
      for (const { kana, birthDate } of this.#detailsOf(one)) {
        if (birthDate === undefined) continue;
        const question = this.#ports.questionOf(kana, birthDate);
        for (const family of families) {
          const known = entry(safe, `${family} ${question}`, () => []);
          known.push({ shelter, label, lastSeenAt, expected });
        }
      }
    }
    return safe;
  }

  /** What each entry of a person says, once where two say the same. */
  #detailsOf({ entries }: About): Iterable<PersonDetails> {
    const { details, questionOf } = this.#ports;
    const different = new Map<string, PersonDetails>();
    for (const person of entries) {
      const known = details.of(person);
      if (known) different.set(questionOf(known.kana, known.birthDate ?? ""), known);
    }
    return different.values();
  }
}

function namedBy(families: ShelterCheckIn["families"]): ReadonlyMap<string, readonly Pseudonym[]> {
  const named = new Map<string, Pseudonym[]>();
  for (const { by, id, family } of families) entry(named, `${by} ${id}`, () => []).push(family);
  return named;
}

function familiesOf(
  { entries, household }: About,
  named: ReadonlyMap<string, readonly Pseudonym[]>,
): ReadonlySet<Pseudonym> {
  const keys = entries.map((person) => `person ${person}`);
  if (household !== null) keys.push(`household ${household}`);
  return new Set(keys.flatMap((key) => named.get(key) ?? []));
}
