import { parse } from "csv-parse/sync";
import * as z from "zod";
import {
  classIdSchema,
  clockTimeSchema,
  type TimetableSet,
  timetableSetSchema,
} from "#contract/bodies/school.ts";
import { type Answer, refusal } from "../desk/answer.ts";

/** A timetable as a school has it in a spreadsheet: a line for each lesson, and the hours beside it. */
export const timetableFileSchema = z.strictObject({
  class: classIdSchema,
  from: z.iso.date(),
  until: z.iso.date(),
  timeZone: z.string().min(1).max(60),
  begins: clockTimeSchema,
  dueBy: clockTimeSchema,
  /** Without it a weekday ends with its last lesson. */
  ends: clockTimeSchema.optional(),
  /** The file's text: weekday, begins, ends, subject, or 曜日, 開始, 終了, 教科. */
  csv: z.string().min(1).max(50_000),
});
export type TimetableFile = Readonly<z.infer<typeof timetableFileSchema>>;

type Column = "weekday" | "begins" | "ends" | "subject";
type Lesson = TimetableSet["week"][number]["lessons"][number];
type Row = Readonly<Record<Column, string>>;

const columnNames: Readonly<Record<Column, readonly string[]>> = {
  weekday: ["weekday", "曜日"],
  begins: ["begins", "開始", "開始時刻"],
  ends: ["ends", "終了", "終了時刻"],
  subject: ["subject", "教科", "科目"],
};
const columns = Object.keys(columnNames) as readonly Column[];
const weekdayNames = [..."月火水木金土日"];
const englishNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const problemsShownMax = 20;
const linesMax = 120;

/** Reads a timetable, all of it or nothing. Refuses TIMETABLE_INVALID naming every bad line, and no cell. */
export function timetableIn(
  file: TimetableFile,
): Answer<{ timetable: Omit<TimetableSet, "type"> }> {
  const rows = rowsIn(file.csv);
  if (typeof rows === "string") return refusal("TIMETABLE_INVALID", rows);
  const problems: string[] = [];
  const days = new Map<number, Lesson[]>();
  for (const [i, row] of rows.entries()) {
    const lesson = lessonIn(row);
    if (typeof lesson === "string") problems.push(`line ${i + 2}: ${lesson}`);
    else days.set(lesson.weekday, [...(days.get(lesson.weekday) ?? []), lesson.lesson]);
  }
  for (const [weekday, lessons] of days) {
    lessons.sort((a, b) => (a.begins < b.begins ? -1 : 1));
    if (lessons.some(({ begins }, i) => begins < (lessons[i - 1]?.ends ?? ""))) {
      problems.push(`two lessons of ${weekdayNames[weekday - 1]} overlap`);
    }
  }
  if (problems.length > 0) {
    const rest = problems.length - problemsShownMax;
    const more = rest > 0 ? `; and ${rest} more` : "";
    const shown = problems.slice(0, problemsShownMax).join("; ");
    return refusal("TIMETABLE_INVALID", `nothing was taken: ${shown}${more}`);
  }
  const { csv: _, begins, dueBy, ends, ...about } = file;
  const week = [...days]
    .sort(([a], [b]) => a - b)
    .map(([weekday, lessons]) => ({
      ...{ weekday, begins, dueBy, ends: ends ?? lessons.at(-1)?.ends ?? "", lessons },
    }));
  const whole = timetableSetSchema.omit({ type: true }).safeParse({ ...about, week });
  if (whole.success) return { ok: true, timetable: whole.data };
  const [issue] = whole.error.issues;
  const where = issue?.path.join(".") ?? "";
  return refusal("TIMETABLE_INVALID", `nothing was taken: ${where} ${issue?.message ?? ""}`);
}

/** The rows by our names of the columns, or what is wrong with the file. */
function rowsIn(csv: string): readonly Row[] | string {
  let lines: string[][];
  try {
    lines = parse(csv, { bom: true, trim: true, relax_column_count: true, skip_empty_lines: true });
  } catch {
    return "the file is no CSV; save it as CSV UTF-8";
  }
  const [head = [], ...rest] = lines;
  const places = new Map<Column, number>();
  for (const column of columns) {
    const place = head.findIndex((name) => columnNames[column].includes(plain(name).toLowerCase()));
    if (place < 0) return `the column ${columnNames[column].slice(0, 2).join(" or ")} is missing`;
    places.set(column, place);
  }
  if (rest.length === 0) return "the file has no lessons";
  if (rest.length > linesMax) return `the file has more than ${linesMax} lessons`;
  return rest.map((cells) => {
    const of = (column: Column) => plain(cells[places.get(column) ?? -1] ?? "");
    return {
      weekday: of("weekday"),
      begins: of("begins"),
      ends: of("ends"),
      subject: of("subject"),
    };
  });
}

/** Full-width digits and colons are typed by many. */
const plain = (text: string): string => text.normalize("NFKC").trim();

function lessonIn(row: Row): { readonly weekday: number; readonly lesson: Lesson } | string {
  const weekday = weekdayIn(row.weekday);
  if (weekday === undefined) return "weekday: write 月 to 日, Mon to Sun, or 1 (Monday) to 7";
  const [begins, ends] = [timeIn(row.begins), timeIn(row.ends)];
  if (begins === undefined) return "begins: write a time as 08:45";
  if (ends === undefined) return "ends: write a time as 09:30";
  if (begins >= ends) return "the lesson ends before it begins";
  const subject = row.subject.replace(/\p{Cc}/gu, "");
  if (subject === "" || subject.length > 40) return "subject: 1 to 40 characters";
  return { weekday, lesson: { begins, ends, subject } };
}

function weekdayIn(text: string): number | undefined {
  if (/^[1-7]$/.test(text)) return Number(text);
  const place = weekdayNames.indexOf(text.replace(/曜日?$/, ""));
  if (place >= 0) return place + 1;
  const english = englishNames.indexOf(text.slice(0, 3).toLowerCase());
  return english >= 0 && /^[A-Za-z]+$/.test(text) ? english + 1 : undefined;
}

/** `8:45`, `08:45`, and `8:45:00`, as spreadsheets write times. */
function timeIn(text: string): string | undefined {
  const [, hours = "", minutes = ""] = /^(\d{1,2}):(\d{2})(?::00)?$/.exec(text) ?? [];
  const parsed = clockTimeSchema.safeParse(`${hours.padStart(2, "0")}:${minutes}`);
  return parsed.success ? parsed.data : undefined;
}
