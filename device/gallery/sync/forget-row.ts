import type { PersonId, Pseudonym } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { GalleryStore } from "../gallery-store.ts";

export interface Forgetting {
  readonly service: Service;
  readonly persons: readonly Pseudonym[];
  /** The order that asked for it; 0 where the box does so by itself. */
  readonly order: number;
}

export interface ForgettingPorts {
  readonly store: GalleryStore;
  onChanged(person: PersonId): void;
}

/**
 * Deletes people of one service. Their templates go with the last service that they were here for; the
 * pages of the file and its journal are overwritten. The signed statement about it is owed to the ledger in
 * the same transaction, so that no deletion goes unsaid; `also` runs in it too.
 */
export function forgetRow(
  { service, persons, order }: Forgetting,
  { store, onChanged }: ForgettingPorts,
  also: () => void = () => {},
): void {
  const { consents } = store;
  const changed = new Set<PersonId>();
  try {
    store.transaction(() => {
      const before = consents.state.digest;
      for (const person of persons) {
        const row = consents.remove({ service, person });
        if (!row) continue;
        changed.add(row.owner);
        if (consents.of(row.owner).length === 0) store.remove(row.owner);
      }
      const after = consents.state.digest;
      consents.owe({
        type: "gallery.forgotten",
        ...{ service, order, persons: [...persons], before, after },
      });
      also();
    });
  } catch (error) {
    consents.forgetState();
    throw error;
  }
  store.scrub();
  for (const person of changed) onChanged(person);
}
