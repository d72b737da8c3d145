import { type RecordKind, recordSchemas } from "../persons/records.ts";
import { plain } from "./cells.ts";
import { type Column, columnsOf } from "./columns.ts";
import type { Problem } from "./problem.ts";
import type { Row } from "./read-rows.ts";

/** A column that was found: its field, its place in a row and what the file calls it. */
export interface Placed {
  readonly field: string;
  readonly at: number;
  readonly header: string;
  readonly column: Column;
}

const individualNumber = new Set(
  ["個人番号", "マイナンバー", "mynumber", "individualnumber"].map(plain),
);

/**
 * Which column is what, by names in English or Japanese, in any order. A column that nobody knows is
 * refused: what is not needed should not be sent here.
 */
export function readHeader(
  kind: RecordKind,
  row: Row,
): { readonly columns: readonly Placed[]; readonly problems: readonly Problem[] } {
  const known = Object.entries(columnsOf[kind] as Readonly<Record<string, Column>>);
  const fields = new Map(
    known.flatMap(([field, column]) =>
      [field, ...column.japanese].map((name) => [plain(name), field] as const),
    ),
  );
  const columns: Placed[] = [];
  const problems: Problem[] = [];
  const line = row.line;
  for (const [at, cell] of row.cells.entries()) {
    const header = headerText(cell, at);
    const field = fields.get(plain(cell));
    const column = known.find(([name]) => name === field)?.[1];
    if (field === undefined || column === undefined)
      problems.push(unknownHeader(cell, header, line));
    else if (columns.some((placed) => placed.field === field)) {
      const message = `two columns mean "${field}"; take one of them out`;
      problems.push({ line, column: header, code: "HEADER_TWICE", message });
    } else columns.push({ field, at, header, column });
  }
  for (const [field, { required, japanese }] of known) {
    if (!required || columns.some((placed) => placed.field === field)) continue;
    const message = `a column "${field}" (${japanese.join(", ")}) is needed`;
    problems.push({ line, column: field, code: "HEADER_MISSING", message });
  }
  return { columns, problems };
}

function unknownHeader(cell: string, header: string, line: number): Problem {
  if (individualNumber.has(plain(cell))) {
    const message = "Individual Numbers must not be kept here; take the column out of the file";
    return { line, column: header, code: "HEADER_MY_NUMBER", message };
  }
  const message = "no such column is known; rename it, or take it out of the file";
  return { line, column: header, code: "HEADER_UNKNOWN", message };
}

/** A first row that is data and no header would put somebody's name into the report. */
function headerText(cell: string, at: number): string {
  const text = cell.trim();
  return headerNames.has(plain(text)) ? text : `#${at + 1}`;
}

const headerNames: ReadonlySet<string> = new Set([
  ...individualNumber,
  ...Object.keys(recordSchemas).flatMap((kind) =>
    Object.entries(columnsOf[kind as RecordKind] as Readonly<Record<string, Column>>).flatMap(
      ([field, { japanese }]) => [field, ...japanese].map(plain),
    ),
  ),
]);
