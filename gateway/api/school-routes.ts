import type { Context, Hono } from "hono";
import * as z from "zod";
import { placeIdSchema } from "#contract/bodies/places.ts";
import {
  absenceConfirmedSchema,
  boxPlacedSchema,
  classIdSchema,
  correctedSchema,
  daysSetSchema,
  leftEarlySchema,
  timetableSetSchema,
} from "#contract/bodies/school.ts";
import { csvHeaders } from "#contract/export/csv.ts";
import { printableStyle, printableWideStyle } from "#contract/export/printable-list.ts";
import { refusal } from "../desk/answer.ts";
import type { PlaceCheck } from "../fleet/known-boxes.ts";
import { referenceSchema } from "../persons/records.ts";
import { classSheet, labelOf } from "../school/class-sheet.ts";
import { contactSchema } from "../school/contacts.ts";
import { localMoment } from "../school/local-clock.ts";
import { monthSheet } from "../school/month-sheet.ts";
import { noticesOn } from "../school/notices-sent.ts";
import type { School } from "../school/school.ts";
import {
  classCsv,
  classPaper,
  monthCsv,
  monthPaper,
  paperStyles,
} from "../school/school-papers.ts";
import { timetableCalendar } from "../school/timetable-calendar.ts";
import { timetableFileSchema, timetableIn } from "../school/timetable-file.ts";
import type { RegisterState } from "../views/school-register.ts";
import type { Authorised } from "./authorise.ts";
import { addCalendarFeeds, addCalendars } from "./calendar-routes.ts";
import { described } from "./described.ts";
import {
  type AskerContext,
  answered,
  type DeskRoutePorts,
  DeskRoutes,
  type ReadWriteGuards,
} from "./desk-routes.ts";
import { anywhere } from "./foreign-site.ts";
import { veilOf } from "./protection.ts";

export interface SchoolRoutePorts extends DeskRoutePorts {
  /** A system that has found out which guardian asks; it sees what guardians may, and no sheet. */
  readonly guardianGuard: ReadWriteGuards["read"];
  readonly school: Pick<
    School,
    "desk" | "guardians" | "sheets" | "setContact" | "schoolsOf" | "feeds"
  >;
  /** Which boxes may be said to watch a door. */
  readonly placeCheck: PlaceCheck;
}

/** Who calls, as the guard found: `api-key:…` or `staff:…`. */
const who = (context: AskerContext): string => context.get("who");

const noType = { type: true, by: true } as const;
const aboutClass = { class: classIdSchema };
const yesNo = z.enum(["yes", "no"]).default("yes");
const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "a month as 2026-04");
const daySchema = z.strictObject({ ...aboutClass, day: z.iso.date(), names: yesNo });
const wardSchema = z.strictObject({ guardian: referenceSchema, ward: referenceSchema });

/** School attendance and route watch. What names children passes the registry, with its audit. */
export function createSchoolRoutes(ports: SchoolRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes(ports);
  const { state } = ports.school.sheets;
  const ofClass = (asked: OfClass) => schoolOf(state(), asked.class);
  addOffice(routes, ports);
  addRecords(routes.at(ofClass), ports.school);
  const calendars = { feeds: ports.school.feeds, sheets: ports.school.sheets };
  addCalendarFeeds(routes.at(ofClass), calendars);
  addCalendars(routes.app, calendars);
  addSheets(routes.at(ofClass), ports.school);
  addClasses(routes, ports.school);
  const guards = { read: ports.guardianGuard, write: ports.guardianGuard };
  const guardians = new DeskRoutes({ guards });
  addWards(guardians, ports.school);
  addStyles(routes.app);
  return routes.app.route("/", guardians.app);
}

function addStyles(app: Hono<Authorised>): void {
  const css = { "content-type": "text/css; charset=utf-8" };
  const style = (text: string) =>
    described((context: Context) => context.body(text, 200, css), { gives: "text/css" });
  app.get(paperStyles.narrow, style(printableStyle));
  app.get(paperStyles.wide, style(printableWideStyle));
}

type SchoolParts = SchoolRoutePorts["school"];
type OfClass = { readonly class: string };

/** The school of a class, by the roster that was set last; undefined for a class of none. */
function schoolOf({ rosters }: RegisterState, name: string): string | undefined {
  return rosters.get(name)?.at(-1)?.body.school;
}

/** What says which classes and children there are. */
function addOffice(routes: DeskRoutes, { school, placeCheck }: SchoolRoutePorts): void {
  const { desk, sheets } = school;
  const rosterSchema = z.strictObject({
    ...{ ...aboutClass, school: placeIdSchema, from: z.iso.date(), until: z.iso.date() },
  });
  // A class that another school has is not for this one to take.
  routes
    .at(({ class: name, school }: z.infer<typeof rosterSchema>) => [
      ...[school, schoolOf(sheets.state(), name) ?? school],
    ])
    .post("/api/school/rosters", rosterSchema, (asked, context) =>
      desk.setRoster(who(context), asked),
    );
  const daysSchema = z.strictObject({
    classes: z.array(classIdSchema).min(1).max(200),
    days: daysSetSchema.shape.days,
  });
  routes
    .at(({ classes }: z.infer<typeof daysSchema>) =>
      classes.map((name) => schoolOf(sheets.state(), name)),
    )
    .post("/api/school/days", daysSchema, ({ classes, days }) => desk.setDays(classes, days));
  const placedSchema = boxPlacedSchema.omit({ type: true });
  // Nor is a box that watches another school's door.
  routes
    .at(({ box, school }: z.infer<typeof placedSchema>) => {
      const now = sheets.state().boxes.get(box)?.at(-1)?.body.school;
      return [school ?? now, now ?? school];
    })
    .post(
      "/api/school/boxes",
      placedSchema,
      (asked) => placeCheck(asked.box, asked.school) ?? desk.placeBox(asked),
    );
  addContacts(routes, school);
}

/** How guardians are told: set by whoever's school a ward of theirs goes to. */
function addContacts(routes: DeskRoutes, school: SchoolParts): void {
  const contact = z.strictObject({ guardian: referenceSchema, contact: contactSchema.nullable() });
  routes
    .at(() => anywhere)
    .post("/api/school/contacts", contact, async (asked, context) => {
      const sites = context.get("sites");
      if (sites) {
        const schools = await school.schoolsOf(who(context), asked.guardian);
        if (!sites.some((site) => schools.has(site))) {
          context.get("refuseSite")(); // So that it is told where refusals are told.
          return refusal("SITE_FOREIGN", "no ward of that guardian goes to a school of yours");
        }
      }
      return school.setContact(asked);
    });
}

/** A class's week, and words of its school on who is absent, has left, or was there after all. */
function addRecords(routes: DeskRoutes, { desk }: SchoolParts): void {
  routes.post("/api/school/timetables", timetableSetSchema.omit({ type: true }), (asked) =>
    desk.setTimetable(asked),
  );
  routes.post("/api/school/timetables/csv", timetableFileSchema, async (file) => {
    const read = timetableIn(file);
    return read.ok ? await desk.setTimetable(read.timetable) : read;
  });
  const absenceSchema = absenceConfirmedSchema.omit(noType).extend(aboutClass);
  routes.post("/api/school/absences", absenceSchema, (asked, context) =>
    desk.confirmAbsence(who(context), asked),
  );
  const leavingSchema = leftEarlySchema.omit(noType).extend(aboutClass);
  routes.post("/api/school/early-leavings", leavingSchema, (asked, context) =>
    desk.leaveEarly(who(context), asked),
  );
  const correctionSchema = correctedSchema.omit(noType).extend(aboutClass);
  routes.post("/api/school/corrections", correctionSchema, (asked, context) =>
    desk.correct(who(context), asked),
  );
}

const given = <Given extends object>(what: Given) => ({ ok: true as const, ...what });
const unknownClass = refusal("CLASS_UNKNOWN", "no roster of this class holds then");

function addSheets(routes: DeskRoutes, { sheets }: SchoolParts): void {
  type DayQuery = z.infer<typeof daySchema>;
  const day = (
    make: (sheet: Parameters<typeof classCsv>[0], context: AskerContext) => Response,
  ) => {
    return async (query: DayQuery, context: AskerContext) => {
      const seesProtected = veilOf(context).isOpen;
      const asked = { ...query, names: query.names === "yes", seesProtected };
      const sheet = await classSheet(sheets, asked, who(context));
      return sheet ? make(unveiled(context, sheet), context) : answered(context, unknownClass);
    };
  };
  routes.get(
    "/api/school/attendance",
    daySchema,
    day((sheet, context) => answered(context, given(sheet))),
  );
  routes.get(
    "/api/school/attendance.csv",
    daySchema,
    day((sheet, context) => {
      const name = `attendance-${sheet.class}-${sheet.day}.csv`;
      return context.body(classCsv(sheet), 200, csvHeaders(name));
    }),
    "text/csv",
  );
  routes.get(
    "/api/school/attendance.html",
    daySchema,
    day((sheet, context) => paper(context, classPaper(sheet))),
    "text/html",
  );
  addMonths(routes, sheets);
  addLists(routes, sheets);
}

/** A sheet without the lines of those under protection; they count in its sums. */
const unveiled = <Sheet extends { readonly rows: readonly unknown[] }>(
  context: AskerContext,
  sheet: Sheet,
): Sheet => ({ ...sheet, rows: veilOf(context).without(sheet.rows) ?? [] });

function addMonths(routes: DeskRoutes, sheets: SchoolParts["sheets"]): void {
  const schema = z.strictObject({ ...aboutClass, month: monthSchema, names: yesNo });
  type MonthQuery = z.infer<typeof schema>;
  const month = (
    make: (sheet: Parameters<typeof monthCsv>[0], context: AskerContext) => Response,
  ) => {
    return async (query: MonthQuery, context: AskerContext) => {
      const seesProtected = veilOf(context).isOpen;
      const asked = { ...query, names: query.names === "yes", seesProtected };
      const sheet = await monthSheet(sheets, asked, who(context));
      return sheet ? make(unveiled(context, sheet), context) : answered(context, unknownClass);
    };
  };
  routes.get(
    "/api/school/month",
    schema,
    month((sheet, context) => answered(context, given(sheet))),
  );
  routes.get(
    "/api/school/month.csv",
    schema,
    month((sheet, context) => {
      const name = `register-${sheet.class}-${sheet.month}.csv`;
      return context.body(monthCsv(sheet), 200, csvHeaders(name));
    }),
    "text/csv",
  );
  routes.get(
    "/api/school/month.html",
    schema,
    month((sheet, context) => paper(context, monthPaper(sheet))),
    "text/html",
  );
}

function addLists(routes: DeskRoutes, sheets: SchoolParts["sheets"]): void {
  const { state, clock, timeZone } = sheets;
  const calendarSchema = z.strictObject(aboutClass);
  const calendar = async (asked: OfClass, context: AskerContext) => {
    const label = await labelOf(sheets, asked.class, who(context));
    const request = { class: asked.class, label, timeZone, now: clock.wall() };
    const text = timetableCalendar(state(), request);
    if (text === undefined) return answered(context, unknownClass);
    const name = `timetable-${asked.class.replace(/[^A-Za-z0-9._-]/g, "_")}.ics`;
    return context.body(text, 200, {
      "content-type": "text/calendar; charset=utf-8",
      "content-disposition": `attachment; filename="${name}"`,
      ...{ "x-content-type-options": "nosniff", "cache-control": "no-store" },
    });
  };
  routes.get("/api/school/timetable.ics", calendarSchema, calendar, "text/calendar");
  const noticesSchema = z.strictObject({ ...aboutClass, day: z.iso.date() });
  routes.get("/api/school/notices", noticesSchema, (asked, context) => {
    const notices = noticesOn(state(), asked, timeZone);
    return answered(context, notices ? given({ notices }) : unknownClass);
  });
}

function addClasses(routes: DeskRoutes, { sheets }: SchoolParts): void {
  const { state, clock, timeZone } = sheets;
  routes
    .at(() => anywhere)
    .get("/api/school/classes", z.strictObject({}), (_, context) => {
      const today = localMoment(timeZone, clock.wall()).day;
      const sites = context.get("sites");
      const isOwn = (one: OfClass) =>
        sites === undefined || sites.includes(schoolOf(state(), one.class) ?? "");
      return answered(context, given({ classes: classesOf(state(), today).filter(isOwn) }));
    });
}

/** Classes by their numbers: whom they hold is asked for one by one, with the audit. */
function classesOf({ rosters }: RegisterState, today: string) {
  return [...rosters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, terms]) => ({
      class: name,
      terms: terms.map(({ body: { school, from, until, pupils } }) => ({
        ...{ school, from, until, pupils: pupils.length },
        isCurrent: from <= today && until >= today,
      })),
    }));
}

function addWards(routes: DeskRoutes, { guardians }: SchoolParts): void {
  routes.post("/api/school/ward/sightings", wardSchema, (asked, context) =>
    guardians.sightings(who(context), asked),
  );
  const wardDaySchema = wardSchema.extend({ day: z.iso.date() });
  routes.post("/api/school/ward/day", wardDaySchema, (asked, context) =>
    guardians.day(who(context), asked),
  );
}

/** A page for paper: it runs nothing, loads its style alone, and stays in no cache. */
function paper(context: AskerContext, html: string): Response {
  return context.html(html, 200, {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
  });
}
