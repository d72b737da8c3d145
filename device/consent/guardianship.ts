import { TeburaError } from "#contract/errors.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { dayEndsAt, reachesAgeAt } from "#contract/of-age.ts";
import type { CardIdentity } from "#contract/step-up.ts";

/** Why a guardian signs, as a clerk knows it: a child's birth date, or the last day that a court has set. */
export type Guardianship =
  | { readonly birthDate: string; readonly lastDay?: undefined }
  | { readonly lastDay: string; readonly birthDate?: undefined };

/** Whom a guardian's card signs for, and until when it may. */
export interface Ward {
  readonly person: PersonId;
  /** The ward's own card, where they have one; it signs nothing. */
  readonly card?: CardIdentity;
  readonly endsAt: WallMs;
}

export interface OfAgeRules {
  readonly ofAgeYears: number;
  /** By the clock of which place a birthday begins, and a court's day ends. */
  readonly timeZone: string;
}

/**
 * The first moment at which a guardian speaks for somebody no more: the birthday's first, or the first after
 * the court's last day. Throws GUARDIAN_ENDED where that has come, since the person signs themselves.
 */
export function guardianshipEndsAt(
  { birthDate, lastDay }: Guardianship,
  { ofAgeYears, timeZone }: OfAgeRules,
  now: WallMs,
): WallMs {
  const endsAt =
    birthDate === undefined
      ? dayEndsAt(lastDay, timeZone)
      : reachesAgeAt(birthDate, ofAgeYears, timeZone);
  if (endsAt > now) return endsAt;
  throw new TeburaError("GUARDIAN_ENDED", "no guardian signs for this person any more: they do");
}
