/**
 * Holds one item. A newer one replaces an unread one, which is counted as dropped: at a door, late
 * is worse than lost. `next` waits for the newest, and returns undefined once the slot is closed.
 */
export class LatestSlot<T> {
  #item: T | undefined;
  #closed = false;
  #wake: (() => void) | undefined;
  #drop: (item: T) => void;
  droppedCount = 0;

  constructor(drop: (item: T) => void = () => {}) {
    this.#drop = drop;
  }

  put(item: T): void {
    if (this.#closed) {
      this.#drop(item);
      return;
    }
    if (this.#item !== undefined) {
      this.droppedCount += 1;
      this.#drop(this.#item);
    }
    this.#item = item;
    this.#wake?.();
  }

  /** No further items; what is already held can still be taken. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async next(): Promise<T | undefined> {
    while (this.#item === undefined && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    const item = this.#item;
    this.#item = undefined;
    return item;
  }
}
