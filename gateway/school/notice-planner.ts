import { setImmediate as nextTurn } from "node:timers/promises";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { SchoolRules } from "#firmware-config/school.ts";
import type { Access } from "../persons/access.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import {
  boxesAt,
  type ClassDay,
  classOn,
  factsOf,
  type RegisterState,
} from "../views/school-register.ts";
import { isDueAt } from "./class-sheet.ts";
import type { Contact } from "./contacts.ts";
import { isInForce } from "./guardian-desk.ts";
import { instantOf, localMoment } from "./local-clock.ts";
import type { NoticeQueue, NoticeStory, Told } from "./notice-queue.ts";
import { type PupilDay, pupilDay } from "./pupil-day.ts";

export interface NoticePlannerPorts {
  readonly registry: Pick<PersonRegistry, "look" | "ties" | "idOf" | "personOf">;
  readonly queue: NoticeQueue;
  readonly rules: SchoolRules;
  readonly timeZone: string;
  state(): RegisterState;
  contactOf(guardian: PersonId): Contact | undefined;
  /** Whether a box was not heard from for a while, or says that it has more to tell. */
  isBehind(box: DeviceId): boolean;
  /** When the gateway was started: boxes need a moment to come back to it. */
  readonly startedAt: WallMs;
}

/** What the gateway itself is called where it looks at people to tell guardians. */
export const noticesWho = "gateway:notices";

const access: Access = { who: noticesWho, why: "guardian-notice" };
const minuteMs = 60_000;
/** How long after its start a gateway calls nobody unconfirmed: the boxes are coming back to it. */
const startGraceMs = 2 * minuteMs;

interface Day extends ClassDay {
  readonly day: string;
}

/**
 * Decides who is to be told what. It looks at how a child's day stands and at what was told of it last, and
 * never at single events; so an event that comes twice, late or in another order tells nothing twice, and a
 * gateway that was off goes on where it was.
 *
 * The rule of what comes late: an arrival or a departure is told while it is news (`noticeMinutesMax`), and
 * "not confirmed" only within `unconfirmedMinutesMax` after its minute, while every box at the school's
 * doors is heard from and has nothing more to tell, and while not half a class is unseen, which is a box
 * that failed. An arrival that takes back a "not confirmed" is always told.
 */
export class NoticePlanner {
  readonly #ports: NoticePlannerPorts;

  constructor(ports: NoticePlannerPorts) {
    this.#ports = ports;
  }

  /** Goes through the classes of today; with `pupils` through these alone. */
  async plan(now: WallMs, pupils?: ReadonlySet<Pseudonym>): Promise<void> {
    for (const name of this.#classes(pupils)) {
      const group = this.#today(name, now);
      if (group?.plan.kind !== "school-day") continue;
      const days = new Map(
        group.pupils.map(({ pupil }) => [
          pupil,
          pupilDay(
            factsOf(this.#ports.state(), pupil, group, group.day),
            group.plan,
            group.timeZone,
          ),
        ]),
      );
      for (const [pupil, day] of days) {
        if (pupils && !pupils.has(pupil)) continue;
        await this.#planPupil(group, pupil, day, now, () => this.#doubt(group, days, now));
      }
      await nextTurn(); // Receipts go out between two classes.
    }
  }

  /** Whether a notice that waits is still true; what was overtaken is not sent. */
  isTrue({ kind, pupil, day, class: name }: NoticeStory): boolean {
    if (kind !== "unconfirmed") return true;
    const group = classOn(this.#ports.state(), name, day, this.#ports.timeZone);
    if (!group) return false;
    const facts = factsOf(this.#ports.state(), pupil, group, day);
    const { status, conflict } = pupilDay(facts, group.plan, group.timeZone);
    return status === "unconfirmed" && !conflict;
  }

  #classes(pupils: ReadonlySet<Pseudonym> | undefined): ReadonlySet<string> {
    const { rosters, classesOf } = this.#ports.state();
    if (!pupils) return new Set(rosters.keys());
    return new Set([...pupils].flatMap((pupil) => [...(classesOf.get(pupil) ?? [])]));
  }

  #today(name: string, now: WallMs): Day | undefined {
    const { state, timeZone } = this.#ports;
    const here = localMoment(timeZone, now).day;
    const group = classOn(state(), name, here, timeZone);
    if (!group) return undefined;
    const day = localMoment(group.timeZone, now).day;
    const there = day === here ? group : classOn(state(), name, day, timeZone);
    return there && { ...there, day };
  }

  async #planPupil(
    group: Day,
    pupil: Pseudonym,
    day: PupilDay,
    now: WallMs,
    doubt: () => string | undefined,
  ): Promise<void> {
    const { queue, rules } = this.#ports;
    const last = queue.lastTold(pupil, group.day);
    const story = storyOf(group, pupil, day, now, last);
    if (!story) return;
    const rule = inForceAt(rules, now);
    const isLate = (minutes: number) => now - story.at > minutes * minuteMs;
    if (story.kind === "unconfirmed") {
      const why = doubt();
      if (isLate(rule.unconfirmedMinutesMax)) queue.withhold(story, why ?? "too-late");
      else if (why === undefined) {
        const until = story.at + rule.unconfirmedMinutesMax * minuteMs;
        queue.tell(story, await this.#guardiansOf(pupil, group.day, story.kind), until);
      }
      return;
    }
    if (isLate(rule.noticeMinutesMax) && !story.isAllClear) {
      queue.withhold(story, "too-late");
      return;
    }
    const until = now + rule.noticeRetryMinutesMax * minuteMs;
    queue.tell(story, await this.#guardiansOf(pupil, group.day, story.kind), until);
  }

  /** Why nobody should be called unconfirmed to a guardian: a sign that a box failed and not a child. */
  #doubt(
    group: Day,
    days: ReadonlyMap<Pseudonym, PupilDay>,
    now: WallMs,
  ): "box-silent" | "class-unseen" | undefined {
    const { state, isBehind, startedAt, rules } = this.#ports;
    if (now - startedAt < startGraceMs) return "box-silent";
    if (boxesAt(state(), group.school, now).some((box) => isBehind(box))) return "box-silent";
    const { classUnseenMin, classUnseenPercentMax } = inForceAt(rules, now);
    const all = [...days.values()];
    const unseen = all.filter(({ status, conflict }) => status === "unconfirmed" && !conflict);
    const isClass = unseen.length * 100 > classUnseenPercentMax * all.length;
    return unseen.length >= classUnseenMin && isClass ? "class-unseen" : undefined;
  }

  /**
   * Guardians who want to be told of this on that day, and how. Of a child under protection nobody is told:
   * an address that was given once may be the wrong person's now.
   */
  async #guardiansOf(pupil: Pseudonym, day: string, kind: NoticeStory["kind"]) {
    const { registry, contactOf } = this.#ports;
    const id = registry.personOf("school.attendance", pupil);
    if (!id) return [];
    const query = { by: "id", ids: [id] } as const;
    const [child] = await registry.look(access, query, ["reference", "protected"]);
    if (!child?.reference || child.protected === true) return [];
    const bonds = await registry.ties(access, "guardians", child.reference);
    return bonds.flatMap((bond) => {
      if (!bond.notify || !isInForce(bond, day)) return [];
      const guardian = registry.idOf(bond.guardian);
      const contact = guardian && contactOf(guardian);
      if (!guardian || !contact?.kinds.includes(kind)) return [];
      return [{ guardian, channel: contact.channel }];
    });
  }
}

/** What is to be told of a child's day that was not told yet; undefined where there is nothing. */
function storyOf(
  group: Day,
  pupil: Pseudonym,
  { inside, since, status, conflict }: PupilDay,
  now: WallMs,
  last: Told | undefined,
): NoticeStory | undefined {
  // Two words on a child that contradict each other are for the school to settle, and no news.
  if (conflict) return undefined;
  const about = { pupil, day: group.day, timeZone: group.timeZone, class: group.class };
  if (inside !== null && since !== null) {
    const kind = inside ? "arrival" : "departure";
    if (kind === last?.kind || since > now) return undefined;
    const isAllClear = inside && last?.kind === "unconfirmed" && last.mayBeKnown;
    return { ...about, kind, at: since, isAllClear };
  }
  if (status !== "unconfirmed" || !isDueAt(group, group.day, now)) return undefined;
  if (last?.kind === "unconfirmed" || group.plan.kind !== "school-day") return undefined;
  // Taken back by a teacher after an arrival was told: the time that counts is now.
  const dueAt = instantOf(group.timeZone, group.day, group.plan.dueBy) as WallMs;
  return { ...about, kind: "unconfirmed", at: last ? now : dueAt, isAllClear: false };
}
