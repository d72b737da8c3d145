import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { TaxiAllowance } from "#contract/taxi-allowance.ts";
import { type TaxiTermsTable, taxiTermsOn } from "#firmware-config/taxi.ts";

/** The sheets that a box counts from, whose seals it has verified. */
export type AllowanceBook = readonly TaxiAllowance[];

/** A subsidised ride that this box has begun; `sequence` is that of its end, null while it goes on. */
export interface OwnRide {
  readonly person: Pseudonym;
  readonly tapAt: WallMs;
  readonly sequence: number | null;
}

export type RideRoom =
  | {
      readonly kind: "allowed";
      /** The serial number of what was counted from. */
      readonly allowance: number;
      /** What is left once this ride is counted. */
      readonly leftToday: number;
      readonly leftThisYear: number;
    }
  | {
      readonly kind: "refused";
      readonly reason:
        | "not-on-allowance"
        | "allowance-not-begun"
        | "allowance-over"
        | "entitlement-over"
        | "none-left-today"
        | "none-left-this-year";
    };

export interface RoomPorts {
  readonly dayOf: (at: number) => string;
  readonly terms: TaxiTermsTable;
}

/**
 * Whether somebody who taps at a moment may have one more subsidised ride, as far as this box can know:
 * from the newest sheet that names them, less this box's own rides that are not in it. Two boxes that hear
 * nobody can both give the last ride; the gateway then says so openly.
 */
export function roomFor(
  book: AllowanceBook,
  own: readonly OwnRide[],
  asked: { readonly person: Pseudonym; readonly at: WallMs },
  { dayOf, terms }: RoomPorts,
): RideRoom {
  const sheet = book.find(({ persons }) => persons.some(({ person }) => person === asked.person));
  const allowed = sheet?.persons.find(({ person }) => person === asked.person);
  if (!sheet || !allowed) return refused("not-on-allowance");
  const day = dayOf(asked.at);
  if (day < sheet.from) return refused("allowance-not-begun");
  if (day > sheet.until) return refused("allowance-over");
  if (day > allowed.entitledUntil) return refused("entitlement-over");
  const isNewYear = day >= sheet.nextYearFrom;
  const newer = own
    .filter(
      ({ person, sequence }) => person === asked.person && (sequence ?? Infinity) > sheet.countedTo,
    )
    .map(({ tapAt }) => dayOf(tapAt));
  const today = newer.filter((one) => one === day).length;
  const yearFrom = isNewYear ? sheet.nextYearFrom : sheet.yearFrom;
  const thisYear = newer.filter((one) => one >= yearFrom && one <= day).length;
  const usedToday = (day === sheet.from ? allowed.usedToday : 0) + today;
  const usedThisYear = (isNewYear ? 0 : allowed.usedThisYear) + thisYear;
  const { ridesPerDay, ridesPerYear } = quotaOn(day, sheet, terms);
  if (usedToday >= ridesPerDay) return refused("none-left-today");
  if (usedThisYear >= ridesPerYear) return refused("none-left-this-year");
  return {
    kind: "allowed",
    allowance: sheet.serial,
    leftToday: ridesPerDay - usedToday - 1,
    leftThisYear: ridesPerYear - usedThisYear - 1,
  };
}

/**
 * What a sheet says holds on its first day. Terms that begin later, up to the day of the ride, take its
 * place: a cap that the city lowers from a date is lowered on a box that has heard nobody since.
 */
function quotaOn(day: string, sheet: TaxiAllowance, table: TaxiTermsTable) {
  const terms = taxiTermsOn(table, day);
  return terms && terms.validFrom > sheet.from ? terms : sheet;
}

const refused = (reason: Extract<RideRoom, { kind: "refused" }>["reason"]): RideRoom => ({
  kind: "refused",
  reason,
});
