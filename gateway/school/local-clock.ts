/** A moment by the clock on a school's wall. */
export interface LocalMoment {
  /** As 2026-04-01. */
  readonly day: string;
  /** By the minute, as 08:30. */
  readonly time: string;
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By the minutes since 1970: a class comes in within a few of them, and formatting is slow. */
  readonly known: Map<number, LocalMoment>;
}

const zones = new Map<string, Zone>();
const knownMax = 5_000;
const minuteMs = 60_000;

/**
 * The day and minute of a moment (milliseconds since 1970) in a time zone. Since 1972 every zone is ahead of
 * UTC by whole minutes. Throws RangeError for a zone unknown.
 */
export function localMoment(timeZone: string, at: number): LocalMoment {
  let zone = zones.get(timeZone);
  if (!zone) {
    const format = new Intl.DateTimeFormat("sv-SE", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit" },
    });
    zone = { format, known: new Map() };
    zones.set(timeZone, zone);
  }
  const minute = Math.floor(at / minuteMs);
  const known = zone.known.get(minute);
  if (known) return known;
  const [day = "", time = ""] = zone.format.format(minute * minuteMs).split(" ");
  const moment = { day, time };
  if (zone.known.size >= knownMax) zone.known.clear();
  zone.known.set(minute, moment);
  return moment;
}

export function isTimeZone(text: string): boolean {
  try {
    localMoment(text, 0);
    return true;
  } catch {
    return false;
  }
}

/** 1 for Monday to 7 for Sunday, as in ISO 8601. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

/** The calendar day `days` after another. */
export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The moment at which a clock of the zone shows a day and minute. Where clocks go forward over it, the
 * moment that the clock before the change would have called so; where they go back, the first of the two.
 */
export function instantOf(timeZone: string, day: string, time: string): number {
  const asUtc = Date.parse(`${day}T${time}:00Z`);
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((at) => offsetAt(timeZone, at));
  const [before = 0, after = 0] = offsets;
  const first = asUtc - before;
  if (offsetAt(timeZone, first) === before) return first;
  const second = asUtc - after;
  return offsetAt(timeZone, second) === after ? second : first;
}

/** How far the zone's clock is ahead of UTC, in milliseconds. */
export function offsetAt(timeZone: string, at: number): number {
  const minute = Math.floor(at / 60_000) * 60_000;
  const { day, time } = localMoment(timeZone, minute);
  return Date.parse(`${day}T${time}:00Z`) - minute;
}
