import type { EventBody } from "#contract/events.ts";
import type { TaxiTermsTable } from "#firmware-config/taxi.ts";
import type { EntitlingFacts } from "../persons/person-registry.ts";
import type { TaxiEntitlement, TaxiPerson } from "../views/taxi-rides.ts";
import { dayAfter, dayBefore } from "./calendar-day.ts";
import { registryGives, registryWord } from "./registry-word.ts";

type Grant = Extract<EventBody, { type: "taxi.entitlement-granted" }>;

/** The local days that are settled now. */
export interface Window {
  readonly today: string;
  readonly until: string;
}

/** Numbers of entitlements that the gateway itself granted begin so. */
export const ownPrefix = "registry-";

/**
 * What has to be put on record so that somebody's entitlements say what the registry says of these days.
 * An entitlement that it contradicts is granted again with an earlier last day; days on which it gives a
 * category, and nothing on record does, are granted. So a revocation is always a person's word: whom a person
 * took an entitlement from, the gateway grants none. Without facts, nobody of that name is registered.
 */
export function grantsByRegistry(
  { person, entitlements }: Pick<TaxiPerson, "person" | "entitlements">,
  facts: EntitlingFacts | undefined,
  table: TaxiTermsTable,
  window: Window,
): readonly Grant[] {
  const made: Grant[] = [];
  const standing = entitlements.map((one) => {
    const over = firstDayOver(one, facts, table, window);
    if (over === undefined) return one;
    const ended = { ...one, validUntil: dayBefore(over) };
    made.push(grantOf(person, ended));
    return ended;
  });
  if (!facts || entitlements.some(({ revokedFrom }) => revokedFrom !== null)) return made;
  let number = entitlements.filter(isOwn).length;
  for (let day = window.today; day <= window.until; day = dayAfter(day)) {
    if (standing.some((one) => counts(one, facts, table, day))) continue;
    const given = registryGives(facts, table, day);
    if (!given) continue;
    number += 1;
    const one: TaxiEntitlement = {
      ...{ entitlement: `${ownPrefix}${number}`, category: given.category },
      ...{ validFrom: day, validUntil: given.until, revokedFrom: null },
    };
    standing.push(one);
    made.push(grantOf(person, one));
  }
  return made;
}

export const isOwnNumber = (entitlement: string): boolean => entitlement.startsWith(ownPrefix);
const isOwn = ({ entitlement }: TaxiEntitlement) => isOwnNumber(entitlement);

const covers = ({ validFrom, validUntil, revokedFrom }: TaxiEntitlement, day: string) =>
  validFrom <= day &&
  (validUntil === null || day <= validUntil) &&
  (revokedFrom === null || day < revokedFrom);

/** A category that the day's terms do not list counts for nothing. */
function counts(
  one: TaxiEntitlement,
  facts: EntitlingFacts,
  table: TaxiTermsTable,
  day: string,
): boolean {
  return covers(one, day) && registryWord(facts, table, one.category, day) !== undefined;
}

/**
 * The first day of the window on which the registry ends an entitlement. What a person granted ends only
 * where the registry contradicts it; what the gateway granted, as soon as the registry gives it no more.
 */
function firstDayOver(
  one: TaxiEntitlement,
  facts: EntitlingFacts | undefined,
  table: TaxiTermsTable,
  { today, until }: Window,
): string | undefined {
  if (one.revokedFrom !== null) return undefined;
  if (!facts) return isOwn(one) && covers(one, today) ? today : undefined;
  for (let day = today; day <= until; day = dayAfter(day)) {
    if (!covers(one, day)) continue;
    const says = registryWord(facts, table, one.category, day)?.says;
    if (says === "contradicted" || (says === "silent" && isOwn(one))) return day;
  }
  return undefined;
}

function grantOf(person: Grant["person"], { revokedFrom: _, ...one }: TaxiEntitlement): Grant {
  return { type: "taxi.entitlement-granted", person, ...one };
}
