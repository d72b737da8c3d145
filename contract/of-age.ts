import type { WallMs } from "./ids.ts";

const hourMs = 3_600_000;
/** No clock on earth is further from UTC. */
const apartMsMax = 27 * hourMs;

/**
 * The first moment of a calendar day where a clock shows the time of `timeZone`. Found by halving, so that
 * a night in which clocks are set, even at midnight, is no exception.
 */
export function dayBeginsAt(day: string, timeZone: string): WallMs {
  const format = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone, year: "numeric", month: "2-digit", day: "2-digit" },
  });
  const near = Date.parse(`${day}T00:00:00Z`);
  let [before, begun] = [near - apartMsMax, near + apartMsMax];
  while (begun - before > 1) {
    const middle = Math.floor((before + begun) / 2);
    if (format.format(middle) < day) before = middle;
    else begun = middle;
  }
  return begun as WallMs;
}

/** The first moment of the day after. */
export function dayEndsAt(day: string, timeZone: string): WallMs {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 24 * hourMs);
  return dayBeginsAt(next.toISOString().slice(0, 10), timeZone);
}

/**
 * The first calendar day on which somebody has an age: the birthday, for an age is complete with the end
 * of the day before it (Act on Calculation of Ages, Civil Code article 143). Whoever was born on 29
 * February has it on 1 March where the year has no such day.
 */
export function reachesAgeOn(birthDate: string, years: number): string {
  const [year = 0, month = 1, day = 1] = birthDate.split("-").map(Number);
  // A day that does not exist becomes the next one: 2027-02-29 is 2027-03-01.
  return new Date(Date.UTC(year + years, month - 1, day)).toISOString().slice(0, 10);
}

/** When somebody reaches an age: the first moment of that day. */
export function reachesAgeAt(birthDate: string, years: number, timeZone: string): WallMs {
  return dayBeginsAt(reachesAgeOn(birthDate, years), timeZone);
}
