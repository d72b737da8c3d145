import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import {
  type AbsenceReason,
  type CorrectionReason,
  type Finding,
  pupilsMax,
} from "#contract/bodies/school.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { type Answer, recordedRef, refusal, type ServiceDeskPorts } from "../desk/answer.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import { type ClassDay, classOn, type RegisterState } from "../views/school-register.ts";
import { dayAfter, isTimeZone, localMoment } from "./local-clock.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

export interface SchoolDeskPorts extends ServiceDeskPorts {
  readonly registry: Pick<PersonRegistry, "ties" | "idOf" | "pseudonymOf">;
  /** What the view `school.register` holds now. */
  state(): RegisterState;
  /** Of classes without a timetable. */
  readonly timeZone: string;
}

interface AboutPupil {
  readonly class: string;
  readonly pupil: Pseudonym;
  readonly day: string;
}

/** How far ahead an absence can be announced. */
const announcedDaysMax = 366;

/** What a school's office and its teachers do: each step is an event of the ledger. */
export class SchoolDesk {
  readonly #ports: SchoolDeskPorts;

  constructor(ports: SchoolDeskPorts) {
    this.#ports = ports;
  }

  /**
   * Takes over from the registry who is in a class for a term, under pseudonyms. Refuses CLASS_UNKNOWN
   * and DAY_INVALID; the look at the registry is written down under `who`.
   */
  async setRoster(
    who: string,
    asked: {
      readonly class: string;
      readonly school: PlaceId;
      readonly from: string;
      readonly until: string;
    },
  ): Promise<Answer<{ roster: EventRef; pupils: number }>> {
    if (asked.until < asked.from) return refusal("DAY_INVALID", "the term ends before it begins");
    const { registry } = this.#ports;
    const places = await registry.ties(
      // Who is under protection goes to school too: the roster holds them, and sheets hide them.
      { who, why: "attendance", seesProtected: true },
      "class",
      asked.class,
    );
    const pupils = places
      .filter(({ role }) => role === "pupil")
      .filter(({ from, until }) => (from ?? "") <= asked.until && (until ?? "9999") >= asked.from)
      .flatMap(({ person, number, from, until }) => {
        const id = registry.idOf(person);
        if (!id) return [];
        return {
          pupil: registry.pseudonymOf("school.attendance", id),
          ...(number === undefined ? {} : { number }),
          ...(from !== undefined && from > asked.from ? { from } : {}),
          ...(until !== undefined && until < asked.until ? { until } : {}),
        };
      });
    if (pupils.length === 0) {
      return refusal("CLASS_UNKNOWN", "the registry knows no pupils of this class in that term");
    }
    if (pupils.length > pupilsMax) {
      return refusal("DAY_INVALID", `a class has at most ${pupilsMax} pupils in a term; divide it`);
    }
    const body = { type: "school.roster-set", ...asked, pupils } as const;
    return { ok: true, roster: await recordedRef(this.#ports, body), pupils: pupils.length };
  }

  /** Refuses DAY_INVALID for days out of order and TIMETABLE_INVALID for a time zone that nobody knows. */
  async setTimetable(
    asked: Omit<Body<"school.timetable-set">, "type">,
  ): Promise<Answer<{ timetable: EventRef }>> {
    if (asked.until < asked.from) return refusal("DAY_INVALID", "the last day is before the first");
    if (!isTimeZone(asked.timeZone)) {
      return refusal("TIMETABLE_INVALID", "nobody knows this time zone; write it as Asia/Tokyo");
    }
    const body = { type: "school.timetable-set", ...asked } as const;
    return { ok: true, timetable: await recordedRef(this.#ports, body) };
  }

  /** Says for several classes at once which days differ from their week. */
  async setDays(
    classes: readonly string[],
    days: Body<"school.days-set">["days"],
  ): Promise<Answer<{ set: readonly EventRef[] }>> {
    const set = await Promise.all(
      classes.map((name) =>
        recordedRef(this.#ports, { type: "school.days-set", class: name, days }),
      ),
    );
    return { ok: true, set };
  }

  async placeBox(
    asked: Omit<Body<"school.box-placed">, "type">,
  ): Promise<Answer<{ placed: EventRef }>> {
    const body = { type: "school.box-placed", ...asked } as const;
    return { ok: true, placed: await recordedRef(this.#ports, body) };
  }

  /** Says that a child is absent, today, on a day that was, or ahead. Refuses PUPIL_UNKNOWN, DAY_INVALID. */
  async confirmAbsence(
    by: string,
    asked: AboutPupil & { readonly reason: AbsenceReason },
  ): Promise<Answer<{ recorded: EventRef }>> {
    const { class: name, ...said } = asked;
    const body = { type: "school.absence-confirmed", ...said, by } as const;
    return await this.#say(name, body, announcedDaysMax);
  }

  /** Refuses PUPIL_UNKNOWN, and DAY_INVALID for a time that is not on that day or has not come. */
  async leaveEarly(
    by: string,
    asked: AboutPupil & { readonly reason: AbsenceReason; readonly leftAt?: WallMs | undefined },
  ): Promise<Answer<{ recorded: EventRef }>> {
    const { class: name, leftAt, ...said } = asked;
    const body = { type: "school.left-early", ...said, by } as const;
    return await this.#say(name, leftAt === undefined ? body : { ...body, leftAt }, 0, leftAt);
  }

  /** A teacher's correction; what was recorded before stays. Refuses as `leaveEarly` does. */
  async correct(
    by: string,
    asked: AboutPupil & { readonly finding: Finding; readonly reason: CorrectionReason },
  ): Promise<Answer<{ recorded: EventRef }>> {
    const { class: name, finding, ...said } = asked;
    const at = momentIn(finding);
    return await this.#say(name, { type: "school.corrected", ...said, finding, by }, 0, at);
  }

  async #say(
    name: string,
    body: Body<"school.absence-confirmed"> | Body<"school.left-early"> | Body<"school.corrected">,
    daysAhead: number,
    at?: WallMs,
  ): Promise<Answer<{ recorded: EventRef }>> {
    const { clock, state, timeZone } = this.#ports;
    const group = classOn(state(), name, body.day, timeZone);
    if (!group) return refusal("CLASS_UNKNOWN", "no roster of this class holds on that day");
    if (!group.pupils.some(({ pupil }) => pupil === body.pupil)) {
      return refusal("PUPIL_UNKNOWN", "nobody of that class has this pseudonym on that day");
    }
    const flaw = dayFlaw(group, body.day, clock.wall(), daysAhead, at);
    if (flaw !== undefined) return refusal("DAY_INVALID", flaw);
    return { ok: true, recorded: await recordedRef(this.#ports, body) };
  }
}

function momentIn(finding: Finding): WallMs | undefined {
  if (finding.status === "left-early") return finding.leftAt;
  return finding.status === "present" || finding.status === "late" ? finding.arrivedAt : undefined;
}

function dayFlaw(
  { timeZone }: Pick<ClassDay, "timeZone">,
  day: string,
  now: WallMs,
  daysAhead: number,
  at: WallMs | undefined,
): string | undefined {
  const today = localMoment(timeZone, now).day;
  if (day > dayAfter(today, daysAhead)) return "that day is still to come";
  if (at === undefined) return undefined;
  if (at > now) return "that moment is still to come";
  return localMoment(timeZone, at).day === day ? undefined : "that moment is not on that day";
}
