import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { NoticeKind, RosterSet, SpecialDay, TimetableSet } from "#contract/bodies/school.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { type DayPlan, dayPlan } from "../school/day-plan.ts";
import { dayAfter, instantOf } from "../school/local-clock.ts";
import type { DayFact } from "../school/pupil-day.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { type Fact, inTime, refOf } from "./proved-decisions.ts";
import type { View } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type BoxPlaced = Body<"school.box-placed">;
type Notice = Body<"school.notice-sent"> | Body<"school.notice-withheld">;

/**
 * Sightings of a child by the days since 1970 that they lie in, so that a day is found without the others:
 * moment, place of the box in `seenBy`, and sequence, one after the other. A city's children are seen some
 * ten million times a year, and an object for each would take four times the memory.
 */
type Sightings = Map<number, number[]>;
/** Beyond so many numbers a day is no longer a child's usual one, and its array may grow as arrays do. */
const copiedMax = 96;

export interface RegisterState {
  readonly rosters: Map<string, Fact<RosterSet>[]>;
  /** In which classes a child ever was: where to look. */
  readonly classesOf: Map<Pseudonym, Set<string>>;
  readonly timetables: Map<string, Fact<TimetableSet>[]>;
  readonly days: Map<string, Map<string, Fact<SpecialDay>>>;
  readonly boxes: Map<DeviceId, Fact<BoxPlaced>[]>;
  readonly seen: Map<Pseudonym, Sightings>;
  /** Boxes that saw somebody, in the order in which they first did. */
  readonly seenBy: Map<DeviceId, number>;
  readonly said: Map<Pseudonym, Map<string, Fact<DayFact>[]>>;
  /** By their idempotency key: the first word by time holds. */
  readonly notices: Map<string, Fact<Notice>>;
}

export interface SchoolRegister {
  readonly classes: readonly {
    readonly class: string;
    readonly school: string;
    readonly from: string;
    readonly until: string;
    readonly pupils: number;
    readonly timetable: { readonly from: string; readonly until: string } | null;
  }[];
  readonly boxes: readonly {
    readonly box: string;
    readonly school: string | null;
    readonly door: string;
  }[];
  readonly notices: {
    readonly byKind: readonly {
      readonly kind: NoticeKind;
      readonly delivered: number;
      readonly refused: number;
      readonly givenUp: number;
      readonly withheld: number;
    }[];
  };
}

/**
 * What schools know of their classes and children: rosters, timetables, sightings at the doors, words of
 * teachers, notices. Nothing is judged while events come in, since what a sighting means depends on words
 * that may come later; a day is worked out when somebody asks for it.
 */
export function schoolRegister(): View<RegisterState, SchoolRegister> {
  return {
    name: "school.register",
    empty: () => ({
      ...{
        rosters: new Map(),
        classesOf: new Map(),
        timetables: new Map(),
        days: new Map(),
        boxes: new Map(),
      },
      ...{ seen: new Map(), seenBy: new Map(), said: new Map(), notices: new Map() },
    }),
    apply(state, { event }) {
      const { body } = event;
      if (body.type === "decision.made") see(state, event, body);
      else if (body.type.startsWith("school.")) take(state, event);
    },
    show: (state) => ({
      classes: sorted(state.rosters).flatMap(([name, rosters]) => {
        const roster = rosters.at(-1)?.body;
        if (!roster) return [];
        const timetable = state.timetables.get(name)?.at(-1)?.body;
        const { school, from, until, pupils } = roster;
        return {
          ...{ class: name, school, from, until, pupils: pupils.length },
          timetable: timetable ? { from: timetable.from, until: timetable.until } : null,
        };
      }),
      boxes: sorted(state.boxes).map(([box, placed]) => ({
        ...{ box, school: placed.at(-1)?.body.school ?? null },
        door: placed.at(-1)?.body.door ?? "entrance",
      })),
      notices: { byKind: countNotices(state) },
    }),
  };
}

function see(state: RegisterState, event: Event, body: Body<"decision.made">): void {
  if (body.service !== "school.attendance") return;
  if (body.outcome !== "admit" || !body.person) return;
  const { at, device, sequence } = event;
  const days = entry(state.seen, body.person, (): Sightings => new Map());
  const box = entry(state.seenBy, device, () => state.seenBy.size);
  const bucket = Math.floor(at / dayMs);
  const known = days.get(bucket) ?? [];
  // A new array of just this length: one that grows keeps room for what never comes.
  if (known.length < copiedMax) days.set(bucket, [...known, at, box, sequence]);
  else known.push(at, box, sequence);
}

function take(state: RegisterState, event: Event): void {
  const { body, at } = event;
  const fact = <Kept>(kept: Kept): Fact<Kept> => ({ ref: refOf(event), at, body: kept });
  switch (body.type) {
    case "school.roster-set":
      put(
        entry(state.rosters, body.class, () => []),
        fact(body),
      );
      for (const { pupil } of body.pupils) {
        entry(state.classesOf, pupil, () => new Set<string>()).add(body.class);
      }
      return;
    case "school.timetable-set":
      put(
        entry(state.timetables, body.class, () => []),
        fact(body),
      );
      return;
    case "school.days-set": {
      const days = entry(state.days, body.class, () => new Map<string, Fact<SpecialDay>>());
      for (const day of body.days) keepLatest(days, day.day, fact(day));
      return;
    }
    case "school.box-placed":
      put(
        entry(state.boxes, body.box, () => []),
        { ...fact(body), at: body.from },
      );
      return;
    case "school.absence-confirmed":
      say(state, body, fact({ kind: "absent", reason: body.reason }));
      return;
    case "school.left-early": {
      const leftAt = body.leftAt === undefined ? {} : { leftAt: body.leftAt };
      say(state, body, fact({ kind: "left-early", reason: body.reason, ...leftAt }));
      return;
    }
    case "school.corrected":
      say(state, body, fact({ kind: "corrected", finding: body.finding, reason: body.reason }));
      return;
    case "school.notice-sent":
    case "school.notice-withheld": {
      const known = state.notices.get(body.notice);
      if (!known || inTime(fact(body), known) < 0) state.notices.set(body.notice, fact(body));
      return;
    }
    default:
  }
}

const dayMs = 86_400_000;

function put<Kept>(all: Fact<Kept>[], fact: Fact<Kept>): void {
  all.push(fact);
  all.sort(inTime);
}

function keepLatest<Kept>(all: Map<string, Fact<Kept>>, key: string, fact: Fact<Kept>): void {
  const known = all.get(key);
  if (!known || inTime(known, fact) < 0) all.set(key, fact);
}

function say(
  state: RegisterState,
  { pupil, day }: { readonly pupil: Pseudonym; readonly day: string },
  fact: Fact<DayFact>,
): void {
  const days = entry(state.said, pupil, () => new Map<string, Fact<DayFact>[]>());
  entry(days, day, (): Fact<DayFact>[] => []).push(fact);
}

/** Of several that hold on a day the one that began last, and of these the last that was said. */
function inForceOn<Kept extends { readonly from: string; readonly until: string }>(
  all: readonly Fact<Kept>[] | undefined,
  day: string,
): Kept | undefined {
  let found: Kept | undefined;
  for (const { body } of all ?? []) {
    if (body.from > day || body.until < day) continue;
    if (!found || body.from >= found.from) found = body;
  }
  return found;
}

export interface ClassDay {
  readonly class: string;
  readonly school: string;
  readonly timeZone: string;
  readonly plan: DayPlan;
  readonly pupils: readonly { readonly pupil: Pseudonym; readonly number: number | null }[];
}

/** Who is in a class on a day, and what the day is for it; undefined for a class that nobody set for it. */
export function classOn(
  state: RegisterState,
  name: string,
  day: string,
  timeZone: string,
): ClassDay | undefined {
  const roster = inForceOn(state.rosters.get(name), day);
  if (!roster) return undefined;
  const timetable = inForceOn(state.timetables.get(name), day);
  const special = state.days.get(name)?.get(day)?.body;
  const pupils = roster.pupils
    .filter(({ from, until }) => (from ?? day) <= day && (until ?? day) >= day)
    .map(({ pupil, number }) => ({ pupil, number: number ?? null }))
    .sort((a, b) => (a.number ?? 1_000) - (b.number ?? 1_000) || (a.pupil < b.pupil ? -1 : 1));
  return {
    ...{ class: name, school: roster.school, pupils },
    timeZone: timetable?.timeZone ?? timeZone,
    plan: dayPlan(timetable, special, day),
  };
}

/**
 * What is known of a child on a day of a school: sightings at its doors, or at doors that nobody placed,
 * and words. Whoever is seen at another school has not arrived at this one.
 */
export function factsOf(
  state: RegisterState,
  pupil: Pseudonym,
  { school, timeZone }: Pick<ClassDay, "school" | "timeZone">,
  day: string,
): readonly Fact<DayFact>[] {
  const { from, to } = boundsOf(timeZone, day);
  const facts: Fact<DayFact>[] = [...(state.said.get(pupil)?.get(day) ?? [])];
  const sightings = state.seen.get(pupil);
  if (!sightings) return facts;
  const boxes = [...state.seenBy.keys()];
  for (let bucket = Math.floor(from / dayMs); bucket <= Math.floor((to - 1) / dayMs); bucket++) {
    for (const { ref, at } of unpacked(sightings.get(bucket) ?? [], boxes)) {
      if (at < from || at >= to) continue;
      const placed = state.boxes.get(ref.device)?.findLast((one) => one.at <= at)?.body;
      if (placed && placed.school !== school) continue;
      facts.push({ ref, at, body: { kind: "seen", door: placed?.door ?? "entrance" } });
    }
  }
  return facts;
}

function* unpacked(
  packed: readonly number[],
  boxes: readonly DeviceId[],
): Generator<{ readonly ref: EventRef; readonly at: WallMs }> {
  for (let i = 0; i + 2 < packed.length; i += 3) {
    const [at, box, sequence] = [packed[i] as WallMs, packed[i + 1], packed[i + 2] as number];
    const device = boxes[box ?? -1];
    if (device !== undefined) yield { ref: { device, sequence }, at };
  }
}

interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** A whole class asks for the same day. */
const knownBounds = new Map<string, Bounds>();
const knownBoundsMax = 500;

/** The first moment of a day in a zone, and that of the next. */
function boundsOf(timeZone: string, day: string): Bounds {
  const key = `${timeZone} ${day}`;
  const known = knownBounds.get(key);
  if (known) return known;
  const from = instantOf(timeZone, day, "00:00");
  const bounds = { from, to: instantOf(timeZone, dayAfter(day), "00:00") };
  if (knownBounds.size >= knownBoundsMax) knownBounds.clear();
  knownBounds.set(key, bounds);
  return bounds;
}

/** The boxes at the doors of a school at a moment. */
export function boxesAt(state: RegisterState, school: string, at: WallMs): readonly DeviceId[] {
  return [...state.boxes]
    .filter(([, placed]) => placed.findLast((one) => one.at <= at)?.body.school === school)
    .map(([box]) => box);
}

function countNotices({ notices }: RegisterState): SchoolRegister["notices"]["byKind"] {
  const counts = new Map<string, Record<string, number>>();
  for (const { body } of notices.values()) {
    const of = entry(counts, body.kind, (): Record<string, number> => ({}));
    const outcome = body.type === "school.notice-sent" ? body.outcome : "withheld";
    of[outcome] = (of[outcome] ?? 0) + 1;
  }
  return sorted(counts).map(([kind, of]) => ({
    ...{ kind: kind as NoticeKind, delivered: of["delivered"] ?? 0, refused: of["refused"] ?? 0 },
    ...{ givenUp: of["given-up"] ?? 0, withheld: of["withheld"] ?? 0 },
  }));
}
