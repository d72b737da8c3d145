import { setTimeout as sleepFor } from "node:timers/promises";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";

/** Time comes in through here; nothing else reads it. */
export interface Clock {
  wall(): WallMs;
  monotonic(): MonotonicMs;
  /** Rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wall: () => Date.now() as WallMs,
  monotonic: () => performance.now() as MonotonicMs,
  async sleep(durationMs, signal) {
    await sleepFor(durationMs, undefined, { signal });
  },
};
