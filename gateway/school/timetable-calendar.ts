import { createHash } from "node:crypto";
import {
  type Component,
  type ContentLine,
  dateTimeValue,
  dateValue,
  icalendarOf,
  offsetValue,
  textValue,
  utcValue,
} from "#contract/export/icalendar.ts";
import { entry, sorted } from "../views/bus-boarding.ts";
import { classOn, type RegisterState } from "../views/school-register.ts";
import { dayAfter, instantOf, localMoment, offsetAt, weekdayOf } from "./local-clock.ts";

/** Two school years: beyond it a calendar says nothing that anybody plans by. */
const daysMax = 800;

/** A lesson that comes back every week, on the days on which it is really given. */
interface Series {
  readonly begins: string;
  readonly ends: string;
  readonly subject: string;
  readonly timeZone: string;
  readonly days: string[];
}

interface CalendarRequest {
  readonly class: string;
  readonly label: string;
  /** The zone of days without a timetable. */
  readonly timeZone: string;
  readonly now: number;
}

/**
 * A class's timetable as iCalendar (RFC 5545): lessons as weekly series in the school's time zone, with the
 * days left out on which they are not given, and days of note as whole days. It names no person. Undefined
 * where the class has no timetable that ends after the last month.
 */
export function timetableCalendar(
  state: RegisterState,
  asked: CalendarRequest,
): string | undefined {
  const span = spanOf(state, asked);
  if (!span) return undefined;
  const series = new Map<string, Series>();
  const notes: Component[] = [];
  for (let day = span.from, count = 0; day <= span.until && count < daysMax; count++) {
    const group = classOn(state, asked.class, day, asked.timeZone);
    const plan = group?.plan;
    if (group && plan?.kind === "school-day") {
      for (const lesson of plan.lessons) {
        const { begins, ends, subject } = lesson;
        const key = JSON.stringify([group.timeZone, weekdayOf(day), begins, ends, subject]);
        const fresh = () => ({ ...lesson, timeZone: group.timeZone, days: [] });
        entry(series, key, fresh).days.push(day);
      }
    }
    const label = plan && "label" in plan ? plan.label : null;
    if (plan?.kind === "holiday" || label !== null) notes.push(noteOf(asked, day, label));
    day = dayAfter(day);
  }
  const lessons = sorted(series).map(([key, one]) => lessonOf(asked, key, one));
  const zones = new Set([...series.values()].map(({ timeZone }) => timeZone));
  return icalendarOf({
    name: "VCALENDAR",
    lines: [
      { name: "VERSION", value: "2.0" },
      { name: "PRODID", value: "-//Tebura//School timetable//EN" },
      { name: "CALSCALE", value: "GREGORIAN" },
      // RFC 7986, section 5.1; older programs go by the second.
      { name: "NAME", value: textValue(asked.label) },
      { name: "X-WR-CALNAME", value: textValue(asked.label) },
    ],
    parts: [...[...zones].sort().map((zone) => zoneOf(zone, span)), ...lessons, ...notes],
  });
}

interface Span {
  readonly from: string;
  readonly until: string;
}

function spanOf(state: RegisterState, asked: CalendarRequest): Span | undefined {
  const since = dayAfter(localMoment(asked.timeZone, asked.now).day, -31);
  const current = (state.timetables.get(asked.class) ?? []).filter(
    ({ body }) => body.until >= since,
  );
  const [first, ...others] = current.map(({ body }) => body);
  return first && others.reduce<Span>(wider, first);
}

const wider = (a: Span, b: Span): Span => ({
  from: a.from < b.from ? a.from : b.from,
  until: a.until > b.until ? a.until : b.until,
});

/** The same lesson of the same class is the same event in every export, so a calendar takes it over. */
function uidOf(...parts: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${digest.slice(0, 32)}@timetable.tebura.invalid`;
}

function lessonOf(asked: CalendarRequest, key: string, series: Series): Component {
  const { days, begins, ends, subject, timeZone } = series;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const given = new Set(days);
  const left: string[] = [];
  for (let day = first; day < last; day = dayAfter(day, 7)) if (!given.has(day)) left.push(day);
  const local = { TZID: timeZone };
  const lines: ContentLine[] = [
    { name: "UID", value: uidOf(asked.class, key) },
    { name: "DTSTAMP", value: utcValue(asked.now) },
    { name: "DTSTART", parameters: local, value: dateTimeValue(first, begins) },
    { name: "DTEND", parameters: local, value: dateTimeValue(first, ends) },
    { name: "SUMMARY", value: textValue(subject) },
  ];
  if (first !== last) {
    // Section 3.3.10: the end of a series in a zone is said in UTC.
    const until = utcValue(instantOf(timeZone, last, begins));
    lines.push({ name: "RRULE", value: `FREQ=WEEKLY;UNTIL=${until}` });
  }
  if (left.length > 0) {
    const value = left.map((day) => dateTimeValue(day, begins)).join(",");
    lines.push({ name: "EXDATE", parameters: local, value });
  }
  return { name: "VEVENT", lines };
}

function noteOf(asked: CalendarRequest, day: string, label: string | null): Component {
  const whole = { VALUE: "DATE" };
  return {
    name: "VEVENT",
    lines: [
      { name: "UID", value: uidOf(asked.class, day) },
      { name: "DTSTAMP", value: utcValue(asked.now) },
      { name: "DTSTART", parameters: whole, value: dateValue(day) },
      { name: "DTEND", parameters: whole, value: dateValue(dayAfter(day)) },
      { name: "SUMMARY", value: textValue(label ?? "休業日") },
      { name: "TRANSP", value: "TRANSPARENT" },
    ],
  };
}

/**
 * A zone as section 3.6.5 wants it beside every use of its name: how far its clock is ahead at the start,
 * and each change of that within the calendar.
 */
function zoneOf(timeZone: string, { from, until }: Span): Component {
  const start = instantOf(timeZone, from, "00:00");
  const end = instantOf(timeZone, dayAfter(until), "00:00");
  let offset = offsetAt(timeZone, start);
  const changes = changesIn(timeZone, start, end);
  const standard = Math.min(offset, ...changes.map(([, to]) => to));
  const parts = [observance(start, offset, offset, standard)];
  for (const [at, to] of changes) {
    parts.push(observance(at, offset, to, standard));
    offset = to;
  }
  return { name: "VTIMEZONE", lines: [{ name: "TZID", value: timeZone }], parts };
}

function observance(at: number, from: number, to: number, standard: number): Component {
  return {
    name: to > standard ? "DAYLIGHT" : "STANDARD",
    lines: [
      // The local time by the clock before the change.
      { name: "DTSTART", value: utcValue(at + from).slice(0, -1) },
      { name: "TZOFFSETFROM", value: offsetValue(from) },
      { name: "TZOFFSETTO", value: offsetValue(to) },
    ],
  };
}

const hourMs = 3_600_000;

/** The moments, to the minute, at which a zone's clock is moved, and how far it is ahead from then on. */
function changesIn(timeZone: string, start: number, end: number): readonly [number, number][] {
  const changes: [number, number][] = [];
  let offset = offsetAt(timeZone, start);
  for (let at = start; at < end; at += 24 * hourMs) {
    const next = Math.min(at + 24 * hourMs, end);
    const to = offsetAt(timeZone, next);
    if (to === offset) continue;
    let [low, high] = [at, next];
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000;
      if (offsetAt(timeZone, middle) === to) high = middle;
      else low = middle;
    }
    changes.push([high, to]);
    offset = to;
  }
  return changes;
}
