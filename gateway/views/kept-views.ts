import { setImmediate as nextTurn } from "node:timers/promises";
import type { BusRides } from "../bus/bus-rides.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { pagesOf } from "../ledger/pages.ts";
import { type PlacedEvent, placed } from "../ledger/placed.ts";
import { ClockCorrections } from "./corrections.ts";
import { Views, type ViewsOptions } from "./views.ts";

export interface KeptViewsOptions extends ViewsOptions {
  readonly ledger: Pick<Ledger, "after">;
  readonly timeZone: string;
}

/**
 * The views of a running gateway. They follow the ledger entry by entry; when a box says that its clock
 * was wrong, they are folded again beside the old ones with the right times, and then take their place.
 */
export class KeptViews implements AsyncDisposable {
  readonly #options: KeptViewsOptions;
  readonly corrections = new ClockCorrections();
  #views: Views;
  #refolding: Promise<void> | undefined;
  #isStale = false;
  #stopped = false;

  constructor(options: KeptViewsOptions) {
    this.#options = options;
    this.#views = this.#empty();
  }

  /** The last ledger entry that is folded in. */
  get index(): number {
    return this.#views.index;
  }

  /** The views as they are folded now. Ask again each time: a correction puts others in their place. */
  get current(): Views {
    return this.#views;
  }

  show(name: string): unknown {
    return this.#views.show(name);
  }

  /** The bus operator's feed, by which stops have names and zones. */
  get feed(): GtfsFeed | undefined {
    return this.#options.feed;
  }

  /** Rides of the views as they stand now; after a correction there are others. */
  get busRides(): BusRides {
    return this.#views.busRides;
  }

  /** Folds what the ledger holds. Twice, where it holds a correction. */
  fold(): void {
    let isCorrected = false;
    for (const page of this.#pages(this.#views)) {
      for (const one of page) {
        isCorrected = this.corrections.note(one) || isCorrected;
        this.#views.apply(this.corrections.corrected(one));
      }
    }
    if (!isCorrected) return;
    this.#views = this.#empty();
    for (const page of this.#pages(this.#views)) this.#applyAll(page, this.#views);
  }

  apply(one: PlacedEvent): void {
    if (this.corrections.note(one)) {
      this.#isStale = true;
      this.#refolding ??= this.#refold();
    }
    this.#views.apply(this.corrections.corrected(one));
  }

  /** Resolves when no correction is being worked in. */
  async settled(): Promise<void> {
    while (this.#refolding) await this.#refolding;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.settled();
  }

  async #refold(): Promise<void> {
    while (this.#isStale && !this.#stopped) {
      this.#isStale = false;
      const fresh = this.#empty();
      for (const page of this.#pages(fresh)) {
        this.#applyAll(page, fresh);
        await nextTurn(); // Receipts go out between two pages.
        if (this.#stopped || this.#isStale) break;
      }
      if (!this.#isStale && !this.#stopped) this.#views = fresh;
    }
    this.#refolding = undefined;
  }

  *#pages(views: Views): Generator<readonly PlacedEvent[]> {
    for (const page of pagesOf(this.#options.ledger, views.index)) yield page.map(placed);
  }

  #applyAll(page: readonly PlacedEvent[], views: Views): void {
    for (const one of page) views.apply(this.corrections.corrected(one));
  }

  #empty(): Views {
    return new Views(this.#options.timeZone, this.#options);
  }
}
