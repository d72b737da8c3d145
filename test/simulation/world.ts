import { setImmediate as nextTurn } from "node:timers/promises";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
  cancelled: boolean;
}

/**
 * Time that passes only when everything that had to happen has happened: one thing after the other,
 * in the order of their times, each waited for. Real signatures take real time, and none here.
 */
export class World {
  #now = 0;
  #order = 0;
  #queue: Happening[] = [];
  /** What happened, for whoever reads a failure. */
  readonly diary: string[] = [];

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Does something after so many milliseconds; the returned function takes it back. */
  after(delayMs: number, run: Happening["run"]): () => void {
    this.#order += 1;
    const happening = { at: this.#now + delayMs, order: this.#order, run, cancelled: false };
    const place = this.#queue.findLastIndex((other) => other.at <= happening.at);
    this.#queue.splice(place + 1, 0, happening);
    return () => {
      happening.cancelled = true;
    };
  }

  note(text: string): void {
    this.diary.push(`${(this.#now / 1_000).toFixed(3).padStart(9)}  ${text}`);
  }

  /** Runs until a time, or until `done` says so. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const next = this.#queue[0];
      if (!next || next.at > untilMs) break;
      this.#queue.shift();
      if (next.cancelled) continue;
      this.#now = Math.max(this.#now, next.at);
      await next.run();
    }
  }
}

/** The clock of one machine: its wall time may be wrong and jump, its monotonic time never does. */
export class WorldClock implements Clock {
  readonly #world: World;
  #wallOffset: number;
  #sleeping = 0;

  constructor(world: World, wallOffset: number) {
    this.#world = world;
    this.#wallOffset = wallOffset;
  }

  wall(): WallMs {
    return Math.max(0, this.#world.now + this.#wallOffset) as WallMs;
  }

  monotonic(): MonotonicMs {
    return this.#world.now as MonotonicMs;
  }

  jump(byMs: number): void {
    this.#wallOffset += byMs;
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#sleeping += 1;
    await new Promise<void>((resolve, reject) => {
      const forget = this.#world.after(durationMs, async () => {
        signal.removeEventListener("abort", onAbort);
        const before = this.#sleeping;
        this.#sleeping -= 1;
        resolve();
        await this.sleepersAre(before);
      });
      const onAbort = () => {
        forget();
        this.#sleeping -= 1;
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Waits until so many loops sleep (or this machine's were all stopped): then nothing is under way. */
  async sleepersAre(count: number): Promise<void> {
    for (let turns = 0; this.#sleeping < count && !this.isStopped; turns++) {
      if (turns > 100_000) throw new Error("a loop of the machine never sleeps again");
      await nextTurn();
    }
  }

  isStopped = false;
}
