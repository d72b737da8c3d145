import type { Health } from "#contract/health.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import { directionOf, type Pace, paces, type Strain } from "./pace.ts";

/** What measures the machine itself. */
export interface HostProbe {
  /** Undefined for what this machine cannot say. Never throws. */
  sample(): Promise<Pick<Strain, "temperature" | "load">>;
}

export interface GovernorPorts {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly probe: HostProbe;
  readonly log: Log;
  /** Frames that the source replaced because nobody had looked at them, since it was opened. */
  droppedCount(): number;
}

/** How often the box is measured. */
const everyMs = 5_000;
/** One measurement may be chance: so many in a row slow the box down, and so many let it go again. */
const strainedMin = 2;
const calmMin = 4;
/** A box that was let go too early waits longer the next time, up to about ten minutes. */
const calmMax = 128;

/**
 * Lets a box that is hot or too slow for its camera look less often, before the processor slows
 * itself down or faces are met late. Building does nothing; `start` measures until disposal.
 */
export class Governor implements AsyncDisposable {
  readonly #ports: GovernorPorts;
  readonly #rounds: Rounds;
  #level = 0;
  #calmNeeded = calmMin;
  #lastMove = 0;
  #streak = { direction: "same", count: 0 };
  #since = { at: 0, dropped: 0 };
  #busyMs = 0;
  #frames = 0;
  #temperature: number | undefined;

  constructor(ports: GovernorPorts) {
    this.#ports = ports;
    this.#rounds = new Rounds(ports, {
      ...{ everyMs, failed: "governor.failed", begins: "after-a-rest" },
      work: async () => await this.#measure(),
    });
  }

  get pace(): Pace {
    return paces[this.#level]!;
  }

  /** Waits out the rest of a frame's least time. */
  async rest(spentMs: number): Promise<void> {
    const restMs = this.pace.frameMsMin - spentMs;
    if (restMs <= 0) return;
    await this.#ports.clock.sleep(restMs, this.#rounds.signal).catch(() => undefined);
  }

  /** How much is left out, and how hot the box is where something measures it. */
  health(): Pick<Health, "paceLevel" | "temperature"> {
    const temperature = this.#temperature;
    return { paceLevel: this.#level, ...(temperature === undefined ? {} : { temperature }) };
  }

  start(): void {
    this.#since = { at: this.#ports.clock.monotonic(), dropped: this.#ports.droppedCount() };
    this.#rounds.start();
  }

  /** A frame took so long, waiting for the next one not counted. */
  frameDone(busyMs: number): void {
    this.#busyMs += busyMs;
    this.#frames += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #measure(): Promise<void> {
    const host = await this.#ports.probe.sample();
    this.#judge({ ...host, ...this.#workSince() });
  }

  #workSince(): Pick<Strain, "busy" | "missed"> {
    const { clock, droppedCount } = this.#ports;
    const [now, dropped] = [clock.monotonic(), droppedCount()];
    const missed = dropped - this.#since.dropped;
    const elapsed = Math.max(1, now - this.#since.at);
    const result = {
      busy: Math.min(1, this.#busyMs / elapsed),
      missed: missed / Math.max(1, missed + this.#frames),
    };
    this.#since = { at: now, dropped };
    [this.#busyMs, this.#frames] = [0, 0];
    return result;
  }

  #judge(strain: Strain): void {
    this.#temperature = strain.temperature;
    const direction = directionOf(strain);
    const isLess = direction === "less" || direction === "much-less";
    const sense = isLess ? "less" : direction;
    const count = this.#streak.direction === sense ? this.#streak.count + 1 : 1;
    this.#streak = { direction: sense, count };
    if (direction === "much-less") this.#go(paces.length - 1, strain);
    else if (isLess && count >= strainedMin) this.#go(this.#level + 1, strain);
    else if (direction === "more" && count >= this.#calmNeeded) this.#go(this.#level - 1, strain);
  }

  #go(wanted: number, { temperature }: Strain): void {
    const level = Math.max(0, Math.min(paces.length - 1, wanted));
    this.#streak = { direction: "same", count: 0 };
    if (level === this.#level) return;
    const move = Math.sign(level - this.#level);
    if (move > 0 && this.#lastMove < 0) this.#calmNeeded = Math.min(calmMax, 2 * this.#calmNeeded);
    else if (move < 0 && this.#lastMove < 0) this.#calmNeeded = calmMin;
    this.#lastMove = move;
    this.#level = level;
    this.#ports.log("governor.pace", { level, temperature });
  }
}
