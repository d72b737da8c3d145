import * as z from "zod";
import { inForceAt, laidOver } from "./dated.ts";
import { defaultFares, type Fares, faresSchema } from "./fares.ts";
import { parseConfig } from "./parse.ts";

/** How taps at a bus become rides. */
const busRules = {
  /** A person's further taps within so many seconds of one that counted are the same tap. */
  repeatWindowSeconds: z.number().min(0).max(600).default(60),
  /** A service day begins at this hour, local time: the last bus of an evening runs past midnight. */
  serviceDayStartsHour: z.int().min(0).max(11).default(3),
  /** Whether everybody leaves where a trip ends; off where vehicles run through with passengers. */
  emptiedAtTripEnd: z.boolean().default(true),
  /** A vehicle whose last stop is older than this is at no known stop. */
  positionAgeMinutesMax: z.number().min(1).max(720).default(90),
};
const busRulesSchema = z.strictObject(busRules);
export type BusRules = Readonly<z.infer<typeof busRulesSchema>>;

const datedRulesSchema = z
  .array(z.strictObject({ validFrom: z.iso.datetime({ offset: true }), ...busRules }))
  .min(1)
  .max(1_000);
/** Rules by the moment from which they hold. */
export type BusRulesTable = readonly (BusRules & { readonly validFrom: string })[];

/** What an operator sets for its buses. */
export interface BusConfig {
  readonly rules: BusRulesTable;
  readonly fares: Fares;
}

/** Before any bus: rules without a date always held. */
const always = "1970-01-01T00:00:00Z";
const shippedRules: BusRulesTable = [{ validFrom: always, ...busRulesSchema.parse({}) }];

/** The bus's part of a policy file: rules as they always are or by date, fares by date. */
export const busSectionSchema = z
  .strictObject({
    rules: z.union([busRulesSchema, datedRulesSchema]).optional(),
    fares: faresSchema.optional(),
  })
  .transform(({ rules, fares }): BusConfig => {
    const own = Array.isArray(rules) ? rules : rules && [{ validFrom: always, ...rules }];
    return {
      rules: own ? laidOver(shippedRules, own) : shippedRules,
      fares: fares ? laidOver(defaultFares, fares) : defaultFares,
    };
  });

/** Checks a bus's rules and fares. Throws CONFIG_INVALID saying which key, in which file, and why. */
export function parseBusConfig(input: unknown, where: string): BusConfig {
  return parseConfig(busSectionSchema, input, where);
}

/** What holds where an operator set nothing. */
export const defaultBusConfig: BusConfig = parseBusConfig({}, "the bus's rules that ship");

/** The rules in force at a moment; before the first of them, the first. */
export function busRulesAt(table: BusRulesTable, at: number): BusRules {
  return inForceAt(table, Math.max(at, Date.parse(table[0]?.validFrom ?? always)));
}
