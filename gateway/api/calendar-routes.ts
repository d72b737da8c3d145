import type { Context, Hono } from "hono";
import * as z from "zod";
import { classIdSchema } from "#contract/bodies/school.ts";
import { refusal } from "../desk/answer.ts";
import type { CalendarFeed, CalendarFeeds } from "../school/calendar-feeds.ts";
import { labelOf } from "../school/class-sheet.ts";
import type { School } from "../school/school.ts";
import { timetableCalendar } from "../school/timetable-calendar.ts";
import type { Authorised } from "./authorise.ts";
import { described } from "./described.ts";
import type { DeskRoutes } from "./desk-routes.ts";

export interface CalendarPorts {
  readonly feeds: CalendarFeeds;
  readonly sheets: School["sheets"];
}

const ofClassSchema = z.strictObject({ class: classIdSchema });
const endSchema = ofClassSchema.extend({ handle: z.string().regex(/^[0-9a-f]{16}$/) });
/** However often programs ask for a calendar, it is made once in this time. */
const keptMs = 60_000;
const keptMax = 1_000;

/** Addresses of a class's timetable: an office makes and ends them. The routes ask whose class it is. */
export function addCalendarFeeds(routes: DeskRoutes, { feeds, sheets }: CalendarPorts): void {
  const { state, clock } = sheets;
  routes.post("/api/school/calendars", ofClassSchema, async (asked, context) => {
    if (!state().rosters.has(asked.class)) return unknownClass;
    const label = await labelOf(sheets, asked.class, context.get("who"));
    const made = feeds.make({ class: asked.class, label, madeAt: clock.wall() });
    if (!made)
      return refusal("CALENDARS_TOO_MANY", "end addresses of this class that are not used");
    return { ok: true, handle: made.handle, path: `/api/calendars/${made.token}.ics` };
  });
  routes.post("/api/school/calendars/end", endSchema, (asked) =>
    feeds.end(asked.class, asked.handle)
      ? { ok: true, ended: 1 }
      : refusal("CALENDAR_UNKNOWN", "this class has no such address"),
  );
  const list = ({ class: name }: z.infer<typeof ofClassSchema>, context: Context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ calendars: feeds.list(name) });
  };
  routes.get("/api/school/calendars", ofClassSchema, list);
}

/** The calendar behind an address, for whoever has it: it names nobody. */
export function addCalendars(app: Hono<Authorised>, { feeds, sheets }: CalendarPorts): void {
  const { timeZone, clock, state } = sheets;
  const made = new Map<string, { readonly at: number; readonly text: string | undefined }>();
  const textOf = (feed: CalendarFeed): string | undefined => {
    const now = clock.wall();
    const known = made.get(feed.handle);
    if (known && Math.abs(now - known.at) < keptMs) return known.text;
    const text = timetableCalendar(state(), { ...feed, timeZone, now });
    if (made.size >= keptMax) made.clear();
    made.set(feed.handle, { at: now, text });
    return text;
  };
  const calendar = (context: Context) => {
    const feed = feeds.find(context.req.param("token")?.replace(/\.ics$/, "") ?? "");
    const text = feed && textOf(feed);
    if (text === undefined) {
      const message = "there is no such calendar, or no more; ask the school for its address";
      return context.json({ code: "CALENDAR_UNKNOWN", message }, 404);
    }
    return context.body(text, 200, {
      "content-type": "text/calendar; charset=utf-8",
      "cache-control": "private, max-age=900",
    });
  };
  app.get("/api/calendars/:token", described(calendar, { gives: "text/calendar" }));
}

const unknownClass = refusal("CLASS_UNKNOWN", "there is no roster of this class");
