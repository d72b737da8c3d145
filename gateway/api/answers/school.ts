import * as z from "zod";
import { eventRefSchema } from "#contract/bodies/event-ref.ts";
import {
  absenceReasonSchema,
  correctionReasonSchema,
  noticeChannelSchema,
  noticeKindSchema,
} from "#contract/bodies/school.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import type { ClassSheet, SheetRow } from "../../school/class-sheet.ts";
import type { DayPlan } from "../../school/day-plan.ts";
import type { GuardianDesk } from "../../school/guardian-desk.ts";
import type { MonthSheet } from "../../school/month-sheet.ts";
import type { NoticeRecord } from "../../school/notices-sent.ts";
import type { SchoolDesk } from "../../school/school-desk.ts";
import { answerOf, day, device, type Given, type RouteAnswers, rows, wall } from "./answer.ts";

const text = z.string();
const count = z.int().min(0);
const status = z.enum([
  "present",
  "late",
  "left-early",
  "absent",
  "unconfirmed",
  "not-expected",
  "expected",
] satisfies SheetRow["status"][]);
const lesson = z.strictObject({ begins: text, ends: text, subject: text });
const plan = z.discriminatedUnion("kind", [
  z.strictObject({
    ...{ kind: z.literal("school-day"), begins: text, ends: text, dueBy: text },
    ...{ lessons: rows(lesson), label: text.nullable() },
  }),
  z.strictObject({ kind: z.literal("holiday"), label: text.nullable() }),
  z.strictObject({ kind: z.literal("no-lessons") }),
  z.strictObject({ kind: z.literal("unknown") }),
]);
const pupil = {
  ...{ number: z.int().nullable(), pupil: pseudonymSchema },
  ...{ name: text.nullable(), kana: text.nullable() },
};
const row = z.strictObject({
  ...{ ...pupil, status, late: z.boolean(), leftEarly: z.boolean() },
  ...{ arrivedAt: wall.nullable(), leftAt: wall.nullable() },
  ...{ inside: z.boolean().nullable(), since: wall.nullable() },
  reason: absenceReasonSchema.nullable().describe("of an absence, or of leaving early"),
  ...{ by: z.enum(["box", "person"]).nullable(), correction: correctionReasonSchema.nullable() },
  conflict: z.boolean().describe("a person's word and a sighting contradict each other"),
});
const totals = z.strictObject({
  ...{ schoolDays: count, excused: count, due: count, attended: count },
  ...{ absent: count, late: count, leftEarly: count, unconfirmed: count },
});
const notice = z.strictObject({
  ...{ notice: text, at: wall, kind: noticeKindSchema, pupil: pseudonymSchema },
  ...{ guardian: pseudonymSchema.nullable(), channel: noticeChannelSchema.nullable() },
  outcome: z.enum(["delivered", "refused", "given-up", "withheld"]),
  ...{ attempts: count, why: text.nullable() },
});
const recorded = z.strictObject({ recorded: eventRefSchema });
const term = z.strictObject({
  ...{ school: text, from: day, until: day, pupils: count, isCurrent: z.boolean() },
});
const sighting = z.strictObject({ sighting: eventRefSchema, at: wall, place: text.nullable() });
const wardDay = z.strictObject({
  ...{ class: text, day, status, arrivedAt: wall.nullable(), leftAt: wall.nullable() },
});

export const schoolAnswers: RouteAnswers = {
  "GET /api/school/attendance": answerOf<Omit<ClassSheet, "plan"> & { plan: DayPlan }>()(
    z.strictObject({
      ...{ class: text, label: text, day, timeZone: text, plan, asOf: wall, isDue: z.boolean() },
      silentBoxes: rows(device).describe("who came through their doors may not be here yet"),
      ...{ rows: rows(row), counts: z.record(status, count) },
    }),
  ),
  "GET /api/school/month": answerOf<MonthSheet>()(
    z.strictObject({
      ...{ class: text, label: text, month: text },
      days: rows(z.strictObject({ day, isSchoolDay: z.boolean() })),
      rows: rows(
        z.strictObject({
          ...{ ...pupil, totals },
          cells: rows(
            z.strictObject({ day, of: row.nullable().describe("null: not in the class that day") }),
          ),
        }),
      ),
    }),
  ),
  "GET /api/school/notices": answerOf<{ notices: readonly NoticeRecord[] }>()(
    z.strictObject({ notices: rows(notice) }),
  ),
  "GET /api/school/classes": z.strictObject({
    classes: rows(z.strictObject({ class: text, terms: rows(term) })),
  }),
  "POST /api/school/rosters": answerOf<Given<SchoolDesk["setRoster"]>>()(
    z.strictObject({ roster: eventRefSchema, pupils: count }),
  ),
  "POST /api/school/timetables": answerOf<Given<SchoolDesk["setTimetable"]>>()(
    z.strictObject({ timetable: eventRefSchema }),
  ),
  "POST /api/school/timetables/csv": z.strictObject({ timetable: eventRefSchema }),
  "POST /api/school/days": answerOf<Given<SchoolDesk["setDays"]>>()(
    z.strictObject({ set: rows(eventRefSchema) }),
  ),
  "POST /api/school/boxes": answerOf<Given<SchoolDesk["placeBox"]>>()(
    z.strictObject({ placed: eventRefSchema }),
  ),
  "POST /api/school/contacts": z.strictObject({ isUsable: z.boolean() }),
  "POST /api/school/absences": answerOf<Given<SchoolDesk["confirmAbsence"]>>()(recorded),
  "POST /api/school/early-leavings": answerOf<Given<SchoolDesk["leaveEarly"]>>()(recorded),
  "POST /api/school/corrections": answerOf<Given<SchoolDesk["correct"]>>()(recorded),
  "POST /api/school/ward/sightings": answerOf<Given<GuardianDesk["sightings"]>>()(
    z.strictObject({ sightings: rows(sighting), forgottenBefore: wall, keptHours: z.number() }),
  ),
  "POST /api/school/ward/day": answerOf<Given<GuardianDesk["day"]>>()(
    z.strictObject({ days: rows(wardDay) }),
  ),
};
