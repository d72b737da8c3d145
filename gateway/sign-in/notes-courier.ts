import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { Notes, SignInBody } from "./notes.ts";

const everyMs = 2_000;

export interface CourierPorts {
  readonly notes: readonly Notes[];
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
  record(body: SignInBody): Promise<unknown>;
}

/** Brings into the ledger what a command wrote down, and what a power cut left behind. */
export class NotesCourier implements AsyncDisposable {
  readonly #ports: CourierPorts;
  readonly #rounds: Rounds;

  constructor(ports: CourierPorts) {
    this.#ports = ports;
    const work = async () => await this.bring();
    this.#rounds = new Rounds(ports, { everyMs, failed: "sign-in.unrecorded", work });
  }

  start(): void {
    this.#rounds.start();
  }

  async bring(): Promise<void> {
    const { notes, record } = this.#ports;
    for (const each of notes) await each.bringTo(record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }
}
