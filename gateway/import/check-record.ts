import type { z } from "zod";
import { type RecordKind, recordSchemas } from "../persons/records.ts";
import type { ImportCode, Problem } from "./problem.ts";

/** A record that fits its schema, or every reason why it does not. */
export type Checked =
  | { readonly record: Readonly<Record<string, unknown>> }
  | { readonly problems: readonly Problem[] };

/**
 * Checks a record, whether it came as a row or through the API. `today` is the local day: nobody is
 * born after it. Messages name what was expected and never what was there.
 */
export function checkRecord(
  kind: RecordKind,
  input: unknown,
  line: number,
  today: string,
): Checked {
  const parsed = recordSchemas[kind].safeParse(input);
  if (!parsed.success) {
    return { problems: parsed.error.issues.map((issue) => problemOf(issue, input, line)) };
  }
  const birthDate = "birthDate" in parsed.data ? parsed.data.birthDate : undefined;
  if (birthDate !== undefined && birthDate > today) {
    const message = "nobody is born after today; check the year and the era";
    return { problems: [{ line, column: "birthDate", code: "DATE_FUTURE", message }] };
  }
  return { record: parsed.data };
}

function problemOf(issue: z.core.$ZodIssue, input: unknown, line: number): Problem {
  const [field] = issue.path;
  const column = field === undefined ? null : String(field);
  if (issue.code === "unrecognized_keys") {
    return {
      line,
      column,
      code: "HEADER_UNKNOWN",
      message: "a field that nobody knows; leave it out",
    };
  }
  const own = issue.code === "custom" ? issue.params?.["code"] : undefined;
  const isMissing = isObject(input) && column !== null && input[column] === undefined;
  const code = (own ?? (isMissing ? "CELL_REQUIRED" : "CELL_INVALID")) as ImportCode;
  return { line, column, code, message: isMissing ? "this is needed" : issue.message };
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null;
}
