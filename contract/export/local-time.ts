/**
 * Times for people, as 2026-04-01 09:00:05 in a time zone: a form that spreadsheets read as a time.
 * Empty for null.
 */
export function localTimeIn(timeZone: string): (at: number | null) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  return (at) => (at === null ? "" : format.format(at));
}
