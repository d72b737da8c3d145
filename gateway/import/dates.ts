import { CellProblem } from "./problem.ts";

/** First days of Japan's eras. The day of a change is written in either. */
const eras = [
  { names: ["令和", "R"], first: "2019-05-01" },
  { names: ["平成", "H"], first: "1989-01-08" },
  { names: ["昭和", "S"], first: "1926-12-25" },
  { names: ["大正", "T"], first: "1912-07-30" },
  { names: ["明治", "M"], first: "1868-01-25" },
] as const;

const firstYear = 1868;
const western = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/;
const packed = /^(\d{4})(\d{2})(\d{2})$/;
const imperial =
  /^(令和|平成|昭和|大正|明治|[RHSTM])(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/i;

/** A day as offices write it: 2016-05-03, 2016/5/3, 2016年5月3日, 20160503, H28.5.3, 平成28年5月3日. */
export function readDate(text: string): string | CellProblem {
  const clean = text.normalize("NFKC").replace(/\s/gu, "");
  const plain = western.exec(clean) ?? packed.exec(clean);
  if (plain && Number(plain[1]) < firstYear) {
    return new CellProblem("DATE_INVALID", "nobody alive was born so long ago; check the year");
  }
  if (plain) return day(Number(plain[1]), Number(plain[2]), Number(plain[3])) ?? noSuchDay();
  const era = imperial.exec(clean);
  if (era) return imperialDay(era[1] ?? "", era[2] ?? "", Number(era[3]), Number(era[4]));
  const why = /^\d{5}$/.test(clean) ? "a bare number; format the column as a date" : "no date";
  return new CellProblem("DATE_INVALID", `this is ${why}; write it as 2016-05-03`);
}

function imperialDay(name: string, yearText: string, month: number, date: number) {
  const at = eras.findIndex(({ names }) => names.some((known) => known === name.toUpperCase()));
  const era = eras[at];
  if (!era) return noSuchDay();
  const year = Number(era.first.slice(0, 4)) - 1 + (yearText === "元" ? 1 : Number(yearText));
  const found = day(year, month, date);
  const last = eras[at - 1]?.first;
  if (found === undefined) return noSuchDay();
  if (found >= era.first && (last === undefined || found <= last)) return found;
  return new CellProblem("DATE_INVALID", "that era had no such day; check the era and its year");
}

/** undefined for the 30th of February and its like. */
function day(year: number, month: number, date: number): string | undefined {
  const at = new Date(Date.UTC(year, month - 1, date));
  const same = at.getUTCMonth() === month - 1 && at.getUTCDate() === date && year >= firstYear;
  return same ? at.toISOString().slice(0, 10) : undefined;
}

function noSuchDay(): CellProblem {
  return new CellProblem("DATE_INVALID", "there is no such day; write it as 2016-05-03");
}
