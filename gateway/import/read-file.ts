import { type RecordKind, recordKinds } from "../persons/records.ts";
import { flawOfCell } from "./cells.ts";
import { checkRecord } from "./check-record.ts";
import { columnsOf } from "./columns.ts";
import { decodeText, type Encoding } from "./decode-text.ts";
import { CellProblem, type ImportCode, type Problem } from "./problem.ts";
import { type Placed, readHeader } from "./read-header.ts";
import { type Row, readRows } from "./read-rows.ts";

/** A row or an API's record: whole, or with what is wrong with it. */
export interface Entry {
  readonly line: number;
  readonly record?: Readonly<Record<string, unknown>>;
  /** What could be read of a row that is refused. */
  readonly partial?: Readonly<Record<string, unknown>>;
}

/** What is to be imported of one kind. */
export interface Batch {
  readonly kind: RecordKind;
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
  readonly encoding?: Encoding;
  /** What the file calls each field, so that later problems name its own columns. */
  readonly headers: ReadonlyMap<string, string>;
  /** Fields for which the file has no column: what is known of them stays. */
  readonly absent: readonly string[];
  readonly today: string;
}

export interface ReadOptions {
  /** The local day, as 2026-04-01. */
  readonly today: string;
  readonly encoding?: Encoding | undefined;
}

/** A city of a million fits twice; whatever is larger was exported by mistake. */
export const importLimits = { fileBytesMax: 256 * 1_024 * 1_024, rowsMax: 2_000_000 } as const;

/** Reads a CSV file of one kind, and finds everything that is wrong with it by itself. */
export function readFile(kind: RecordKind, bytes: Uint8Array, options: ReadOptions): Batch {
  const nothingOf = (problems: readonly Problem[]): Batch => ({
    ...{ kind, entries: [], headers: new Map(), absent: [], today: options.today, problems },
  });
  const refused = (code: ImportCode, message: string, problems: readonly Problem[] = []) =>
    nothingOf([...problems, { line: 1, column: null, code, message }]);
  if (bytes.length > importLimits.fileBytesMax) {
    return refused("FILE_TOO_LARGE", `at most ${importLimits.fileBytesMax} bytes; split the file`);
  }
  // Without its header nothing else can be said of a file.
  const { text, encoding, problems: unread } = decodeText(bytes, options.encoding);
  const { rows, problems: open } = readRows(text);
  const [header, ...data] = rows;
  if (unread.some(({ line }) => line === 1)) return { ...nothingOf(unread), encoding };
  if (!header) return refused("FILE_EMPTY", "the file holds no header row", [...unread, ...open]);
  if (data.length > importLimits.rowsMax) {
    return refused("ROWS_TOO_MANY", `at most ${importLimits.rowsMax} rows; split the file`);
  }
  const { columns, problems: ofHeader } = readHeader(kind, header);
  const problems = [...unread, ...open, ...ofHeader];
  const width = header.cells.length;
  const entries = data.map((row) => readRow(kind, row, { columns, width, ...options }, problems));
  const headers = new Map(columns.map((placed) => [placed.field, placed.header]));
  const absent = Object.keys(columnsOf[kind]).filter((field) => !headers.has(field));
  const { today } = options;
  return { kind, entries, problems: inOrder(problems), encoding, headers, absent, today };
}

interface Layout extends ReadOptions {
  readonly columns: readonly Placed[];
  readonly width: number;
}

/** Reads one row; adds what is wrong with it to `problems`. */
function readRow(kind: RecordKind, row: Row, layout: Layout, problems: Problem[]): Entry {
  const { columns, width, today } = layout;
  const { line } = row;
  const partial: Record<string, unknown> = {};
  const own: Problem[] = [];
  if (row.cells.length !== width) {
    const message = `${row.cells.length} cells under ${width} headers; is a comma or a quote missing?`;
    own.push({ line, column: null, code: "CELLS_COUNT", message });
  }
  for (const { field, at, header, column } of columns) {
    const text = row.cells[at]?.trim() ?? "";
    if (text === "" && !column.required) continue;
    const value = text === "" ? blank : (flawOfCell(text) ?? column.read(text));
    if (value instanceof CellProblem) {
      own.push({ line, column: header, code: value.code, message: value.message });
    } else partial[field] = value;
  }
  const flawed = new Set(own.map(({ column }) => column));
  const checked = checkRecord(kind, partial, line, today);
  if ("record" in checked && own.length === 0) return { line, record: checked.record };
  if ("problems" in checked) {
    for (const problem of checked.problems) {
      const placed = columns.find(({ field }) => field === problem.column);
      // A column that is not there was said once, for the whole file.
      if (!placed && problem.code === "CELL_REQUIRED") continue;
      if (placed && flawed.has(placed.header)) continue;
      own.push({ ...problem, column: placed?.header ?? problem.column });
    }
  }
  problems.push(...own);
  return { line, partial };
}

const blank = new CellProblem("CELL_REQUIRED", "the cell is empty; it is needed");

/**
 * Records that came through the API: the place in the list stands where a file has its line. Each is the
 * whole record; what it does not name is taken away.
 */
export function readRecords(
  kind: RecordKind,
  inputs: readonly unknown[],
  { today }: ReadOptions,
): Batch {
  const problems: Problem[] = [];
  const entries = inputs.map((input, at): Entry => {
    const line = at + 1;
    const checked = checkRecord(kind, input, line, today);
    if ("record" in checked) return { line, record: checked.record };
    problems.push(...checked.problems);
    const isObject = typeof input === "object" && input !== null;
    return { line, partial: isObject ? (input as Record<string, unknown>) : {} };
  });
  return { kind, entries, problems, headers: new Map(), absent: [], today };
}

/** By line, so that somebody can go through the file once. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line);
}

/** Persons first, then what ties them together. */
export function byKind(batches: readonly Batch[]): readonly Batch[] {
  const place = ({ kind }: Batch) => recordKinds.indexOf(kind);
  return [...batches].sort((a, b) => place(a) - place(b));
}
