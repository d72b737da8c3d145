import fc from "fast-check";
import { expect, test } from "vitest";
import { icalendarOf, offsetValue, textValue } from "#contract/export/icalendar.ts";
import { instantOf, localMoment } from "#gateway/school/local-clock.ts";
import { timetableCalendar } from "#gateway/school/timetable-calendar.ts";
import { at, group, SchoolEvents } from "./school-events.ts";

/** RFC 5545, section 3.1: a line break and one white space are no part of a line. */
const unfolded = (text: string) =>
  text
    .replace(/\r\n[ \t]/g, "")
    .split("\r\n")
    .slice(0, -1);

/** Section 3.3.11, read back. */
const read = (value: string) =>
  value.replace(/\\([\\;,nN])/g, (_, sign) => (/n/i.test(sign) ? "\n" : sign));

test.each([
  { text: "国語", expected: "国語" },
  { text: "国語, 算数; 理科", expected: "国語\\, 算数\\; 理科" },
  { text: "back\\slash", expected: "back\\\\slash" },
  { text: "two\r\nlines\rand\nmore", expected: "two\\nlines\\nand\\nmore" },
  { text: 'a:b"c', expected: 'a:b"c' },
  { text: "bell\u0007", expected: "bell" },
])("TEXT $text", ({ text, expected }) => {
  expect(textValue(text)).toBe(expected);
});

test.each([
  { hours: 9, expected: "+0900" },
  { hours: -3.5, expected: "-0330" },
  { hours: 0, expected: "+0000" },
  { hours: 12.75, expected: "+1245" },
  { hours: 9 + 18 / 60 + 59 / 3_600, expected: "+091859" },
])("UTC-OFFSET of $hours hours", ({ hours, expected }) => {
  expect(offsetValue(hours * 3_600_000)).toBe(expected);
});

test("no line has more than 75 octets, no character is cut, and the text comes back", () => {
  const signs = fc.string({
    unit: fc.constantFrom("a", "é", "語", "👩‍🏫", "\\", ",", ";", "\n"),
    maxLength: 200,
  });
  fc.assert(
    fc.property(signs, (text) => {
      const line = { name: "SUMMARY", value: textValue(text) };
      const calendar = icalendarOf({ name: "VEVENT", lines: [line] });
      for (const one of calendar.split("\r\n"))
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(75);
      expect(Buffer.from(calendar).toString("utf8")).toBe(calendar);
      expect(calendar).not.toMatch(/[^\r]\n/);
      const [, summary = ""] = unfolded(calendar);
      expect(read(summary.slice("SUMMARY:".length))).toBe(text);
    }),
  );
});

test("the moment of a local time, also where clocks go forward and back", () => {
  const iso = (zone: string, day: string, time: string) =>
    new Date(instantOf(zone, day, time)).toISOString();
  expect(iso("Asia/Tokyo", "2026-04-08", "08:30")).toBe("2026-04-07T23:30:00.000Z");
  expect(iso("America/New_York", "2026-03-08", "01:59")).toBe("2026-03-08T06:59:00.000Z");
  // 02:30 does not exist; the clock before the change would have called 03:30 so.
  expect(iso("America/New_York", "2026-03-08", "02:30")).toBe("2026-03-08T07:30:00.000Z");
  expect(iso("America/New_York", "2026-03-08", "03:00")).toBe("2026-03-08T07:00:00.000Z");
  // 01:30 comes twice; it is the first.
  expect(iso("America/New_York", "2026-11-01", "01:30")).toBe("2026-11-01T05:30:00.000Z");
  expect(iso("America/New_York", "2026-11-01", "02:30")).toBe("2026-11-01T07:30:00.000Z");
});

test("instants and local times agree in many zones", () => {
  const zones = [
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Auckland",
    "Asia/Kathmandu",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4e9 }), (zone, seconds) => {
      const minute = Math.floor(seconds / 60) * 60_000;
      const local = localMoment(zone, minute);
      const back = instantOf(zone, local.day, local.time);
      // The same moment, or the first of two that the clock shows alike.
      expect(localMoment(zone, back)).toEqual(local);
      expect(minute - back === 0 || minute - back === 3_600_000).toBe(true);
    }),
  );
});

function calendarOf(events: SchoolEvents, label = "桃ノ木小学校 3年 1組"): readonly string[] {
  const now = at("12:00", "2026-04-01");
  const asked = { class: group, label, timeZone: "Asia/Tokyo", now };
  return unfolded(timetableCalendar(events.state(), asked) ?? "");
}

/** The lessons of a calendar with the days on which they are given, as a program would work them out. */
function lessonsIn(lines: readonly string[]) {
  const lessons: { summary: string; starts: string[] }[] = [];
  let event: Record<string, string> = {};
  for (const line of lines) {
    const [, name = "", value = ""] = /^([A-Z-]+)[^:]*:(.*)$/.exec(line) ?? [];
    if (line === "BEGIN:VEVENT") event = {};
    else event[name] = value;
    if (line !== "END:VEVENT" || !event["DTSTART"]?.includes("T")) continue;
    const [day = "", time = ""] = event["DTSTART"].split("T");
    const starts: string[] = [];
    const until = /UNTIL=(\d{8}T\d{6}Z)/.exec(event["RRULE"] ?? "")?.[1];
    const left = new Set(event["EXDATE"]?.split(","));
    let date = new Date(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
    for (;;) {
      const local = `${date.toISOString().slice(0, 10).replaceAll("-", "")}T${time}`;
      const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}`;
      const utc = new Date(instantOf("Asia/Tokyo", date.toISOString().slice(0, 10), clock));
      const stamp = utc.toISOString().slice(0, 19).replace(/[-:]/g, "");
      if (until !== undefined && `${stamp}Z` > until) break;
      if (!left.has(local)) starts.push(local);
      if (until === undefined) break;
      date = new Date(date.getTime() + 7 * 86_400_000);
    }
    lessons.push({ summary: event["SUMMARY"] ?? "", starts });
  }
  return lessons;
}

test("a term as iCalendar: series in the school's zone, without its holidays", () => {
  const events = new SchoolEvents("a", { until: "2026-04-30" });
  const days = [
    { day: "2026-04-29", kind: "holiday", label: "昭和の日" },
    { day: "2026-04-18", kind: "school-day", as: 1, label: "授業参観; 懇談会" },
  ];
  events.desk({ type: "school.days-set", class: group, days } as never, at("08:00"));
  const lines = calendarOf(events);
  expect(lines.slice(0, 6)).toEqual([
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tebura//School timetable//EN"],
    ...["CALSCALE:GREGORIAN", "NAME:桃ノ木小学校 3年 1組", "X-WR-CALNAME:桃ノ木小学校 3年 1組"],
  ]);
  expect(lines).toContain("TZID:Asia/Tokyo");
  expect(lines).toContain("TZOFFSETTO:+0900");
  const wednesdays = lessonsIn(lines).filter(({ starts }) => starts[0]?.startsWith("20260401"));
  expect(wednesdays).toEqual(
    ["国語", "算数"].map((summary, i) => ({
      summary,
      starts: ["0401", "0408", "0415", "0422"].map((day) => `2026${day}T${["0845", "0935"][i]}00`),
    })),
  );
  const given = lessonsIn(lines).flatMap(({ starts }) => starts.map((start) => start.slice(0, 8)));
  expect(new Set(given).size).toBe(22); // The weekdays of April and a Saturday, without the holiday.
  expect(lines).toContain("SUMMARY:授業参観\\; 懇談会");
  expect(lines).toContain("DTSTART;VALUE=DATE:20260429");
  expect(lines).toContain("DTEND;VALUE=DATE:20260430");
  const uids = lines.filter((line) => line.startsWith("UID:"));
  expect(new Set(uids).size).toBe(uids.length);
  expect(lines.filter((line) => line === "BEGIN:VEVENT").length).toBe(uids.length);
});

test("a zone whose clock is moved says so within the calendar", () => {
  const zone = { timeZone: "America/New_York", from: "2026-03-01", until: "2026-11-30" };
  const lines = calendarOf(new SchoolEvents("a", zone));
  const from = lines.indexOf("BEGIN:VTIMEZONE");
  expect(lines.slice(from, lines.indexOf("END:VTIMEZONE"))).toEqual([
    ...["BEGIN:VTIMEZONE", "TZID:America/New_York"],
    ...["BEGIN:STANDARD", "DTSTART:20260301T000000"],
    ...["TZOFFSETFROM:-0500", "TZOFFSETTO:-0500", "END:STANDARD"],
    ...["BEGIN:DAYLIGHT", "DTSTART:20260308T020000"],
    ...["TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "END:DAYLIGHT"],
    ...["BEGIN:STANDARD", "DTSTART:20261101T020000"],
    ...["TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD"],
  ]);
});

test("an export of tomorrow names the same events, and nobody", () => {
  const events = new SchoolEvents("abc");
  const uids = (lines: readonly string[]) => lines.filter((line) => line.startsWith("UID:")).sort();
  const before = uids(calendarOf(events));
  events.desk(
    {
      type: "school.days-set",
      class: group,
      days: [{ day: "2026-04-10", kind: "holiday" }],
    } as never,
    at("08:00"),
  );
  const after = calendarOf(events);
  expect(uids(after)).toEqual(expect.arrayContaining(before));
  for (const pupil of events.pupils) expect(after.join("\n")).not.toContain(pupil);
});
