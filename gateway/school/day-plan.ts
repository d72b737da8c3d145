import type { SpecialDay, TimetableSet } from "#contract/bodies/school.ts";
import { weekdayOf } from "./local-clock.ts";

type Lesson = TimetableSet["week"][number]["lessons"][number];

export interface SchoolDayPlan {
  readonly kind: "school-day";
  readonly begins: string;
  readonly ends: string;
  readonly dueBy: string;
  readonly lessons: readonly Lesson[];
  readonly label: string | null;
}

/** What a day is for a class. `unknown`: nobody set a timetable, so nobody is expected. */
export type DayPlan =
  | SchoolDayPlan
  | { readonly kind: "holiday"; readonly label: string | null }
  | { readonly kind: "no-lessons" }
  | { readonly kind: "unknown" };

/**
 * What the timetable in force and the latest word on a day make of it. A school day of its own that has
 * neither hours nor a weekday to follow is a day on which nobody knows what to expect.
 */
export function dayPlan(
  timetable: TimetableSet | undefined,
  special: SpecialDay | undefined,
  day: string,
): DayPlan {
  if (special?.kind === "holiday") return { kind: "holiday", label: special.label ?? null };
  const follows = (special?.kind === "school-day" ? special.as : undefined) ?? weekdayOf(day);
  const usual = timetable?.week.find(({ weekday }) => weekday === follows);
  if (special?.kind === "school-day") {
    const hours = special.hours ?? usual;
    if (!hours) return { kind: "unknown" };
    const lessons = usual?.lessons ?? [];
    return {
      ...{ kind: "school-day", begins: hours.begins, ends: hours.ends, dueBy: hours.dueBy },
      lessons: lessons.filter(({ begins, ends }) => begins >= hours.begins && ends <= hours.ends),
      label: special.label ?? null,
    };
  }
  if (!timetable) return { kind: "unknown" };
  if (!usual) return { kind: "no-lessons" };
  const { begins, ends, dueBy, lessons } = usual;
  return { kind: "school-day", begins, ends, dueBy, lessons, label: null };
}
