import { randomBytes } from "node:crypto";
import type { Clock } from "#runtime/clock.ts";

/** How long somebody may take to touch their key; WebAuthn recommends 5 minutes at least (section 15.1). */
const waitMsMax = 300_000;
/** More than this at once is no crowd but a flood: whoever has waited longest begins anew. */
const waitingMax = 10_000;

interface Held<T> {
  readonly what: T;
  readonly until: number;
}

/**
 * What the gateway remembers between a question and its answer, under a ticket of 256 random bits. A
 * ticket is good once, whatever came of it, so that no answer can be given twice.
 */
export class Waiting<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  keep(what: T): string {
    const now = this.#clock.monotonic();
    for (const [ticket, { until }] of this.#held) {
      if (until > now && this.#held.size < waitingMax) break; // The oldest stand first.
      this.#held.delete(ticket);
    }
    const ticket = randomBytes(32).toString("base64url");
    this.#held.set(ticket, { what, until: now + waitMsMax });
    return ticket;
  }

  take(ticket: string): T | undefined {
    const held = this.#held.get(ticket);
    this.#held.delete(ticket);
    return held && held.until > this.#clock.monotonic() ? held.what : undefined;
  }
}
