import type { Pseudonym } from "#contract/ids.ts";
import { classOn } from "../views/school-register.ts";
import {
  type ClassSheetPorts,
  labelOf,
  rowsOf,
  type SheetAsked,
  type SheetRow,
  withNames,
} from "./class-sheet.ts";
import { dayAfter } from "./local-clock.ts";

/** What a day is worth in a month's sheet of a class. */
export interface MonthCell {
  readonly day: string;
  /** Null where the child was not in the class that day. */
  readonly of: SheetRow | null;
}

export interface MonthTotals {
  /** 授業日数: days on which the class had school while the child was in it. */
  readonly schoolDays: number;
  /** 出席停止・忌引等: days that a child need not come. */
  readonly excused: number;
  /** 出席すべき日数 */
  readonly due: number;
  /** 出席日数: seen or spoken for; somebody late or who left early was there. */
  readonly attended: number;
  readonly absent: number;
  readonly late: number;
  readonly leftEarly: number;
  /** Days of which nobody has said anything yet: neither attended nor absent. */
  readonly unconfirmed: number;
}

export interface MonthRow {
  readonly number: number | null;
  readonly pupil: Pseudonym;
  readonly name: string | null;
  readonly kana: string | null;
  readonly cells: readonly MonthCell[];
  readonly totals: MonthTotals;
}

export interface MonthSheet {
  readonly class: string;
  readonly label: string;
  /** As 2026-04. */
  readonly month: string;
  readonly days: readonly { readonly day: string; readonly isSchoolDay: boolean }[];
  readonly rows: readonly MonthRow[];
}

/** A class's attendance register (出席簿) of a month; undefined where the class was set on no day of it. */
export async function monthSheet(
  ports: ClassSheetPorts,
  asked: SheetAsked & { readonly month: string },
  who: string,
): Promise<MonthSheet | undefined> {
  const [state, now] = [ports.state(), ports.clock.wall()];
  const days: { day: string; isSchoolDay: boolean }[] = [];
  const pupils = new Map<Pseudonym, { number: number | null; days: Map<string, SheetRow> }>();
  for (let day = `${asked.month}-01`; day.startsWith(asked.month); day = dayAfter(day)) {
    const group = classOn(state, asked.class, day, ports.timeZone);
    days.push({ day, isSchoolDay: group?.plan.kind === "school-day" });
    if (!group) continue;
    for (const row of rowsOf(state, group, day, now).rows) {
      const known = pupils.get(row.pupil) ?? { number: row.number, days: new Map() };
      known.days.set(day, row);
      pupils.set(row.pupil, { ...known, number: row.number ?? known.number });
    }
  }
  if (pupils.size === 0) return undefined;
  const isSchoolDay = new Set(days.filter((one) => one.isSchoolDay).map(({ day }) => day));
  const rows = [...pupils]
    .sort(([a, one], [b, other]) => {
      return (one.number ?? 1_000) - (other.number ?? 1_000) || (a < b ? -1 : 1);
    })
    .map(([pupil, { number, days: known }]) => ({
      ...{ number, pupil, name: null, kana: null },
      cells: days.map(({ day }) => ({ day, of: known.get(day) ?? null })),
      totals: totalsOf([...known].filter(([day]) => isSchoolDay.has(day)).map(([, row]) => row)),
    }));
  const named = asked.names ? await withNames(ports, rows, { ...asked, who }) : rows;
  const label = await labelOf(ports, asked.class, who);
  return { class: asked.class, label, month: asked.month, days, rows: named };
}

/** A day still to come, or whose minute has not come, is in no number but that of the school days. */
function totalsOf(rows: readonly SheetRow[]): MonthTotals {
  const count = (is: (row: SheetRow) => boolean) => rows.filter(is).length;
  const excused = count(isExcused);
  return {
    ...{ schoolDays: rows.length, excused, due: rows.length - excused },
    attended: count(({ status }) => ["present", "late", "left-early"].includes(status)),
    absent: count((row) => row.status === "absent" && !isExcused(row)),
    late: count((row) => row.late),
    leftEarly: count((row) => row.leftEarly),
    unconfirmed: count(({ status }) => status === "unconfirmed"),
  };
}

/**
 * Days that do not count among those to attend: suspension (学校保健安全法 19条) and bereavement, as the
 * guide to the Course of Study record (指導要録) counts them; an official absence counts as attended there in
 * some cities and as excused in others, and is excused here.
 */
function isExcused({ status, reason }: SheetRow): boolean {
  return (
    status === "absent" &&
    (reason === "suspension" || reason === "bereavement" || reason === "official")
  );
}
