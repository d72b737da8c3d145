import type { EventBody } from "#contract/events.ts";
import type { Clock } from "#runtime/clock.ts";

export interface LooksPorts {
  readonly clock: Pick<Clock, "monotonic">;
  record(body: EventBody): Promise<unknown>;
}

type Look = Omit<Extract<EventBody, { type: "shelter.list-read" }>, "type">;

/** A page that is looked at again and again is one look. */
const oneLookMs = 10 * 60_000;
/** Looks that are remembered; beyond that the next ones are all written down. */
const rememberedMax = 2_000;

/** Writes down who looks at names on the list, before anything is shown. */
export class Looks {
  readonly #ports: LooksPorts;
  readonly #noted = new Map<string, number>();

  constructor(ports: LooksPorts) {
    this.#ports = ports;
  }

  /** Resolves when the look is on record; throws what the desk throws when it cannot be. */
  async note(look: Look): Promise<void> {
    const key = JSON.stringify([look.who, look.shelter, look.form]);
    const now = this.#ports.clock.monotonic();
    const before = this.#noted.get(key);
    // A file or a sheet leaves the gateway: each of them is a look of its own.
    const isPage = look.form === "page" || look.form === "duplicates";
    if (isPage && before !== undefined && now - before < oneLookMs) return;
    await this.#ports.record({ type: "shelter.list-read", ...look });
    if (this.#noted.size >= rememberedMax) this.#noted.clear();
    this.#noted.set(key, now);
  }
}
