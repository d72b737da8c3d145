import * as z from "zod";
import { type EntitlementKind, entitlementKindSchema } from "#contract/entitlements.ts";
import { reachesAgeOn } from "#contract/of-age.ts";

const localDay = z.iso.date();

/** A category entitles whoever is old enough and has what it asks for; null asks for nothing. */
const categorySchema = z.strictObject({
  category: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** In full years. */
  ageMin: z.int().min(0).max(150).nullable(),
  needs: entitlementKindSchema.nullable(),
});
export type TaxiCategory = Readonly<z.infer<typeof categorySchema>>;

/** The terms of the subsidised taxi from a local day on, until a later row takes their place. */
export const taxiTermsSchema = z.strictObject({
  validFrom: localDay,
  ridesPerDay: z.int().min(0).max(1_000),
  ridesPerYear: z.int().min(0).max(10_000),
  /** The year of the quota begins on the first day of this month: 4 is Japan's fiscal year. */
  yearStartsInMonth: z.int().min(1).max(12),
  alone: z.strictObject({
    percentOfFare: z.int().min(0).max(100),
    yenMax: z.int().min(0).max(1_000_000),
  }),
  /** For each of the entitled persons who ride together. */
  together: z.strictObject({ yenEach: z.int().min(0).max(1_000_000) }),
  categories: z.array(categorySchema).min(1).max(40),
  /** How long a box may count from an allowance without hearing from its gateway, in days. */
  allowanceDays: z.int().min(1).max(92),
});
export type TaxiTerms = Readonly<z.infer<typeof taxiTermsSchema>>;

export const taxiTermsTableSchema = z.array(taxiTermsSchema).max(1_000);
export type TaxiTermsTable = readonly TaxiTerms[];

const asksOnly = (needs: z.infer<typeof entitlementKindSchema>) => ({
  ...{ category: needs, ageMin: null, needs },
});

/**
 * The plan's terms. They hold for every day that a ledger can name, until a table in a file adds a row:
 * a cap that is lowered later is a new row, and the rides before it keep the cap that they had.
 */
export const defaultTaxiTerms: TaxiTermsTable = [
  {
    validFrom: "2000-01-01",
    ridesPerDay: 2,
    ridesPerYear: 120,
    yearStartsInMonth: 4,
    alone: { percentOfFare: 50, yenMax: 1_000 },
    together: { yenEach: 500 },
    categories: [
      { category: "age-75", ageMin: 75, needs: null },
      { category: "age-65-no-driving-licence", ageMin: 65, needs: "no-driving-licence" },
      asksOnly("disability-certificate"),
      asksOnly("care-certification"),
      asksOnly("intractable-disease"),
      asksOnly("pregnancy"),
      asksOnly("returned-driving-licence"),
    ],
    allowanceDays: 7,
  },
];

/** The terms of a local day; undefined before the first row. Of two rows of one day the later counts. */
export function taxiTermsOn(table: TaxiTermsTable, day: string): TaxiTerms | undefined {
  let found: TaxiTerms | undefined;
  for (const row of table) {
    if (row.validFrom <= day && (!found || row.validFrom >= found.validFrom)) found = row;
  }
  return found;
}

/** The first day of the quota's year that a local day lies in: 2026-03-31 lies in that of 2025-04-01. */
export function taxiYearOf(terms: Pick<TaxiTerms, "yearStartsInMonth">, day: string): string {
  const [year = 0, month = 0] = day.split("-").map(Number);
  const start = month >= terms.yearStartsInMonth ? year : year - 1;
  const twoDigits = `${terms.yearStartsInMonth}`.padStart(2, "0");
  return `${`${start}`.padStart(4, "0")}-${twoDigits}-01`;
}

/**
 * The subsidy of each of `riders` entitled persons in one ride, in yen. Alone: a share of the fare, rounded
 * down, up to a most. Together: so much each, and where that would be more than the fare, an equal part of
 * it, rounded down. All riders' subsidies never exceed the fare.
 */
export function taxiSubsidyYen(
  terms: Pick<TaxiTerms, "alone" | "together">,
  fareYen: number,
  riders: number,
): number {
  if (riders < 1) return 0;
  const { alone, together } = terms;
  if (riders === 1) {
    return Math.min(Math.floor((fareYen * alone.percentOfFare) / 100), alone.yenMax, fareYen);
  }
  return Math.min(together.yenEach, Math.floor(fareYen / riders));
}

/** What is known of somebody on a day. `has` holds kinds of entitlements that count on that day. */
interface TaxiApplicant {
  /** Undefined where nobody knows the birth date. */
  readonly birthDate: string | undefined;
  readonly has: ReadonlySet<string>;
}

/** What somebody lacks for a category on a local day: an age, something that they have to hold, or nothing. */
export function taxiCategoryLacks(
  { ageMin, needs }: TaxiCategory,
  { birthDate, has }: TaxiApplicant,
  day: string,
): readonly ("birth-date" | "age" | EntitlementKind)[] {
  const lacks: ("birth-date" | "age" | EntitlementKind)[] = [];
  if (ageMin !== null && birthDate === undefined) lacks.push("birth-date");
  else if (ageMin !== null && day < reachesAgeOn(birthDate!, ageMin)) lacks.push("age");
  if (needs !== null && !has.has(needs)) lacks.push(needs);
  return lacks;
}

/** The first category of the terms that entitles somebody on a local day; undefined where none does. */
export function taxiCategoryOf(
  terms: Pick<TaxiTerms, "categories">,
  who: TaxiApplicant,
  day: string,
): TaxiCategory | undefined {
  return terms.categories.find((category) => taxiCategoryLacks(category, who, day).length === 0);
}
