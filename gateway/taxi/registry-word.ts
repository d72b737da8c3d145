import {
  type TaxiCategory,
  type TaxiTermsTable,
  taxiCategoryLacks,
  taxiCategoryOf,
} from "#firmware-config/taxi.ts";
import type { EntitlingFacts } from "../persons/person-registry.ts";
import { termsOn } from "../views/taxi-judge.ts";
import { dayAfter } from "./calendar-day.ts";

/**
 * What the registry says of a category on a local day. `contradicted`: it knows better, a birth date that is
 * too late or a certificate that has ended or not begun. `silent`: it holds neither.
 */
export type RegistryWord =
  /** `until` is the last day by the certificate, null where it has none. */
  | { readonly says: "held"; readonly until: string | null }
  | { readonly says: "contradicted" | "silent"; readonly missing: readonly string[] };

/** `undefined` for a category that the terms of that day do not list. */
export function registryWord(
  facts: EntitlingFacts,
  table: TaxiTermsTable,
  code: string,
  day: string,
): RegistryWord | undefined {
  const category = termsOn(table, day).categories.find((one) => one.category === code);
  if (!category) return undefined;
  const lacks = taxiCategoryLacks(category, applicantOn(facts, day), day);
  if (lacks.length === 0) return { says: "held", until: heldUntil(facts, category, day) };
  const knowsBetter = lacks.some(
    (lack) => lack === "age" || facts.held.some(({ entitlement }) => entitlement === lack),
  );
  const missing = lacks.map((lack) => {
    if (lack === "birth-date") return "a birth date";
    return lack === "age" ? `the age of ${category.ageMin}` : `${lack} that counts on that day`;
  });
  return { says: knowsBetter ? "contradicted" : "silent", missing };
}

/** The first category that the registry gives somebody on a local day, and how long it lasts. */
export function registryGives(
  facts: EntitlingFacts,
  table: TaxiTermsTable,
  day: string,
): { readonly category: string; readonly until: string | null } | undefined {
  const found = taxiCategoryOf(termsOn(table, day), applicantOn(facts, day), day);
  return found && { category: found.category, until: heldUntil(facts, found, day) };
}

const applicantOn = ({ birthDate, held }: EntitlingFacts, day: string) => ({
  birthDate,
  has: new Set(held.filter((one) => countsOn(one, day)).map(({ entitlement }) => entitlement)),
});

const countsOn = ({ from, until }: EntitlingFacts["held"][number], day: string): boolean =>
  from <= day && (until === undefined || day <= until);

/** A certificate that is renewed without a gap is one. */
function heldUntil({ held }: EntitlingFacts, { needs }: TaxiCategory, day: string): string | null {
  if (needs === null) return null;
  const own = held.filter(({ entitlement }) => entitlement === needs);
  let last = day;
  for (let next = day; ; next = dayAfter(last)) {
    const counting = own.filter((one) => countsOn(one, next));
    if (counting.length === 0) return last;
    if (counting.some(({ until }) => until === undefined)) return null;
    last = counting
      .map(({ until }) => until!)
      .sort()
      .at(-1)!;
  }
}
