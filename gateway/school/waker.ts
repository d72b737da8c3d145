import type { Clock } from "#runtime/clock.ts";

/** A wait that somebody can end: a loop sleeps by it, and whatever happens meanwhile wakes it once. */
export class Waker {
  readonly #clock: Pick<Clock, "sleep">;
  #isWoken = false;
  #wake: (() => void) | undefined;

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** Resolves after a time, at once where it was woken since the last wait, and when `signal` is aborted. */
  async wait(durationMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (!this.#isWoken && !signal.aborted) {
      const either = AbortSignal.any([signal, woken.signal]);
      await this.#clock.sleep(durationMs, either).catch(() => undefined);
    }
    this.#wake = undefined;
    this.#isWoken = false;
  }
}
