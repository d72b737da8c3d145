import type { BusRules, BusRulesTable } from "#firmware-config/bus.ts";

const hourMs = 3_600_000;

/** Which service day a moment belongs to, and the rules of a service day, by one table of rules. */
export class ServiceDays {
  readonly #table: BusRulesTable;
  readonly #dayOf: (at: number) => string;
  /** Oldest first; the first holds for everything before it as well. */
  readonly #rows: readonly { readonly from: number; readonly rules: BusRules }[];

  /** `dayOf` gives the calendar day of a moment. */
  constructor(table: BusRulesTable, dayOf: (at: number) => string) {
    this.#table = table;
    this.#dayOf = dayOf;
    this.#rows = table
      .map((rules) => ({ from: Date.parse(rules.validFrom), rules }))
      .sort((a, b) => a.from - b.from);
  }

  /** Whether the table says the same as this one's; every newly signed policy brings another object. */
  isOf(table: BusRulesTable): boolean {
    return table === this.#table || JSON.stringify(table) === JSON.stringify(this.#table);
  }

  of(at: number): string {
    const { serviceDayStartsHour } = this.#newest(({ from }) => from <= at);
    return this.#dayOf(Math.max(0, at - serviceDayStartsHour * hourMs));
  }

  /** The rules of a whole service day: those of the last row that began on that day or before it. */
  rulesOf(day: string): BusRules {
    return this.#newest(({ from }) => this.#dayOf(Math.max(0, from)) <= day);
  }

  #newest(isBegun: (row: { readonly from: number }) => boolean): BusRules {
    // A table has at least one row: its schema says so.
    return (this.#rows.findLast(isBegun) ?? this.#rows[0]!).rules;
  }
}
