import { randomBytes } from "node:crypto";
import type { Event } from "#contract/events.ts";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import type { TimeAnswer } from "#contract/time.ts";
import type { Clock } from "#runtime/clock.ts";

export interface GatewayClockPorts {
  readonly clock: Clock;
  /** What the box's own clock is worth. */
  systemQuality(): Exclude<Event["clock"], "signed">;
  /** The gateway's time is known now; the time that was told until here is off by so much. */
  onSet(offsetMs: number): void;
  /** The gateway's time is not known any more: the box slept, or its clock was set. */
  onLost(): void;
}

/** An answer that took longer says too little about now. */
const roundTripMsMax = 5_000;
/** Quartz drifts by a few seconds a day at most; asking each hour keeps that below a quarter of a second. */
const askAgainMs = 3_600_000;
/** The wall and the monotonic clock drift apart by more only when the box slept or its clock was set. */
const apartMsMax = 2_000;

/**
 * The clock of a box that may have no battery for one: the gateway's signed time where it is known,
 * carried on by the monotonic clock, otherwise the box's own. What was signed with a wrong time stays as
 * it is; by how much it was wrong becomes known afterwards.
 */
export class GatewayClock implements Clock {
  readonly #ports: GatewayClockPorts;
  #question: { readonly nonce: string; readonly at: MonotonicMs } | undefined;
  #base: { readonly wall: number; readonly monotonic: number; readonly own: number } | undefined;

  constructor(ports: GatewayClockPorts) {
    this.#ports = ports;
  }

  wall(): WallMs {
    const { clock } = this.#ports;
    this.#dropWhenApart();
    if (!this.#base) return clock.wall();
    return Math.round(this.#base.wall + clock.monotonic() - this.#base.monotonic) as WallMs;
  }

  monotonic(): MonotonicMs {
    return this.#ports.clock.monotonic();
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.#ports.clock.sleep(durationMs, signal);
  }

  get quality(): Event["clock"] {
    this.#dropWhenApart();
    return this.#base ? "signed" : this.#ports.systemQuality();
  }

  /** A nonce to ask the time with, where it is time to ask. */
  question(): string | undefined {
    const now = this.monotonic();
    if (this.#base && now - this.#base.monotonic < askAgainMs) return undefined;
    this.#question = { nonce: randomBytes(16).toString("base64url"), at: now };
    return this.#question.nonce;
  }

  /** Takes a verified answer: half of the way there and back is added. An answer to no question is nothing. */
  answered({ nonce, at }: TimeAnswer): void {
    const asked = this.#question;
    if (asked?.nonce !== nonce) return;
    this.#question = undefined;
    const { clock, onSet } = this.#ports;
    const monotonic = this.monotonic();
    const roundTrip = monotonic - asked.at;
    if (roundTrip > roundTripMsMax) return;
    const wall = at + roundTrip / 2;
    const offset = wall - this.wall();
    const isFirst = this.#base === undefined;
    this.#base = { wall, monotonic, own: clock.wall() };
    if (isFirst) onSet(Math.round(offset));
  }

  #dropWhenApart(): void {
    if (!this.#base) return;
    const { clock, onLost } = this.#ports;
    const passed = clock.monotonic() - this.#base.monotonic;
    const own = clock.wall() - this.#base.own;
    if (Math.abs(own - passed) <= apartMsMax) return;
    this.#base = undefined;
    onLost();
  }
}
