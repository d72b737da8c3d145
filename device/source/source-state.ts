import type { SourceState } from "./frame-source.ts";

/** The state of a source and whoever wants to hear of its changes. */
export class StateBoard {
  #state: SourceState = "streaming";
  readonly #listeners = new Set<(state: SourceState) => void>();

  get state(): SourceState {
    return this.#state;
  }

  set(state: SourceState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  listen(listener: (state: SourceState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
