import * as z from "zod";
import { deviceIdSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";
import { placeIdSchema } from "./places.ts";

/** The office's own number of a class, as its registry has it: `2026-momonoki-3-1`. No name. */
export const classIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "letters, digits, dot, hyphen, underscore, 64 at most",
  );

const localDay = z.iso.date();
/** A time of the school's clock, by the minute: `08:30`. */
export const clockTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time as 08:30");

/** Who did it at a desk: `api-key:…` or `operator:…`, never a person's name. */
const bySchema = z.string().min(1).max(120);

export const pupilsMax = 100;
const pupilSchema = z.strictObject({
  pupil: pseudonymSchema,
  /** The number in the class (出席番号). */
  number: z.int().min(1).max(999).optional(),
  /** The first and the last day in this class, where that is not the term's own. */
  from: localDay.optional(),
  until: localDay.optional(),
});

/** Who is in a class for a term. Of several that hold on a day the one that began last counts. */
const rosterSetSchema = z.strictObject({
  type: z.literal("school.roster-set"),
  class: classIdSchema,
  school: placeIdSchema,
  from: localDay,
  until: localDay,
  pupils: z.array(pupilSchema).max(pupilsMax),
});
export type RosterSet = Readonly<z.infer<typeof rosterSetSchema>>;

const lessonSchema = z.strictObject({
  begins: clockTimeSchema,
  ends: clockTimeSchema,
  /** What is taught: 国語. It names no person. */
  subject: z.string().min(1).max(40),
});

const inOrder = ({ begins, ends }: { readonly begins: string; readonly ends: string }) =>
  begins < ends;
const order = { message: "it ends before it begins", path: ["ends"] };

const hoursShape = {
  /** Whoever arrives after this minute is late. */
  begins: clockTimeSchema,
  /** Whoever leaves before this minute leaves early. */
  ends: clockTimeSchema,
  /** From this minute on, somebody who was expected and not seen is unconfirmed. */
  dueBy: clockTimeSchema,
};

/** 1 is Monday and 7 Sunday, as in ISO 8601. */
const weekdaySchema = z.int().min(1).max(7);

const weekdayHoursSchema = z
  .strictObject({
    weekday: weekdaySchema,
    ...hoursShape,
    lessons: z.array(lessonSchema.refine(inOrder, order)).max(16).default([]),
  })
  .refine(inOrder, order);

/** The week of a class from one day to another. Of several that hold on a day the one that began last counts. */
export const timetableSetSchema = z.strictObject({
  type: z.literal("school.timetable-set"),
  class: classIdSchema,
  from: localDay,
  until: localDay,
  timeZone: z.string().min(1).max(60),
  week: z
    .array(weekdayHoursSchema)
    .min(1)
    .max(7)
    .refine((days) => new Set(days.map(({ weekday }) => weekday)).size === days.length, {
      message: "each weekday once",
    }),
});
export type TimetableSet = Readonly<z.infer<typeof timetableSetSchema>>;

const holidaySchema = z.strictObject({
  day: localDay,
  kind: z.literal("holiday"),
  label: z.string().min(1).max(40).optional(),
});
const schoolDaySchema = z.strictObject({
  day: localDay,
  kind: z.literal("school-day"),
  label: z.string().min(1).max(40).optional(),
  /** The weekday whose hours and lessons hold; without it the day's own weekday. */
  as: weekdaySchema.optional(),
  /** Hours of this day alone; the lessons that fit into them remain. */
  hours: z.strictObject(hoursShape).refine(inOrder, order).optional(),
});
const asTheWeekSchema = z.strictObject({ day: localDay, kind: z.literal("as-usual") });

/** Days of a class that differ from its week. The latest word on a day holds. */
export const daysSetSchema = z.strictObject({
  type: z.literal("school.days-set"),
  class: classIdSchema,
  days: z
    .array(z.discriminatedUnion("kind", [holidaySchema, schoolDaySchema, asTheWeekSchema]))
    .min(1)
    .max(100),
});
export type SpecialDay = Readonly<z.infer<typeof daysSetSchema>["days"][number]>;

/** Which door of which school a box watches from a moment on; a school of null takes it from there. */
export const boxPlacedSchema = z.strictObject({
  type: z.literal("school.box-placed"),
  box: deviceIdSchema,
  school: placeIdSchema.nullable(),
  /** "both": whoever is seen before the end of school is there, and whoever is seen after it has left. */
  door: z.enum(["entrance", "exit", "both"]),
  from: wallMsSchema,
});

/** Why a child is not at school: the kinds that a Japanese attendance register tells apart. */
export const absenceReasonSchema = z.enum([
  "illness",
  "accident",
  "bereavement",
  "suspension",
  "official",
  "unexcused",
  "other",
]);
export type AbsenceReason = z.infer<typeof absenceReasonSchema>;

const aboutPupil = { pupil: pseudonymSchema, day: localDay, by: bySchema };

/** A person says that a child is absent. Nothing else makes a child absent. */
export const absenceConfirmedSchema = z.strictObject({
  type: z.literal("school.absence-confirmed"),
  ...aboutPupil,
  reason: absenceReasonSchema,
});

/** A person says that a child left before the end of school. */
export const leftEarlySchema = z.strictObject({
  type: z.literal("school.left-early"),
  ...aboutPupil,
  reason: absenceReasonSchema,
  /** When, where that is not when it was entered. */
  leftAt: wallMsSchema.optional(),
});

export const correctionReasonSchema = z.enum([
  "not-recognised",
  "wrong-person",
  "box-failed",
  "clock-wrong",
  "entered-wrongly",
  "told-by-guardian",
  "seen-by-teacher",
  "other",
]);
export type CorrectionReason = z.infer<typeof correctionReasonSchema>;

/** What a teacher finds a child's day to be. */
export const findingSchema = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("present"), arrivedAt: wallMsSchema.optional() }),
  z.strictObject({ status: z.literal("late"), arrivedAt: wallMsSchema.optional() }),
  z.strictObject({ status: z.literal("left-early"), leftAt: wallMsSchema.optional() }),
  z.strictObject({ status: z.literal("absent"), reason: absenceReasonSchema }),
  /** What boxes and people said so far was wrong: where the child is, is open again. */
  z.strictObject({ status: z.literal("unconfirmed") }),
]);
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** A teacher corrects a day. What was recorded stays; this stands after it, with its reason. */
export const correctedSchema = z.strictObject({
  type: z.literal("school.corrected"),
  ...aboutPupil,
  finding: findingSchema,
  reason: correctionReasonSchema,
});

export const noticeKindSchema = z.enum(["arrival", "departure", "unconfirmed"]);
export type NoticeKind = z.infer<typeof noticeKindSchema>;
export const noticeChannelSchema = z.enum(["email", "webhook"]);
export type NoticeChannel = z.infer<typeof noticeChannelSchema>;

/**
 * A guardian was sent a notice, or could not be. The words and the address stand nowhere; `notice` is the
 * idempotency key that went with it. The first word on a notice holds.
 */
const noticeSentSchema = z.strictObject({
  type: z.literal("school.notice-sent"),
  notice: pseudonymSchema,
  kind: noticeKindSchema,
  pupil: pseudonymSchema,
  guardian: pseudonymSchema,
  day: localDay,
  channel: noticeChannelSchema,
  outcome: z.enum(["delivered", "refused", "given-up"]),
  attempts: z.int().min(0).max(1_000),
});

/**
 * Nobody was told, by rule: too late to be of use, overtaken by what happened since, or a sign that a box
 * failed and not a child. A guardian is named where it was decided for that one alone.
 */
const noticeWithheldSchema = z.strictObject({
  type: z.literal("school.notice-withheld"),
  notice: pseudonymSchema,
  kind: noticeKindSchema,
  pupil: pseudonymSchema,
  guardian: pseudonymSchema.optional(),
  day: localDay,
  why: z.enum(["too-late", "overtaken", "box-silent", "class-unseen"]),
});

/** Somebody asked where a child was seen on the way; in the ledger before anything is shown. */
const sightingsLookedSchema = z.strictObject({
  type: z.literal("school.sightings-looked"),
  /** Under the pseudonyms of the service `school.route-watch`; absent where nobody is known by the number. */
  pupil: pseudonymSchema.optional(),
  guardian: pseudonymSchema.optional(),
  by: bySchema,
  outcome: z.enum(["shown", "refused"]),
});

/** The bodies of what happens at schools. */
export const schoolBodies = [
  rosterSetSchema,
  timetableSetSchema,
  daysSetSchema,
  boxPlacedSchema,
  absenceConfirmedSchema,
  leftEarlySchema,
  correctedSchema,
  noticeSentSchema,
  noticeWithheldSchema,
  sightingsLookedSchema,
] as const;
