import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
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
        const agreedBy = store.agreed.remove({ service, person });
        const owner = consents.remove({ service, person })?.owner ?? agreedBy;
        if (!owner) continue;
        changed.add(owner);
        const isWaited = !store.hasTemplates(owner) && store.agreed.of(owner).length > 0;
        if (consents.of(owner).length === 0 && !isWaited) store.remove(owner);
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

/** Whoever agreed, and whose pictures never came before that ended, goes with their name. */
export function forgetWaited(store: GalleryStore, now: WallMs): void {
  for (const one of store.agreed.ended(now)) {
    if (store.hasTemplates(one.owner)) continue;
    store.agreed.remove(one);
    if (store.agreed.of(one.owner).length === 0) store.remove(one.owner);
  }
}
