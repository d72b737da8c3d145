import { nameToFind } from "./readings.ts";
import type { Person, RecordKind, RecordOf } from "./records.ts";

/** What lies in the database: a row of a file becomes one or two of these. */
export type StoredKind = "person" | "class" | "member" | "household" | "guardian" | "entitlement";

export interface Draft {
  readonly kind: StoredKind;
  /** What makes it itself: the same key once more is a change, not a second record. */
  readonly key: readonly string[];
  readonly content: Readonly<Record<string, unknown>>;
  /** By what else it is found: a field's name and its values. */
  readonly found: readonly (readonly [field: string, ...values: readonly string[]])[];
  /** Persons that must be known, by the column that names them. */
  readonly persons: readonly { readonly column: string; readonly reference: string }[];
}

/** Turns a record into what is stored of it. */
export function draftsOf<K extends RecordKind>(kind: K, record: RecordOf<K>): readonly Draft[] {
  return makers[kind](record);
}

const makers: { readonly [K in RecordKind]: (record: RecordOf<K>) => readonly Draft[] } = {
  persons: (person) => [
    { kind: "person", key: [person.reference], content: person, found: ways(person), persons: [] },
  ],
  classes: ({ school, schoolYear, grade, name, ...place }) => [
    {
      ...{ kind: "class", key: [place.class], found: [], persons: [] },
      content: { class: place.class, school, schoolYear, grade, name },
    },
    {
      ...{ kind: "member", key: [place.class, place.person], content: place },
      found: [
        ["member.class", place.class],
        ["member.person", place.person],
      ],
      persons: [{ column: "person", reference: place.person }],
    },
  ],
  households: (place) => [
    {
      ...{ kind: "household", key: [place.person], content: place },
      found: [
        ["household.household", place.household],
        ["household.person", place.person],
      ],
      persons: [{ column: "person", reference: place.person }],
    },
  ],
  guardians: (bond) => [
    {
      ...{ kind: "guardian", key: [bond.guardian, bond.ward], content: bond },
      found: [
        ["guardian.guardian", bond.guardian],
        ["guardian.ward", bond.ward],
      ],
      persons: [
        { column: "guardian", reference: bond.guardian },
        { column: "ward", reference: bond.ward },
      ],
    },
  ],
  entitlements: (right) => [
    {
      ...{
        kind: "entitlement",
        key: [right.person, right.entitlement, right.from],
        content: right,
      },
      found: [["entitlement.person", right.person]],
      persons: [{ column: "person", reference: right.person }],
    },
  ],
};

/**
 * A person is found by name or reading together with the birth date, never by one alone: there are
 * only some 40,000 birth dates, and an index of so few values tells who shares one.
 */
function ways({ name, kana, birthDate }: Person): Draft["found"] {
  if (birthDate === undefined) return [];
  const names = new Set([name, ...(kana === undefined ? [] : [kana])].map(nameToFind));
  return [...names].map((text) => ["person.name", text, birthDate] as const);
}
