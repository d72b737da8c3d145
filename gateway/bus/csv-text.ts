export type Cell = string | number | undefined;

/** Makes a CSV file of a head and its rows. Which marks and guards it has is the writer's affair. */
export type CsvWriter = (head: readonly string[], rows: Iterable<readonly Cell[]>) => string;

/**
 * CSV for programs, by RFC 4180: no byte-order mark and nothing put before a value, since a program
 * takes both for data. For a person's spreadsheet use a writer that guards against formulas.
 */
export const machineCsv: CsvWriter = (head, rows) => {
  const line = (cells: readonly Cell[]) => `${cells.map(quoted).join(",")}\r\n`;
  return [head, ...rows].map(line).join("");
};

function quoted(cell: Cell): string {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
