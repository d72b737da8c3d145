import type { Clock } from "./clock.ts";

export interface RateLimit {
  /** Requests that may come at once. */
  readonly burst: number;
  readonly perMinute: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Callers of whom something is remembered. Beyond it the one that was quiet longest is forgotten. */
const callersMax = 10_000;

/** A bucket of requests for each caller, which fills again with time. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, clock: Pick<Clock, "monotonic">) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** 0 when the caller may go on, else the seconds to wait. */
  take(caller: string): number {
    const bucket = this.#filled(caller);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - bucket.tokens) * 60) / this.#limit.perMinute));
  }

  /** For a try that was none of those that are counted: a right answer among guesses. */
  giveBack(caller: string): void {
    const bucket = this.#filled(caller);
    bucket.tokens = Math.min(this.#limit.burst, bucket.tokens + 1);
  }

  #filled(caller: string): Bucket {
    const { burst, perMinute } = this.#limit;
    const now = this.#clock.monotonic();
    const known = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 60_000) * perMinute);
    known.at = now;
    this.#buckets.delete(caller); // So that the order of the map is the order of use.
    this.#buckets.set(caller, known);
    if (this.#buckets.size > callersMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return known;
  }
}
