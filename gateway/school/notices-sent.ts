import type { NoticeChannel, NoticeKind } from "#contract/bodies/school.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { inTime } from "../views/proved-decisions.ts";
import { classOn, type RegisterState } from "../views/school-register.ts";

/** What became of a notice: to whom under which pseudonym, and never its words or its address. */
export interface NoticeRecord {
  readonly notice: string;
  readonly at: WallMs;
  readonly kind: NoticeKind;
  readonly pupil: Pseudonym;
  readonly guardian: Pseudonym | null;
  readonly channel: NoticeChannel | null;
  readonly outcome: "delivered" | "refused" | "given-up" | "withheld";
  readonly attempts: number;
  /** Why nobody was told, where that was decided. */
  readonly why: string | null;
}

/** The notices about a class's children on a day, in order of time; undefined for a class that nobody set. */
export function noticesOn(
  state: RegisterState,
  asked: { readonly class: string; readonly day: string },
  timeZone: string,
): readonly NoticeRecord[] | undefined {
  const group = classOn(state, asked.class, asked.day, timeZone);
  if (!group) return undefined;
  const pupils = new Set(group.pupils.map(({ pupil }) => pupil));
  return [...state.notices.values()]
    .filter(({ body }) => body.day === asked.day && pupils.has(body.pupil))
    .sort(inTime)
    .map(({ at, body }) => {
      const { notice, kind, pupil } = body;
      const about = { notice, at, kind, pupil, guardian: body.guardian ?? null };
      return body.type === "school.notice-sent"
        ? {
            ...about,
            channel: body.channel,
            outcome: body.outcome,
            attempts: body.attempts,
            why: null,
          }
        : { ...about, channel: null, outcome: "withheld" as const, attempts: 0, why: body.why };
    });
}
