import { errorCodeOf } from "#contract/errors.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface RoundsPorts {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
}

export interface Round {
  /** How long to rest between the end of one round and the beginning of the next. */
  readonly everyMs: number;
  /** The name in the log for a round that failed: it carries the error's code and nothing else. */
  readonly failed: string;
  /** Whether the first round begins at the start, or after a rest. */
  readonly begins?: "at-once" | "after-a-rest";
  work(): void | Promise<void>;
}

/**
 * Work that is done again and again until it is stopped. A round that fails is logged and ends nothing: a
 * disk that is full today may not be so at the next. Two rounds never overlap, and disposal waits for the
 * one that is under way. Building does nothing.
 */
export class Rounds implements AsyncDisposable {
  readonly #ports: RoundsPorts;
  readonly #round: Round;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(ports: RoundsPorts, round: Round) {
    this.#ports = ports;
    this.#round = round;
  }

  /** Aborted when the rounds end: for a wait inside the work, or beside it. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  start(): void {
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { begins = "at-once" } = this.#round;
    if (begins === "after-a-rest") await this.#rest();
    while (!this.signal.aborted) {
      await this.#once();
      await this.#rest();
    }
  }

  async #once(): Promise<void> {
    try {
      await this.#round.work();
    } catch (error) {
      this.#ports.log(this.#round.failed, { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  async #rest(): Promise<void> {
    await this.#ports.clock.sleep(this.#round.everyMs, this.signal).catch(() => undefined);
  }
}
