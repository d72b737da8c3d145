import { parse } from "csv-parse/sync";
import type * as z from "zod";
import { TeburaError } from "#contract/errors.ts";

/** A row that cannot be taken: where it stands and why, and never what stands in it. */
export interface RowProblem {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

interface Row<T> {
  readonly row: T;
  readonly line: number;
}

/**
 * The rows of a CSV table with a head, each checked; columns that a schema does not name are passed
 * over. Rows that do not fit are named beside the others. Throws CONFIG_INVALID for what is no CSV.
 */
export function checkedRows<T>(
  text: string,
  schema: z.ZodType<T>,
  file: string,
): { readonly rows: readonly Row<T>[]; readonly problems: readonly RowProblem[] } {
  const rows: Row<T>[] = [];
  const problems: RowProblem[] = [];
  for (const { record, info } of recordsIn(text, file)) {
    const { lines: line, error } = info;
    if (error) {
      problems.push({ file, line, why: error.code });
      continue;
    }
    const parsed = schema.safeParse(record);
    if (parsed.success) rows.push({ row: parsed.data, line });
    else {
      const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
      problems.push({ file, line, why: wrong.join("; ") });
    }
  }
  return { rows, problems };
}

/** The same where one bad row refuses them all. Throws CONFIG_INVALID naming its line. */
export function readTable<T>(text: string, schema: z.ZodType<T>, name: string): readonly Row<T>[] {
  const { rows, problems } = checkedRows(text, schema, name);
  const [first] = problems;
  if (!first) return rows;
  throw new TeburaError("CONFIG_INVALID", `${name} line ${first.line}: ${first.why}`);
}

interface Parsed {
  readonly record: unknown;
  readonly info: { readonly lines: number; readonly error?: { readonly code: string } };
}

function recordsIn(text: string, name: string): readonly Parsed[] {
  try {
    // With `info` the library gives records beside what it knows of each, which its types do not say.
    return parse(text, {
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      // A row with a field too many or too few has its error beside it, and the others are read.
      relax_column_count: true,
    }) as unknown as readonly Parsed[];
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? "not CSV";
    const line = (cause as { lines?: number }).lines ?? 1;
    throw new TeburaError("CONFIG_INVALID", `${name} line ${line}: ${code}`, { cause });
  }
}
