import type { PersonId, Pseudonym } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import type { PersonRegistry } from "./person-registry.ts";

export interface ProtectedPorts {
  readonly registry: Pick<
    PersonRegistry,
    "protectedPersons" | "protectionVersion" | "referenceOf" | "personOf" | "pseudonymOf"
  >;
  /** Those whom a shelter's desk put under protection: the same list as long as nothing changed. */
  protectedEntries(): readonly Pseudonym[];
}

/** By what somebody under protection is named, and how a look at them is written down. */
export type ProtectedNames = ReadonlyMap<string, Pseudonym>;

interface Made {
  readonly version: string;
  readonly entries: readonly Pseudonym[];
  readonly names: ProtectedNames;
}

/**
 * Everything that names somebody under protection: the office's number, the registry's own name, and the
 * pseudonym in each service. Made again only when somebody comes under protection or leaves it.
 */
export class ProtectedPeople {
  readonly #ports: ProtectedPorts;
  #made: Made | undefined;

  constructor(ports: ProtectedPorts) {
    this.#ports = ports;
  }

  get names(): ProtectedNames {
    const { registry, protectedEntries } = this.#ports;
    const entries = protectedEntries();
    const made = this.#made;
    const { protectionVersion } = registry;
    if (made?.entries === entries && made.version === protectionVersion && made.version !== "") {
      return made.names;
    }
    const names = this.#named(registry.protectedPersons, entries);
    // Asked again: the list may have been made just now.
    this.#made = { version: registry.protectionVersion, entries, names };
    return names;
  }

  #named(registered: readonly PersonId[], entries: readonly Pseudonym[]): ProtectedNames {
    const { registry } = this.#ports;
    const names = new Map<string, Pseudonym>();
    const known = entries.map((entry) => registry.personOf("shelter.check-in", entry));
    // Whom a desk drew a name for is in no registry; they go by that name.
    for (const entry of entries) names.set(entry, entry);
    for (const person of new Set([...registered, ...known])) {
      if (person === undefined) continue;
      const counter = registry.pseudonymOf("counter", person);
      names.set(person, counter);
      const reference = registry.referenceOf(person);
      if (reference !== undefined) names.set(reference, counter);
      for (const service of serviceNames) {
        names.set(registry.pseudonymOf(service, person), counter);
      }
    }
    return names;
  }
}
