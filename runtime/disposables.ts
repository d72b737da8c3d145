/**
 * Releases what was started, in reverse order, even where one of them fails; the first failure is
 * thrown at the end. Node 20 has no AsyncDisposableStack, so here is the small part we need.
 */
export class Disposables implements AsyncDisposable {
  #released: (() => Promise<void> | void)[] = [];

  /** Adds what to undo. */
  defer(release: () => Promise<void> | void): void {
    this.#released.push(release);
  }

  use<T extends AsyncDisposable>(part: T): T {
    this.defer(async () => await part[Symbol.asyncDispose]());
    return part;
  }

  /** Hands everything over to a new owner; this one then releases nothing. */
  move(): Disposables {
    const next = new Disposables();
    next.#released = this.#released;
    this.#released = [];
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#released.splice(0).reverse()) {
      try {
        await release();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
