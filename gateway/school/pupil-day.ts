import type { AbsenceReason, CorrectionReason, Finding } from "#contract/bodies/school.ts";
import type { WallMs } from "#contract/ids.ts";
import { type Fact, inTime } from "../views/proved-decisions.ts";
import type { DayPlan } from "./day-plan.ts";
import { localMoment } from "./local-clock.ts";

/** What is known of a child on a day, from a box or a person. */
export type DayFact =
  | { readonly kind: "seen"; readonly door: "entrance" | "exit" | "both" }
  | { readonly kind: "absent"; readonly reason: AbsenceReason }
  | { readonly kind: "left-early"; readonly reason: AbsenceReason; readonly leftAt?: WallMs }
  | {
      readonly kind: "corrected";
      readonly finding: Finding;
      readonly reason: CorrectionReason;
    };

export type PupilStatus =
  | "present"
  | "late"
  | "left-early"
  | "absent"
  /** Expected, and neither seen nor spoken for; or what is known contradicts itself. */
  | "unconfirmed"
  /** No school, or no timetable, and not seen. */
  | "not-expected";

export interface PupilDay {
  readonly status: PupilStatus;
  readonly late: boolean;
  readonly leftEarly: boolean;
  /** The first arrival of the day; null where the child was seen, but not coming in. */
  readonly arrivedAt: WallMs | null;
  readonly leftAt: WallMs | null;
  /** Whether the child is at school as far as is known, and since when. */
  readonly inside: boolean | null;
  readonly since: WallMs | null;
  /** Of an absence, or of leaving early. */
  readonly reason: AbsenceReason | null;
  /** Whose word it rests on. */
  readonly by: "box" | "person" | null;
  readonly correction: CorrectionReason | null;
  /** A child whom a person called absent was seen: a person has to look, and until then nothing is confirmed. */
  readonly conflict: boolean;
}

interface Course {
  seen: boolean;
  arrivedAt: WallMs | null;
  leftAt: WallMs | null;
  inside: boolean | null;
  since: WallMs | null;
  absence: AbsenceReason | null;
  leaving: AbsenceReason | null;
  /** A teacher's word on whether it was in time. */
  lateAs: boolean | null;
  leftEarlyAs: boolean;
  conflict: boolean;
  by: "box" | "person" | null;
  correction: CorrectionReason | null;
}

/** How long somebody who left by a person's word may take to pass the door. */
const leavingMsMax = 15 * 60_000;

const atFirst: Course = {
  ...{ seen: false, arrivedAt: null, leftAt: null, inside: null, since: null },
  ...{ absence: null, leaving: null, lateAs: null, leftEarlyAs: false },
  ...{ conflict: false, by: null, correction: null },
};

/**
 * A child's day from its facts, in whatever order they came in. They count in the order in which they
 * happened; a correction judges all that happened before it was made, and what happens after it counts
 * again. Where it is unsure it leans to "unconfirmed": never silently absent, and never silently there.
 */
export function pupilDay(
  facts: readonly Fact<DayFact>[],
  plan: DayPlan,
  timeZone: string,
): PupilDay {
  const minuteOf = (at: number) => localMoment(timeZone, at).time;
  const ends = plan.kind === "school-day" ? plan.ends : null;
  const course = { ...atFirst };
  for (const { at, body } of [...facts].map(asItHappened).sort(inTime)) {
    switch (body.kind) {
      case "seen":
        see(course, at, doorOf(course, at, body.door, ends !== null && minuteOf(at) >= ends));
        break;
      case "absent":
        course.absence = body.reason;
        course.conflict = course.seen;
        course.by = "person";
        break;
      case "left-early":
        leave(course, at);
        if (course.absence !== null) course.conflict = true;
        course.leaving = body.reason;
        course.by = "person";
        break;
      case "corrected":
        correct(course, at, body.finding, (left) => ends !== null && minuteOf(left) < ends);
        course.correction = body.reason;
        break;
      default:
        body satisfies never;
    }
  }
  return judged(course, plan, minuteOf);
}

/** Somebody who is entered later as having left at eleven left at eleven. */
function asItHappened(fact: Fact<DayFact>): Fact<DayFact> {
  const { body } = fact;
  const at = body.kind === "left-early" ? (body.leftAt ?? fact.at) : fact.at;
  return at === fact.at ? fact : { ...fact, at };
}

/** At a door for both ways, whoever a person said has just left is leaving, and not back. */
function doorOf(
  { leaving, leftAt }: Course,
  at: WallMs,
  door: "entrance" | "exit" | "both",
  isOver: boolean,
): "entrance" | "exit" {
  if (door !== "both") return door;
  const isLeaving = leaving !== null && leftAt !== null && at - leftAt <= leavingMsMax;
  return isOver || isLeaving ? "exit" : "entrance";
}

function see(course: Course, at: WallMs, door: "entrance" | "exit"): void {
  course.seen = true;
  course.by = "box";
  if (course.absence !== null) course.conflict = true;
  if (door === "exit") {
    leave(course, at);
    return;
  }
  course.arrivedAt ??= at;
  if (course.inside !== true) course.since = at;
  course.inside = true;
  course.leftAt = null;
  course.leaving = null;
  course.leftEarlyAs = false;
}

function leave(course: Course, at: WallMs): void {
  course.seen = true;
  if (course.inside !== false) course.since = at;
  course.inside = false;
  course.leftAt = at;
}

function correct(
  course: Course,
  at: WallMs,
  finding: Finding,
  isEarly: (leftAt: WallMs) => boolean,
): void {
  const { arrivedAt } = course;
  const before = { inside: course.inside, since: course.since, leftAt: course.leftAt };
  // Present means that the child did not leave early either.
  const stayed = finding.status === "present" && before.leftAt !== null && isEarly(before.leftAt);
  if (stayed) Object.assign(before, { inside: null, since: null, leftAt: null });
  Object.assign(course, atFirst, { by: "person" });
  switch (finding.status) {
    case "present":
    case "late":
      course.seen = true;
      course.arrivedAt = finding.arrivedAt ?? arrivedAt;
      course.inside = before.inside ?? true;
      course.since = before.since ?? course.arrivedAt ?? at;
      course.leftAt = before.leftAt;
      course.lateAs = finding.status === "late";
      return;
    case "left-early":
      course.arrivedAt = arrivedAt;
      leave(course, finding.leftAt ?? before.leftAt ?? at);
      course.leftEarlyAs = true;
      return;
    case "absent":
      course.absence = finding.reason;
      return;
    case "unconfirmed":
      return;
    default:
      finding satisfies never;
  }
}

function judged(course: Course, plan: DayPlan, minuteOf: (at: number) => string): PupilDay {
  const { arrivedAt, leftAt, inside, since, absence, leaving, conflict, seen } = course;
  const isSchoolDay = plan.kind === "school-day";
  const late =
    course.lateAs ??
    (isSchoolDay && arrivedAt !== null && !conflict && minuteOf(arrivedAt) > plan.begins);
  const leftEarly =
    inside === false &&
    leftAt !== null &&
    (course.leftEarlyAs || leaving !== null || (isSchoolDay && minuteOf(leftAt) < plan.ends));
  return {
    status: statusOf({ absence, conflict, seen, late, leftEarly, isSchoolDay }),
    ...{ late, leftEarly, arrivedAt, leftAt, inside, since },
    ...{ reason: absence ?? leaving, by: course.by, correction: course.correction, conflict },
  };
}

function statusOf(of: {
  readonly absence: AbsenceReason | null;
  readonly conflict: boolean;
  readonly seen: boolean;
  readonly late: boolean;
  readonly leftEarly: boolean;
  readonly isSchoolDay: boolean;
}): PupilStatus {
  if (of.conflict) return "unconfirmed";
  if (of.absence !== null) return "absent";
  if (of.seen) return of.leftEarly ? "left-early" : of.late ? "late" : "present";
  return of.isSchoolDay ? "unconfirmed" : "not-expected";
}
