import type { WallMs } from "#contract/ids.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import type { ProtectedPeople } from "../persons/protected-people.ts";
import { Veil } from "../persons/veil.ts";

/**
 * The feed without what is about people under protection: whoever follows it for hours has given no reason
 * for each of them.
 */
export function veiledFeed(
  feed: Pick<EventFeed, "subscribe">,
  people: Pick<ProtectedPeople, "names">,
): Pick<EventFeed, "subscribe"> {
  return {
    subscribe: (listener) =>
      feed.subscribe((item) => {
        if (new Veil(people.names).without([item.event])?.length === 1) listener(item);
      }),
  };
}

export interface FeedItem extends PlacedEvent {
  readonly receivedAt: WallMs;
}

/** Tells whoever listens about entries that are on disk. A listener must be quick and not throw. */
export class EventFeed {
  readonly #listeners = new Set<(item: FeedItem) => void>();

  publish(item: FeedItem): void {
    for (const listener of this.#listeners) listener(item);
  }

  subscribe(listener: (item: FeedItem) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
