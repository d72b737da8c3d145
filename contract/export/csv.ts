/** What a cell can hold. Numbers and booleans are written as they are: they cannot be formulas. */
export type CsvValue = string | number | boolean | null | undefined;

/** Excel takes a file without it for Shift_JIS and shows every Japanese name as rubbish. */
const byteOrderMark = "\uFEFF";
const lineEnd = "\r\n";

/**
 * What makes a spreadsheet run a cell as a formula: the ASCII signs, and the full-width ones that a
 * Japanese Excel reads alike. Spaces and control characters before them are skipped by some programs.
 */
const formulaStart = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** What RFC 4180, section 2, rules 5 to 7, wants in quotes; also spaces, which some programs trim. */
const needsQuotes = /[",\r\n]|^\s|\s$/u;

/**
 * A table as CSV after RFC 4180: a header line, CRLF after every line, quotes where needed and doubled
 * inside, in front of it a byte-order mark. A text that a spreadsheet would run as a formula gets an
 * apostrophe in front (OWASP, "CSV Injection"), so it stays the text that it is.
 * `columns` gives the order; what a row does not have is an empty cell.
 */
export function csvOf<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<Readonly<Partial<Record<Column, CsvValue>>>>,
): string {
  const lines = [csvLine(columns)];
  for (const row of rows) lines.push(csvLine(columns.map((column) => row[column])));
  return byteOrderMark + lines.join("");
}

/** One line with its end, for what is written piece by piece. The caller writes `csvStart` first. */
export function csvLine(cells: readonly CsvValue[]): string {
  return cells.map(cellOf).join(",") + lineEnd;
}

/** What stands before the first line of a CSV that is written piece by piece. */
export const csvStart = byteOrderMark;

/** For the answer that carries a CSV: a browser saves it, and guesses nothing. */
export const csvHeaders = (fileName: string) => ({
  "content-type": "text/csv; charset=utf-8; header=present",
  "content-disposition": `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, "_")}"`,
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
});

function cellOf(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return String(value);
  // Not a number is nothing to add up, and an empty cell says so in every program.
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  // A zero byte ends the cell in some programs, and what follows could be anything.
  const text = value.replaceAll("\0", "");
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
