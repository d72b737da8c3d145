import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { SchoolRules } from "#firmware-config/school.ts";
import { type Answer, type Refusal, refusal, type ServiceDeskPorts } from "../desk/answer.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { RecordOf } from "../persons/records.ts";
import { classOn, type RegisterState } from "../views/school-register.ts";
import { type RouteWatchState, type Sighting, sightingsOf } from "../views/school-route-watch.ts";
import { rowsOf, type SheetRow } from "./class-sheet.ts";
import { localMoment } from "./local-clock.ts";

export interface GuardianDeskPorts extends ServiceDeskPorts {
  readonly registry: Pick<PersonRegistry, "look" | "ties" | "idOf" | "pseudonymOf">;
  readonly rules: SchoolRules;
  /** What the views `school.route-watch` and `school.register` hold now. */
  watch(): RouteWatchState;
  register(): RegisterState;
  readonly timeZone: string;
}

/** A guardian and a child, by the office's numbers. */
export interface Asked {
  readonly guardian: string;
  readonly ward: string;
}

export interface SightingsAnswer {
  readonly sightings: readonly Sighting[];
  /** Sightings from before this moment are kept no longer: that there are none does not mean that there were none. */
  readonly forgottenBefore: WallMs;
  readonly keptHours: number;
}

export interface WardDay {
  readonly class: string;
  readonly day: string;
  readonly status: SheetRow["status"];
  readonly arrivedAt: WallMs | null;
  readonly leftAt: WallMs | null;
}

/** The one answer to whoever is no guardian: it says neither whether there is such a child nor why not. */
const refused: Refusal = refusal("ACCESS_DENIED", "this is shown to guardians of that child alone");

const hourMs = 3_600_000;

/**
 * What a guardian may know of a child. Each question is in the ledger before it is answered, those that
 * are refused too; and a child under protection is shown to nobody in this way.
 */
export class GuardianDesk {
  readonly #ports: GuardianDeskPorts;

  constructor(ports: GuardianDeskPorts) {
    this.#ports = ports;
  }

  /** Where the child was seen on the way, as far as that is still kept. Refuses ACCESS_DENIED. */
  async sightings(by: string, asked: Asked): Promise<Answer<SightingsAnswer>> {
    const { clock, registry, rules, record } = this.#ports;
    const id = await this.#wardOf(by, asked);
    const guardian = registry.idOf(asked.guardian);
    const named = id ?? registry.idOf(asked.ward);
    const alias = (person: PersonId): Pseudonym =>
      registry.pseudonymOf("school.route-watch", person);
    await record({
      ...{ type: "school.sightings-looked", by, outcome: id ? "shown" : "refused" },
      ...(named ? { pupil: alias(named) } : {}),
      ...(guardian ? { guardian: alias(guardian) } : {}),
    });
    if (!id) return refused;
    const now = clock.wall();
    const { routeWatchHours: keptHours } = inForceAt(rules, now);
    return {
      ...{ ok: true, keptHours, forgottenBefore: (now - keptHours * hourMs) as WallMs },
      sightings: sightingsOf(this.#ports.watch(), rules, alias(id), now),
    };
  }

  /** Writes down that somebody asked after a child that is not theirs, or that nobody knows. */
  async refuse(by: string, guardian: Pseudonym, pupil: Pseudonym): Promise<void> {
    const asked = { type: "school.sightings-looked", by, guardian, pupil } as const;
    await this.#ports.record({ ...asked, outcome: "refused" });
  }

  /** How the child's day at school stands, in each class that the child is in. Refuses ACCESS_DENIED. */
  async day(
    by: string,
    asked: Asked & { readonly day: string },
  ): Promise<Answer<{ days: readonly WardDay[] }>> {
    const id = await this.#wardOf(by, asked);
    if (!id) return refused;
    const { clock, registry, timeZone } = this.#ports;
    const pupil = registry.pseudonymOf("school.attendance", id);
    const state = this.#ports.register();
    const days = [...(state.classesOf.get(pupil) ?? [])].sort().flatMap((name): WardDay[] => {
      const group = classOn(state, name, asked.day, timeZone);
      const own = group?.pupils.filter((one) => one.pupil === pupil) ?? [];
      if (!group || own.length === 0) return [];
      const { rows } = rowsOf(state, { ...group, pupils: own }, asked.day, clock.wall());
      return rows.map(({ status, arrivedAt, leftAt }) => ({
        ...{ class: name, day: asked.day, status, arrivedAt, leftAt },
      }));
    });
    return { ok: true, days };
  }

  /** The child, where the guardian may act for it today. The looks at the registry are written down first. */
  async #wardOf(who: string, { guardian, ward }: Asked): Promise<PersonId | undefined> {
    const { registry, clock, timeZone } = this.#ports;
    const access = { who, why: "guardian-notice" } as const;
    const bonds = await registry.ties(access, "guardians", ward);
    const [child] = await registry.look(access, { by: "reference", reference: ward }, [
      "protected",
    ]);
    const today = localMoment(timeZone, clock.wall()).day;
    const holds = bonds.some((bond) => bond.guardian === guardian && isInForce(bond, today));
    return holds && child && child.protected !== true ? child.id : undefined;
  }
}

/** Whether a tie of the registry holds on a day. */
export const isInForce = (
  { from, until }: Pick<RecordOf<"guardians">, "from" | "until">,
  day: string,
): boolean => (from ?? day) <= day && (until ?? day) >= day;
