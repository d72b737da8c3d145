import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";

/** The system's clock, whose hands somebody puts forward, or with which time itself goes faster. */
export class ShiftedClock implements Clock {
  shiftMs = 0;
  #passedMs = 0;

  /** So much time passes at once: no clock was set, and none is found to be wrong. */
  pass(ms: number): void {
    this.#passedMs += ms;
  }

  wall(): WallMs {
    return (systemClock.wall() + this.shiftMs + this.#passedMs) as WallMs;
  }

  monotonic(): MonotonicMs {
    return (systemClock.monotonic() + this.#passedMs) as MonotonicMs;
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    await systemClock.sleep(durationMs, signal);
  }
}
