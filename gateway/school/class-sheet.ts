import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Access } from "../persons/access.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import {
  boxesAt,
  type ClassDay,
  classOn,
  factsOf,
  type RegisterState,
} from "../views/school-register.ts";
import type { DayPlan } from "./day-plan.ts";
import { localMoment } from "./local-clock.ts";
import { type PupilDay, type PupilStatus, pupilDay } from "./pupil-day.ts";

export interface ClassSheetPorts {
  readonly registry: Pick<PersonRegistry, "look" | "ties" | "personOf">;
  readonly clock: { wall(): WallMs };
  state(): RegisterState;
  /** Whether a box was not heard from for a while: its outbox may hold arrivals. */
  isSilent(box: DeviceId): boolean;
  readonly timeZone: string;
}

/** A child's line; `expected` while it is not yet time to call anybody unconfirmed. */
export interface SheetRow extends Omit<PupilDay, "status"> {
  readonly number: number | null;
  readonly pupil: Pseudonym;
  readonly name: string | null;
  readonly kana: string | null;
  readonly status: PupilStatus | "expected";
}

export interface ClassSheet {
  readonly class: string;
  /** The school, the grade and the name of the class, as the registry has them. */
  readonly label: string;
  readonly day: string;
  readonly timeZone: string;
  readonly plan: DayPlan;
  readonly asOf: WallMs;
  /** The minute has come by which everybody should have been seen. */
  readonly isDue: boolean;
  /** Doors of the school that were not heard from: who came through them may not be here yet. */
  readonly silentBoxes: readonly DeviceId[];
  readonly rows: readonly SheetRow[];
  readonly counts: Readonly<Record<SheetRow["status"], number>>;
}

/** What stands in a sheet of one day, before anybody's name is joined. */
export function rowsOf(
  state: RegisterState,
  group: ClassDay,
  day: string,
  now: WallMs,
): { readonly isDue: boolean; readonly rows: readonly SheetRow[] } {
  const isDue = isDueAt(group, day, now);
  const rows = group.pupils.map(({ pupil, number }) => {
    const facts = factsOf(state, pupil, group, day);
    const { status, ...known } = pupilDay(facts, group.plan, group.timeZone);
    const waits = status === "unconfirmed" && !known.conflict && !isDue;
    const unnamed = { number, pupil, name: null, kana: null };
    return { ...unnamed, ...known, status: waits ? ("expected" as const) : status };
  });
  return { isDue, rows };
}

/** Whether the minute has come by which everybody of a class should have been seen. */
export function isDueAt({ plan, timeZone }: ClassDay, day: string, now: WallMs): boolean {
  if (plan.kind !== "school-day") return false;
  const { day: today, time } = localMoment(timeZone, now);
  return today > day || (today === day && time >= plan.dueBy);
}

/** Which class, and what of its children. */
export interface SheetAsked {
  readonly class: string;
  readonly names: boolean;
  /** Names of those under protection too; a sheet without them leaves them out later. */
  readonly seesProtected?: boolean;
}

/** A class on a day, with names where `who` asks for them; undefined where nobody set that class. */
export async function classSheet(
  ports: ClassSheetPorts,
  asked: SheetAsked & { readonly day: string },
  who: string,
): Promise<ClassSheet | undefined> {
  const now = ports.clock.wall();
  const state = ports.state();
  const group = classOn(state, asked.class, asked.day, ports.timeZone);
  if (!group) return undefined;
  const { isDue, rows } = rowsOf(state, group, asked.day, now);
  const named = asked.names ? await withNames(ports, rows, { ...asked, who }) : rows;
  return {
    ...{ class: asked.class, label: await labelOf(ports, asked.class, who), day: asked.day },
    ...{ timeZone: group.timeZone, plan: group.plan, asOf: now, isDue },
    silentBoxes: boxesAt(state, group.school, now).filter((box) => ports.isSilent(box)),
    rows: named,
    counts: countsOf(rows),
  };
}

/** What a class is called on paper: 桃ノ木小学校 3年 1組. The look at the registry is written down. */
export async function labelOf(
  { registry }: Pick<ClassSheetPorts, "registry">,
  name: string,
  who: string,
): Promise<string> {
  const [place] = await registry.ties({ who, why: "attendance" }, "class", name);
  if (!place) return name;
  return [place.school, place.grade, place.name].filter((part) => part !== undefined).join(" ");
}

interface Named {
  readonly pupil: Pseudonym;
  readonly name: string | null;
  readonly kana: string | null;
}

/** Joins names at the moment of showing; the look is in the ledger before anything is shown. */
export async function withNames<Row extends Named>(
  { registry }: Pick<ClassSheetPorts, "registry">,
  rows: readonly Row[],
  { who, seesProtected = false }: Omit<Access, "why">,
): Promise<readonly Row[]> {
  const ids = new Map<Pseudonym, PersonId>();
  for (const { pupil } of rows) {
    const id = registry.personOf("school.attendance", pupil);
    if (id) ids.set(pupil, id);
  }
  const query = { by: "id", ids: [...ids.values()] } as const;
  const access = { who, why: "attendance", seesProtected } as const;
  const found = await registry.look(access, query, ["name", "kana"]);
  const persons = new Map(found.map((person) => [person.id, person]));
  return rows.map((row) => {
    const id = ids.get(row.pupil);
    const person = id === undefined ? undefined : persons.get(id);
    return { ...row, name: person?.name ?? null, kana: person?.kana ?? null };
  });
}

export function countsOf(rows: readonly Pick<SheetRow, "status">[]): ClassSheet["counts"] {
  const counts = {
    ...{ present: 0, late: 0, "left-early": 0, absent: 0 },
    ...{ unconfirmed: 0, expected: 0, "not-expected": 0 },
  };
  for (const { status } of rows) counts[status] += 1;
  return counts;
}
