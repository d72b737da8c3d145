import type { SourceState } from "./frame-source.ts";

/** The state of a source and those who listen to it. A state that did not change tells nobody. */
export class SourceStatus {
  #state: SourceState;
  readonly #listeners = new Set<(state: SourceState) => void>();

  constructor(initial: SourceState) {
    this.#state = initial;
  }

  get state(): SourceState {
    return this.#state;
  }

  set(state: SourceState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  /** Returns how to stop listening. */
  onState(listener: (state: SourceState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
