import { errorCodeOf } from "#contract/errors.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { DetailsSource } from "#contract/shelter/evacuee-list.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import type { Log } from "#runtime/log.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";

export interface KnownNamesPorts {
  /** What was told at a desk or at a shelter's own box. */
  readonly told: DetailsSource;
  readonly registry: Pick<PersonRegistry, "personOf" | "evacueeOf" | "version">;
  readonly log: Log;
}

/**
 * What evacuees are called: as they told it, and else as the city's registry has it, so that whoever came by
 * card or face has a name on the list too. Whoever shows it has the look on record before.
 */
export class KnownNames implements DetailsSource {
  readonly #ports: KnownNamesPorts;
  readonly #registered = new Map<Pseudonym, PersonDetails | undefined>();
  #seen = "";
  #version = 0;

  constructor(ports: KnownNamesPorts) {
    this.#ports = ports;
  }

  get version(): number {
    const { told, registry } = this.#ports;
    const seen = `${told.version} ${registry.version}`;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#version += 1;
      this.#registered.clear();
    }
    return this.#version;
  }

  of(person: Pseudonym): PersonDetails | undefined {
    return this.#ports.told.of(person) ?? this.#ofRegistry(person);
  }

  #ofRegistry(person: Pseudonym): PersonDetails | undefined {
    if (this.#registered.has(person)) return this.#registered.get(person);
    const details = this.#opened(person);
    this.#registered.set(person, details);
    return details;
  }

  /** One record that does not open leaves one line without a name, and takes no list away. */
  #opened(person: Pseudonym): PersonDetails | undefined {
    const { registry, log } = this.#ports;
    try {
      const id = registry.personOf("shelter.check-in", person);
      return id && registry.evacueeOf(id);
    } catch (error) {
      const code = errorCodeOf(error);
      if (code !== "DATA_CORRUPT" && code !== "DATA_LOCKED") throw error;
      log("shelter.name-unreadable", { code });
      return undefined;
    }
  }
}
