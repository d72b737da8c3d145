import type { Pseudonym } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import {
  type GuardianDesk,
  isInForce,
  type SightingsAnswer,
  type WardDay,
} from "./guardian-desk.ts";
import { localMoment } from "./local-clock.ts";

export interface OwnWardsPorts {
  readonly registry: Pick<PersonRegistry, "look" | "ties" | "idOf" | "pseudonymOf" | "personOf">;
  readonly guardians: GuardianDesk;
  readonly clock: Pick<Clock, "wall">;
  readonly timeZone: string;
  /** The schools of a guardian's wards; the look is written down. */
  schoolsOf(who: string, guardian: string): Promise<ReadonlySet<string>>;
}

/** A child as its guardian's page names it: by a pseudonym in what is asked, and by the name that the guardian knows. */
export interface OwnWard {
  readonly ward: Pseudonym;
  readonly name: string;
}

export interface WardSeen extends SightingsAnswer {
  readonly days: readonly WardDay[];
}

const service = "school.route-watch";

/**
 * What a guardian who signed in may see: their own children's arrivals and departures of today, and where
 * they were seen on the way. Which children those are is the registry's word of this moment, asked anew for
 * each look, and each look is in the ledger before it is answered.
 */
export class OwnWards {
  readonly #ports: OwnWardsPorts;

  constructor(ports: OwnWardsPorts) {
    this.#ports = ports;
  }

  /** What a guardian is called in accounts; undefined for a number that the registry does not know. */
  aliasOf(reference: string): Pseudonym | undefined {
    const { registry } = this.#ports;
    const id = registry.idOf(reference);
    return id && registry.pseudonymOf(service, id);
  }

  /** The schools of a guardian's wards. The look at the registry is written down under `who`. */
  async schoolsOf(who: string, reference: string): Promise<ReadonlySet<string>> {
    return await this.#ports.schoolsOf(who, reference);
  }

  /** The children for whom this guardian may act today, without those under protection. */
  async list(who: string, guardian: Pseudonym): Promise<readonly OwnWard[]> {
    const { wards } = await this.#own(who, guardian);
    return wards.map(({ ward, name }) => ({ ward, name }));
  }

  /** One child's day and sightings. Refuses ACCESS_DENIED for every child that is not this guardian's. */
  async look(who: string, guardian: Pseudonym, ward: Pseudonym): Promise<Answer<WardSeen>> {
    const { guardians, clock, timeZone } = this.#ports;
    const { reference, wards } = await this.#own(who, guardian);
    const own = wards.find((one) => one.ward === ward);
    if (!reference || !own) {
      await guardians.refuse(who, guardian, ward);
      return refusal("ACCESS_DENIED", "this is shown to guardians of that child alone");
    }
    const asked = { guardian: reference, ward: own.reference };
    const seen = await guardians.sightings(who, asked);
    if (!seen.ok) return seen;
    const day = localMoment(timeZone, clock.wall()).day;
    const today = await guardians.day(who, { ...asked, day });
    return today.ok ? { ...seen, days: today.days } : today;
  }

  async #own(who: string, guardian: Pseudonym) {
    const { registry, clock, timeZone } = this.#ports;
    const access = { who, why: "guardian-notice" } as const;
    const query = { by: "pseudonym", service, pseudonym: guardian } as const;
    const [person] = await registry.look(access, query, ["reference"]);
    const reference = person?.reference;
    if (reference === undefined) return { reference, wards: [] };
    const today = localMoment(timeZone, clock.wall()).day;
    const bonds = await registry.ties(access, "wards", reference);
    const wards = [];
    for (const bond of bonds.filter((one) => isInForce(one, today))) {
      const child = { by: "reference", reference: bond.ward } as const;
      const [found] = await registry.look(access, child, ["name", "protected"]);
      if (!found || found.protected === true) continue;
      const ward = registry.pseudonymOf(service, found.id);
      wards.push({ ward, reference: bond.ward, name: found.name ?? "" });
    }
    return { reference, wards };
  }
}
