import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";

/** A moment with its offset from UTC, so that no two readers of a table mean different midnights. */
const momentSchema = z.iso.datetime({ offset: true });

/** Rows of which each counts from its `validFrom` until the next one: a rule changes by a new row. */
export function datedSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .array(z.strictObject({ ...shape, validFrom: momentSchema }))
    .min(1)
    .max(1_000);
}

/** `validFrom` is a moment, or a local day as 2026-04-01: within one table always the same. */
interface Dated {
  readonly validFrom: string;
}

/**
 * The row in force at a moment (milliseconds since 1970); of two of the same moment the later in the
 * table. Throws CONFIG_INVALID when the table begins after it.
 */
export function inForceAt<Row extends Dated>(rows: readonly Row[], at: number): Row {
  let found: Row | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const from = Date.parse(row.validFrom);
    if (from > at || from < newest) continue;
    newest = from;
    found = row;
  }
  if (found) return found;
  throw new TeburaError("CONFIG_INVALID", "no row of a dated table was in force at that time");
}

/** A city's own rows over those that ship: before the first of its own, what ships was in force. */
export function laidOver<Row extends Dated>(
  shipped: readonly Row[],
  own: readonly Row[],
): readonly Row[] {
  const first = Math.min(...own.map(({ validFrom }) => Date.parse(validFrom)));
  return [...shipped.filter(({ validFrom }) => Date.parse(validFrom) < first), ...own];
}
