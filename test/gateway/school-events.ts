import type { PlaceId } from "#contract/bodies/places.ts";
import type { TimetableSet } from "#contract/bodies/school.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { rowsOf, type SheetRow } from "#gateway/school/class-sheet.ts";
import { classOn, type RegisterState, schoolRegister } from "#gateway/views/school-register.ts";
import { face, placedAt, ServiceEvents } from "./service-events.ts";

export const school = "momonoki" as PlaceId;
export const group = "2026-3-1";
export const term = { from: "2026-04-01", until: "2026-07-31" } as const;

/** A Wednesday, by the clock of Tokyo. */
export const wednesday = "2026-04-08";
export const at = (time: string, day = wednesday): WallMs =>
  Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}+09:00`) as WallMs;

const lessons = [
  { begins: "08:45", ends: "09:30", subject: "国語" },
  { begins: "09:35", ends: "10:20", subject: "算数" },
];
const hours = { begins: "08:30", ends: "15:30", dueBy: "08:45", lessons };

export const week: TimetableSet["week"] = [1, 2, 3, 4, 5].map((weekday) => ({
  weekday,
  ...hours,
}));

/** A school with a class, a timetable, and doors that a test names; nothing has happened yet. */
export class SchoolEvents extends ServiceEvents {
  readonly pupils: readonly Pseudonym[];

  constructor(letters: string, changes: Partial<TimetableSet> = {}) {
    super();
    this.pupils = [...letters].map((letter) => letter.repeat(22) as Pseudonym);
    const morning = at("07:00", "2026-04-01");
    const pupils = this.pupils.map((pupil, i) => ({ pupil, number: i + 1 }));
    this.desk({ type: "school.roster-set", class: group, school, ...term, pupils }, morning);
    this.desk(
      {
        ...{ type: "school.timetable-set", class: group, ...term, timeZone: "Asia/Tokyo", week },
        ...changes,
      },
      morning,
    );
  }

  door(box: string, door: "entrance" | "exit" | "both", where: PlaceId | null = school) {
    const from = at("07:00", "2026-04-01");
    const placed = { box: box as DeviceId, school: where, door, from };
    return this.desk({ type: "school.box-placed", ...placed }, from);
  }

  seen(box: string, pupil: Pseudonym, when: number) {
    return this.admit(box, "school.attendance", pupil, [face], when);
  }

  said(
    pupil: Pseudonym,
    what:
      | Pick<Extract<EventBody, { type: "school.absence-confirmed" }>, "type" | "reason">
      | Pick<Extract<EventBody, { type: "school.left-early" }>, "type" | "reason" | "leftAt">
      | Pick<Extract<EventBody, { type: "school.corrected" }>, "type" | "reason" | "finding">,
    when: number,
    day = wednesday,
  ) {
    return this.desk({ ...what, pupil, day, by: "operator:teacher" } as EventBody, when);
  }

  state(events = this.events): RegisterState {
    const view = schoolRegister();
    const state = view.empty();
    for (const [index, event] of events.entries()) view.apply(state, placedAt(index, event));
    return state;
  }
}

/** A class's day as the register has it at a moment; by default long after it. */
export function rowsAt(
  state: RegisterState,
  day = wednesday,
  now = at("18:00", day),
): readonly SheetRow[] {
  const found = classOn(state, group, day, "Asia/Tokyo");
  if (!found) throw new Error("there is no such class that day");
  return rowsOf(state, found, day, now).rows;
}
