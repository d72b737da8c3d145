import type { WallMs } from "#contract/ids.ts";
import type { PlacedEvent } from "../ledger/placed.ts";

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
