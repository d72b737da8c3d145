import type { AbsenceReason } from "#contract/bodies/school.ts";
import { type CsvValue, csvOf } from "#contract/export/csv.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { printableList } from "#contract/export/printable-list.ts";
import type { WallMs } from "#contract/ids.ts";
import type { ClassSheet, SheetRow } from "./class-sheet.ts";
import type { DayPlan } from "./day-plan.ts";
import { localMoment, weekdayOf } from "./local-clock.ts";
import type { MonthSheet, MonthTotals } from "./month-sheet.ts";

/** The words of a school's papers. */
const statusWords = {
  ...{ present: "出席", late: "遅刻", "left-early": "早退", absent: "欠席" },
  ...{ unconfirmed: "未確認", expected: "登校前", "not-expected": "－" },
} as const satisfies Record<SheetRow["status"], string>;
const reasonWords: Readonly<Record<AbsenceReason, string>> = {
  ...{ illness: "病気", accident: "事故・都合", bereavement: "忌引", suspension: "出席停止" },
  ...{ official: "公欠", unexcused: "無断", other: "その他" },
};
const weekdayWords = ["月", "火", "水", "木", "金", "土", "日"];

function planWords(plan: DayPlan): string {
  if (plan.kind === "school-day") {
    return `始業 ${plan.begins}　終業 ${plan.ends}　確認時刻 ${plan.dueBy}${plan.label ? `　${plan.label}` : ""}`;
  }
  if (plan.kind === "holiday") return `休業日${plan.label ? `（${plan.label}）` : ""}`;
  return plan.kind === "no-lessons" ? "授業のない日" : "時間割が登録されていません";
}

function noteOf(row: SheetRow): string {
  const notes: string[] = [];
  if (row.conflict) notes.push("欠席連絡と通過記録が一致しません");
  if (row.reason) notes.push(reasonWords[row.reason]);
  if (row.late && row.status !== "late") notes.push("遅刻");
  if (row.correction) notes.push("訂正あり");
  return notes.join("・");
}

const dayColumns = [
  ...["番号", "ふりがな", "氏名", "状態", "登校", "下校", "理由", "遅刻", "早退", "訂正"],
  ...["要確認", "仮名番号"],
] as const;

/** A class's day for a spreadsheet. */
export function classCsv(sheet: ClassSheet): string {
  const time = localTimeIn(sheet.timeZone);
  const yes = (is: boolean) => (is ? "○" : "");
  return csvOf(
    dayColumns,
    sheet.rows.map((row) => ({
      番号: row.number,
      ふりがな: row.kana,
      氏名: row.name,
      状態: statusWords[row.status],
      登校: time(row.arrivedAt),
      下校: time(row.leftAt),
      理由: row.reason && reasonWords[row.reason],
      遅刻: yes(row.late),
      早退: yes(row.leftEarly),
      訂正: yes(row.correction !== null),
      要確認: yes(row.status === "unconfirmed"),
      仮名番号: row.pupil,
    })),
  );
}

/** Where the papers' styles are; the gateway's pages allow no inline style. */
export const paperStyles = {
  narrow: "/api/school/paper.css",
  wide: "/api/school/paper-wide.css",
} as const;

/** A class's day for paper, A4. */
export function classPaper(sheet: ClassSheet): string {
  const { counts, timeZone } = sheet;
  const clock = (at: WallMs | null) => (at === null ? "" : localMoment(timeZone, at).time);
  const asOf = localTimeIn(timeZone)(sheet.asOf);
  const sums = `出席 ${counts.present}　遅刻 ${counts.late}　早退 ${counts["left-early"]}　欠席 ${counts.absent}　未確認 ${counts.unconfirmed}　登校前 ${counts.expected}`;
  const silent = sheet.silentBoxes.join("、");
  const title = `出席状況　${sheet.label}　${dayWords(sheet.day)}`;
  return printableList({
    ...{ styleHref: paperStyles.narrow, title, running: `${title}　${asOf} 現在` },
    notes: [
      `${asOf} 現在　在籍 ${sheet.rows.length}人　${sums}`,
      planWords(sheet.plan),
      "個人情報を含みます。掲示せず、使用後は施錠して保管してください。",
    ],
    ...(silent
      ? {
          warning: `通信が途絶えた機器があり、登校済みの児童生徒が未確認になっている可能性があります: ${silent}`,
        }
      : {}),
    columns: [
      ...[
        { title: "番号", share: 6 },
        { title: "ふりがな", share: 22 },
      ],
      ...[
        { title: "氏名", share: 20 },
        { title: "状態", share: 10 },
      ],
      ...[
        { title: "登校", share: 9 },
        { title: "下校", share: 9 },
      ],
      ...[{ title: "備考", share: 24 }],
    ],
    rows: sheet.rows.map((row) => ({
      starts: false,
      cells: [
        ...[`${row.number ?? ""}`, row.kana ?? "", row.name ?? row.pupil],
        ...[statusWords[row.status], clock(row.arrivedAt), clock(row.leftAt), noteOf(row)],
      ],
    })),
  });
}

/** The signs of a month's sheet, one for each day; what they mean stands on the sheet. */
const absenceSigns: Readonly<Record<AbsenceReason, string>> = {
  ...{ illness: "病", accident: "事", bereavement: "忌", suspension: "停" },
  ...{ official: "公", unexcused: "欠", other: "欠" },
};
const legend =
  "記号　空欄：授業なし・当日前　○：出席　遅：遅刻　早：早退　遅早：遅刻と早退　病・事・欠：欠席（病気・事故等・その他）　忌：忌引　停：出席停止　公：公欠　？：未確認";

function signOf(row: SheetRow | null): string {
  if (!row) return "";
  switch (row.status) {
    case "present":
      return "○";
    case "late":
      return "遅";
    case "left-early":
      return row.late ? "遅早" : "早";
    case "absent":
      return row.reason ? absenceSigns[row.reason] : "欠";
    case "unconfirmed":
      return "？";
    case "expected":
    case "not-expected":
      return "";
    default:
      return row.status satisfies never;
  }
}

const totalColumns = [
  ["授業日数", "schoolDays"],
  ["停止・忌引等", "excused"],
  ["出席すべき日数", "due"],
  ["出席", "attended"],
  ["欠席", "absent"],
  ["遅刻", "late"],
  ["早退", "leftEarly"],
  ["未確認", "unconfirmed"],
] as const satisfies readonly (readonly [string, keyof MonthTotals])[];

/** A class's register of a month for a spreadsheet. */
export function monthCsv(sheet: MonthSheet): string {
  const days = sheet.days.map(({ day }) => day);
  const columns = ["番号", "ふりがな", "氏名", ...days, ...totalColumns.map(([title]) => title)];
  return csvOf(
    [...columns, "仮名番号"],
    sheet.rows.map((row) => {
      const cells: Record<string, CsvValue> = {
        ...{ 番号: row.number, ふりがな: row.kana, 氏名: row.name, 仮名番号: row.pupil },
      };
      for (const { day, of } of row.cells) cells[day] = signOf(of);
      for (const [title, key] of totalColumns) cells[title] = row.totals[key];
      return cells;
    }),
  );
}

/** A class's register of a month for paper: A4 on its side, since a month has many days. */
export function monthPaper(sheet: MonthSheet): string {
  const [year, month] = sheet.month.split("-").map(Number);
  const days = sheet.days.map(({ day, isSchoolDay }) => ({
    title: `${Number(day.slice(8))}${weekdayWords[weekdayOf(day) - 1]}${isSchoolDay ? "" : "×"}`,
    share: 2.2,
  }));
  return printableList({
    styleHref: paperStyles.wide,
    title: `出席簿　${sheet.label}　${year}年${month}月`,
    notes: [legend, "個人情報を含みます。掲示せず、使用後は施錠して保管してください。"],
    isLandscape: true,
    columns: [
      ...[
        { title: "番", share: 2.4 },
        { title: "氏名", share: 10 },
      ],
      ...days,
      ...totalColumns.map(([title]) => ({ title, share: 3 })),
    ],
    rows: sheet.rows.map((row) => ({
      starts: row.number !== null && row.number % 5 === 1,
      cells: [
        ...[`${row.number ?? ""}`, row.name ?? row.pupil],
        ...row.cells.map(({ of }) => signOf(of)),
        ...totalColumns.map(([, key]) => `${row.totals[key]}`),
      ],
    })),
  });
}

function dayWords(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  return `${year}年${month}月${date}日（${weekdayWords[weekdayOf(day) - 1]}）`;
}
