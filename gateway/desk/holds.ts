/**
 * Keeps a check true until what follows from it is recorded: work that shares a key runs one after the
 * other, and everything else side by side, so that records can still share a commit.
 */
export class Holds {
  readonly #held = new Map<string, Promise<unknown>>();

  /** Runs `work` when nobody holds any of the keys. Its check must be done before its first wait. */
  async while<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    for (let other = this.#holder(keys); other; other = this.#holder(keys)) {
      await other.catch(() => undefined); // Whoever asked for it hears of its failure.
    }
    const running = work();
    for (const key of keys) this.#held.set(key, running);
    try {
      return await running;
    } finally {
      for (const key of keys) this.#held.delete(key);
    }
  }

  #holder(keys: readonly string[]): Promise<unknown> | undefined {
    for (const key of keys) {
      const holder = this.#held.get(key);
      if (holder) return holder;
    }
    return undefined;
  }
}
