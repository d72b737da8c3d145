/** A moment as a clock on the wall shows it, and how far that clock is ahead of UTC. */
export interface LocalTime {
  /** ISO 8601 with seconds and offset: 2026-06-01T08:00:00+09:00. */
  readonly text: string;
  readonly offsetMs: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time of a moment in a time zone. Whole seconds; a fraction is cut off. */
export function localTime(at: number, timeZone: string): LocalTime {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("sv-SE", {
      ...{ timeZone, year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
    });
  formats.set(timeZone, format);
  const wall = format.format(at).replace(" ", "T");
  const whole = Math.floor(at / 1_000) * 1_000;
  const offsetMs = Date.parse(`${wall}Z`) - whole;
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const offset = `${offsetMs < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  return { text: `${wall}${offset}`, offsetMs };
}
