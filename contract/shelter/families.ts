import type { EventBody } from "../events.ts";
import type { Pseudonym } from "../ids.ts";
import { sorted } from "../maps.ts";
import { keepLatest, type Said } from "./sites.ts";
import type { Place } from "./stay.ts";

interface Naming {
  readonly by: "person" | "household";
  readonly id: Pseudonym;
  readonly family: Pseudonym;
}

/** Whom people and households have named to be told where they are. */
export class ShelterFamilies {
  readonly #named = new Map<string, Said<boolean>>();
  #shown: readonly Naming[] | undefined;

  name(body: Extract<EventBody, { type: "shelter.family-named" }>, place: Place): void {
    const { by, id, family, allowed } = body;
    this.#shown = undefined;
    keepLatest(this.#named, `${by} ${id} ${family}`, { ...place, what: allowed });
  }

  /** Those who may be told, of whom; in a fixed order. */
  show(): readonly Naming[] {
    this.#shown ??= sorted(this.#named)
      .filter(([, { what }]) => what)
      .map(([key]) => {
        const [by, id, family] = key.split(" ") as [Naming["by"], Pseudonym, Pseudonym];
        return { by, id, family };
      });
    return this.#shown;
  }
}
