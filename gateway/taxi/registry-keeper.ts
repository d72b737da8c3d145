import { setImmediate as nextTurn } from "node:timers/promises";
import { errorCodeOf } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { TaxiTermsTable } from "#firmware-config/taxi.ts";
import type { Log } from "#runtime/log.ts";
import { type Refusal, refusal } from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { TaxiPerson, TaxiRides } from "../views/taxi-rides.ts";
import { allowanceEnds } from "./allowances.ts";
import { grantsByRegistry } from "./registry-grants.ts";
import { registryWord } from "./registry-word.ts";

type Grant = Extract<EventBody, { type: "taxi.entitlement-granted" }>;

export interface RegistryKeeperPorts {
  readonly registry: Pick<
    PersonRegistry,
    "personOf" | "factsOf" | "protectedPersons" | "pseudonymOf"
  >;
  readonly clock: { wall(): WallMs };
  readonly dayOf: (at: number) => string;
  terms(): TaxiTermsTable;
  rides(): TaxiRides;
  /** Whoever agreed to be known in taxis. */
  agreed(now: WallMs): Iterable<Pseudonym>;
  record(body: EventBody): Promise<unknown>;
  readonly log: Log;
}

const service = "taxi.subsidised-ride";
/** Everybody is looked at again after so long, and on each new day. */
const settleAgainMs = 60_000;
const peopleOfTurn = 200;

/**
 * Keeps who is entitled to the taxi true to the registry: birth dates and certificates. Events name people
 * by pseudonyms and hold no birth date, so no view can judge a category; it is judged here, where the registry
 * is, and its word goes on record as a grant. Views, allowances and boxes go by what is on record.
 */
export class RegistryKeeper {
  readonly #ports: RegistryKeeperPorts;
  readonly #holds = new Holds();
  #settled: { readonly day: string; readonly at: number } | undefined;

  constructor(ports: RegistryKeeperPorts) {
    this.#ports = ports;
  }

  /**
   * A stated entitlement with no later last day than that of the registry's certificate. Refuses
   * TAXI_CATEGORY_NOT_HELD with what the registry lacks for it, which is a look at it and put on record.
   * Whom the registry does not know is entitled by what was stated; so is who is under protection, of
   * whom no answer may tell that they are registered.
   */
  async checked(stated: Omit<Grant, "type">, who: string): Promise<Omit<Grant, "type"> | Refusal> {
    const { registry, terms, record } = this.#ports;
    const id = registry.personOf(service, stated.person);
    if (!id || registry.protectedPersons.includes(id)) return stated;
    const facts = registry.factsOf(id);
    const word = facts && registryWord(facts, terms(), stated.category, stated.validFrom);
    if (!word) return stated;
    if (word.says === "held")
      return { ...stated, validUntil: earlier(stated.validUntil, word.until) };
    const look = { who, why: "subsidy", what: "entitlements", by: "pseudonym" };
    const persons = [registry.pseudonymOf("counter", id)];
    await record({ type: "registry.looked", ...look, persons, fields: ["birthDate"] });
    return refusal(
      "TAXI_CATEGORY_NOT_HELD",
      `the registry does not give ${stated.category} on ${stated.validFrom}: it lacks ${word.missing.join(" and ")}`,
    );
  }

  /**
   * Puts the registry's word on everybody on record, at most once in a minute. Whose record does not open keeps
   * what is on record; one line of the log says how many they are.
   */
  async settle(): Promise<void> {
    await this.#holds.while(["everybody"], async () => {
      const { clock, dayOf, rides, agreed, record, log } = this.#ports;
      const now = clock.wall();
      const day = dayOf(now);
      const last = this.#settled;
      if (last?.day === day && Math.abs(now - last.at) < settleAgainMs) return;
      const people = new Map<Pseudonym, Pick<TaxiPerson, "person" | "entitlements">>();
      for (const person of agreed(now)) people.set(person, { person, entitlements: [] });
      for (const one of rides().persons) people.set(one.person, one);
      let looked = 0;
      let unreadable = 0;
      for (const one of people.values()) {
        looked += 1;
        if (looked % peopleOfTurn === 0) await nextTurn(); // Boxes get their receipts meanwhile.
        const grants = this.#grantsFor(one, day);
        if (grants === "unreadable") unreadable += 1;
        else await Promise.all(grants.map((body) => record(body)));
      }
      if (unreadable > 0)
        log("taxi.registry-unreadable", { code: "DATA_CORRUPT", count: unreadable });
      this.#settled = { day, at: now };
    });
  }

  #grantsFor(
    one: Pick<TaxiPerson, "person" | "entitlements">,
    today: string,
  ): readonly Grant[] | "unreadable" {
    const { registry } = this.#ports;
    const terms = this.#ports.terms();
    const window = { today, until: allowanceEnds(terms, today) };
    try {
      const id: PersonId | undefined = registry.personOf(service, one.person);
      return grantsByRegistry(one, id && registry.factsOf(id), terms, window);
    } catch (error) {
      if (errorCodeOf(error) === "DATA_CORRUPT") return "unreadable";
      throw error;
    }
  }
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
