import { CsvError, type InfoRecord, parse } from "csv-parse/sync";
import type { Problem } from "./problem.ts";

/** A row as it stands in the file: where it begins, and its cells. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface ReadRows {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
}

/**
 * The rows of a CSV file (RFC 4180, any line ends), blank ones left out. A quotation mark that is never
 * closed would swallow the rest of the file: its row is reported, and the rows after it are read one
 * line at a time, so that whatever else is wrong is found in the same go. Two forgotten marks make one
 * cell of several lines: of those lines, the ones that look like rows are read as rows, too.
 */
export function readRows(text: string): ReadRows {
  const clean = text.replace(/\r\n?/g, "\n");
  const lines = clean.split("\n");
  const { rows: parsed, openedAt } = parseFrom(clean, 1);
  const width = parsed[0]?.cells.length ?? 0;
  const problems = openedAt === undefined ? [] : [quoteOpen(openedAt)];
  const rows: Row[] = [];
  const addAlone = (line: number, isRow: (row: Row) => boolean) => {
    const alone = parseFrom(lines[line - 1] ?? "", line);
    rows.push(...alone.rows.filter(isRow));
    if (alone.openedAt !== undefined) problems.push(quoteOpen(line));
  };
  for (const row of parsed) {
    rows.push(row);
    for (let line = row.line + 1; line <= row.line + breaksIn(row.cells); line++) {
      addAlone(line, ({ cells }) => cells.length === width);
    }
  }
  if (openedAt === undefined) return { rows, problems };
  for (let line = openedAt + 1; line <= lines.length; line++) addAlone(line, () => true);
  return { rows, problems };
}

function parseFrom(text: string, firstLine: number): { rows: Row[]; openedAt?: number } {
  const rows: Row[] = [];
  let next = firstLine;
  const onRecord = (record: string[], { lines }: InfoRecord) => {
    const end = firstLine - 1 + lines;
    next = end + 1;
    if (record.some((cell) => cell.trim() !== ""))
      rows.push({ line: end - breaksIn(record), cells: record });
    return null;
  };
  try {
    parse(text, {
      ...{ relax_column_count: true, relax_quotes: true },
      ...{ record_delimiter: "\n", onRecord },
    });
    return { rows };
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== "CSV_QUOTE_NOT_CLOSED") throw error;
    return { rows, openedAt: next };
  }
}

function breaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
}

function quoteOpen(line: number): Problem {
  return {
    ...{ line, column: null, code: "QUOTE_OPEN" },
    message: "a quotation mark opens in this row and is never closed; close it or take it out",
  };
}
