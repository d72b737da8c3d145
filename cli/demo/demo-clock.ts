import { setImmediate as nextTurn } from "node:timers/promises";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that the script of the day sets: its hours pass in seconds, and always in the same way. */
export class DemoClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: number) {
    this.#now = start;
  }

  wall(): WallMs {
    return this.#now as WallMs;
  }

  monotonic(): MonotonicMs {
    return this.#now as MonotonicMs;
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper: Sleeper = { until: this.#now + durationMs, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** Time passes; whoever has slept long enough goes on before anything else happens. */
  async advanceTo(at: number): Promise<void> {
    this.#now = Math.max(this.#now, Math.round(at));
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await nextTurn();
  }
}
