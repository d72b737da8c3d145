import { TeburaError } from "#contract/errors.ts";
import type { CardReaders, PresentedCard } from "../card.ts";
import type { VirtualCard } from "./virtual-card.ts";

type Listener = (card: PresentedCard) => Promise<void>;

/** A reader in the same process, into which somebody puts a trial card by a button. */
export class VirtualReaders implements CardReaders {
  readonly names = ["trial reader"];
  readonly isVirtual = true;
  #listener: Listener | undefined;
  #down: { readonly card: VirtualCard; readonly gone: AbortController } | undefined;
  #served: Promise<void> = Promise.resolve();

  /** True while a card lies on the reader. */
  get isDown(): boolean {
    return this.#down !== undefined;
  }

  onCard(listener: Listener): () => void {
    this.#listener = listener;
    this.#present();
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Puts a card down, in place of the one that may lie there. */
  put(card: VirtualCard): void {
    this.take();
    this.#down = { card, gone: new AbortController() };
    this.#present();
  }

  /** Takes the card away, in the middle of whatever it does. */
  take(): void {
    this.#down?.gone.abort();
    this.#down = undefined;
  }

  /** Resolves when nobody speaks with a card any more. */
  async idle(): Promise<void> {
    await this.#served;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.take();
    this.#listener = undefined;
    await this.#served;
  }

  #present(): void {
    const [listener, down] = [this.#listener, this.#down];
    if (!listener || !down) return;
    const { card, gone } = down;
    this.#served = this.#served.then(async () => {
      if (gone.signal.aborted) return;
      try {
        await listener({
          ...{ reader: this.names[0] ?? "", isVirtual: true, gone: gone.signal },
          async transmit(command) {
            const answer = gone.signal.aborted ? new Uint8Array() : await card.transmit(command);
            if (answer.length >= 2 && !gone.signal.aborted) return answer;
            throw new TeburaError("CARD_GONE", "the card was taken away");
          },
        });
      } finally {
        card.reset();
      }
    });
  }
}
