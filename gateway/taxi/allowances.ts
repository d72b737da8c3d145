import type { KeyObject } from "node:crypto";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { sealAllowance, sheetPersonsMax, type TaxiAllowance } from "#contract/taxi-allowance.ts";
import { type TaxiTerms, type TaxiTermsTable, taxiYearOf } from "#firmware-config/taxi.ts";
import type { Clock } from "#runtime/clock.ts";
import { termsOn } from "../views/taxi-judge.ts";
import type { TaxiPeriod, TaxiPerson, TaxiRides } from "../views/taxi-rides.ts";
import { dayAfter } from "./calendar-day.ts";

export interface AllowancePorts {
  record(body: EventBody): Promise<{ readonly index: number }>;
  /** The view `taxi.subsidised-ride` as it stands. */
  rides(): TaxiRides;
  readonly clock: Pick<Clock, "wall">;
  readonly dayOf: (at: number) => string;
  terms(): TaxiTermsTable;
  /** The gateway's own key, which its boxes know. */
  readonly privateKey: KeyObject;
}

/**
 * Issues what a box may count from: sealed sheets, each of a size for one message. That they were issued
 * is on record first. `only` names the people of a vehicle's bookings; else everybody who is entitled.
 */
export async function issueAllowance(
  ports: AllowancePorts,
  device: DeviceId,
  only?: ReadonlySet<Pseudonym>,
): Promise<{ readonly serial: number; readonly sheets: readonly string[] }> {
  const { clock, dayOf, privateKey } = ports;
  const terms = ports.terms();
  const from = dayOf(clock.wall());
  const until = allowanceEnds(terms, from);
  const issued = await ports.record({ type: "taxi.allowance-issued", device, from, until });
  const sheets = allowanceSheets(ports.rides(), terms, {
    ...{ device, from, until, serial: issued.index },
    ...(only ? { only } : {}),
  });
  const sealed = await Promise.all(sheets.map((sheet) => sealAllowance(sheet, privateKey)));
  return { serial: issued.index, sheets: sealed };
}

export interface AllowanceAsked
  extends Pick<TaxiAllowance, "device" | "serial" | "from" | "until"> {
  readonly only?: ReadonlySet<Pseudonym>;
}

/** The sheets of one allowance; one without people where nobody is entitled, so that older ones end. */
export function allowanceSheets(
  rides: TaxiRides,
  table: TaxiTermsTable,
  { device, serial, from, until, only }: AllowanceAsked,
): readonly TaxiAllowance[] {
  const terms = termsOn(table, from);
  const yearFrom = taxiYearOf(terms, from);
  const nextYearFrom = `${`${Number(yearFrom.slice(0, 4)) + 1}`.padStart(4, "0")}${yearFrom.slice(4)}`;
  const persons = rides.persons
    .filter(({ person }) => only?.has(person) ?? true)
    .flatMap((one) => {
      const entitledUntil = entitledFrom(one, terms, from, until);
      if (entitledUntil === undefined) return [];
      const usedToday = used(one.days, from);
      return {
        person: one.person,
        usedToday,
        usedThisYear: used(one.years, yearFrom),
        entitledUntil,
      };
    });
  const sheets = Math.max(1, Math.ceil(persons.length / sheetPersonsMax));
  return Array.from({ length: sheets }, (_, at) => ({
    v: 1 as const,
    ...{ device, serial, sheet: at + 1, sheets, from, until, yearFrom, nextYearFrom },
    countedTo: rides.counted.find((one) => one.device === device)?.sequence ?? 0,
    ...{ ridesPerDay: terms.ridesPerDay, ridesPerYear: terms.ridesPerYear },
    persons: persons.slice(at * sheetPersonsMax, (at + 1) * sheetPersonsMax),
  }));
}

const used = (periods: readonly TaxiPeriod[], from: string): number =>
  periods.find((period) => period.from === from)?.used ?? 0;

/** The last day of an allowance. A sheet says one quota: it ends at the latest on the day before the next row of the terms. */
export function allowanceEnds(table: TaxiTermsTable, from: string): string {
  const terms = termsOn(table, from);
  let last = from;
  for (let day = 1; day < terms.allowanceDays; day++) {
    const next = dayAfter(last);
    if (termsOn(table, next) !== terms) break;
    last = next;
  }
  return last;
}

/** The last day up to which somebody is entitled without a gap; undefined when not on the first. */
function entitledFrom(
  { entitlements }: TaxiPerson,
  { categories }: TaxiTerms,
  from: string,
  until: string,
): string | undefined {
  const known = new Set(categories.map(({ category }) => category));
  const isEntitledOn = (day: string) =>
    entitlements.some(
      ({ category, validFrom, validUntil, revokedFrom }) =>
        known.has(category) &&
        validFrom <= day &&
        (validUntil === null || day <= validUntil) &&
        (revokedFrom === null || day < revokedFrom),
    );
  let last: string | undefined;
  for (let day = from; day <= until && isEntitledOn(day); day = dayAfter(day)) last = day;
  return last;
}
