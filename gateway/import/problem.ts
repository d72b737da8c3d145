/** What can be wrong with a file. The code is for programs; the sentence says what to do about it. */
export type ImportCode =
  // The file.
  | "FILE_EMPTY"
  | "FILE_TOO_LARGE"
  | "FILE_ENCODING"
  | "ROWS_TOO_MANY"
  | "HEADER_UNKNOWN"
  | "HEADER_TWICE"
  | "HEADER_MISSING"
  | "HEADER_MY_NUMBER"
  // A row.
  | "QUOTE_OPEN"
  | "CELLS_COUNT"
  | "ROW_TWICE"
  | "ROW_CONFLICT"
  // A cell.
  | "CELL_REQUIRED"
  | "CELL_INVALID"
  | "CELL_LINE_BREAK"
  | "CELL_FORMULA"
  | "CHARACTER_PRIVATE"
  | "CHARACTER_LOST"
  | "CHOICE_UNKNOWN"
  | "DATE_INVALID"
  | "DATE_FUTURE"
  | "DAYS_OUT_OF_ORDER"
  | "MY_NUMBER_LIKE"
  | "OWN_GUARDIAN"
  | "PERSON_UNKNOWN";

/** One thing to mend. It never repeats what stands in the cell: a report is mailed around. */
export interface Problem {
  /** From 1, as an editor counts; the header is mostly line 1. For records of an API, their place. */
  readonly line: number;
  /** The column as the file names it; null where the whole row or file is meant. */
  readonly column: string | null;
  readonly code: ImportCode;
  readonly message: string;
}

/** What a cell could not be read as. */
export class CellProblem {
  readonly code: ImportCode;
  readonly message: string;

  constructor(code: ImportCode, message: string) {
    this.code = code;
    this.message = message;
  }
}
