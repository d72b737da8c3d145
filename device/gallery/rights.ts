import type { PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { ConsentRows } from "./consent-rows.ts";
import type { GalleryHit } from "./gallery-index.ts";
import type { ExactGalleryIndex, SearchOptions } from "./index/exact.ts";

export interface RightsPorts {
  readonly rows: Pick<ConsentRows, "mayMatch" | "confirmedAt">;
  readonly service: Service;
  readonly clock: Pick<Clock, "wall" | "monotonic" | "sleep">;
  /** How old the gateway's last word may be. */
  readonly ageMsMax: number;
}

type Searched = Pick<ExactGalleryIndex, "search" | "people">;

/** After a new connection a decision waits so long for the gateway's word, then goes by the age alone. */
const patienceMs = 10_000;
/** A clock that was set back a little; by more, nobody knows how old the gateway's word is. */
const setBackMsMax = 120_000;
/** Hits that are asked for beyond those wanted: somebody's consent may have ended a moment ago. */
const spareHits = 8;

/**
 * Whom this box may look for, and when. Nobody without a consent that stands at that moment; nobody at all
 * once the gateway has been silent for longer than the policy allows; and after a new connection nobody
 * until the gateway has said whether somebody withdrew meanwhile. When unsure, it leans to not matching.
 */
export class GalleryRights {
  readonly #ports: RightsPorts;
  #awaited: { readonly since: number; readonly over: AbortController } | undefined;

  constructor(ports: RightsPorts) {
    this.#ports = ports;
  }

  /** Whether the gateway's last word is young enough to match by. */
  get isFresh(): boolean {
    const { rows, clock, ageMsMax } = this.#ports;
    const { confirmedAt } = rows;
    const age = clock.wall() - confirmedAt;
    return confirmedAt > 0 && age >= -setBackMsMax && age <= ageMsMax;
  }

  mayMatch(person: PersonId): boolean {
    const { rows, service, clock } = this.#ports;
    return this.isFresh && rows.mayMatch(person, service, clock.wall());
  }

  /** A new connection: there may be orders. */
  connected(): void {
    this.#awaited?.over.abort();
    this.#awaited = { since: this.#ports.clock.monotonic(), over: new AbortController() };
  }

  /** The gateway has said that no order is missing. */
  confirmed(): void {
    this.#awaited?.over.abort();
    this.#awaited = undefined;
  }

  /** Resolves when it is known whether somebody withdrew before this connection, or after a while. */
  async ready(): Promise<void> {
    const awaited = this.#awaited;
    if (!awaited) return;
    const { clock } = this.#ports;
    const leftMs = awaited.since + patienceMs - clock.monotonic();
    if (leftMs > 0) await clock.sleep(leftMs, awaited.over.signal).catch(() => undefined);
  }

  /** An index that finds nobody who may not be looked for. */
  guard(index: Searched): Searched {
    const search = async (probe: Float32Array, k: number, options: SearchOptions = {}) => {
      await this.ready();
      if (!this.isFresh) return [];
      const hits = await index.search(probe, k + spareHits, options);
      // Asked again after the search: a withdrawal may have come meanwhile.
      return hits.filter(({ person }: GalleryHit) => this.mayMatch(person)).slice(0, k);
    };
    return {
      search,
      get people() {
        return index.people;
      },
    };
  }
}
