import type { CardPrompt, CardScreen } from "../step-up/card-desk.ts";
import type { PinRequest } from "../step-up/perform.ts";

/** A PIN on its way from the page: digits as bytes, since a string could not be wiped. */
type PinEntry = (digits: Uint8Array | undefined) => void;

/**
 * The keypad on the screen. Digits pass through here once and are kept nowhere; a PIN that nobody
 * asked for is wiped and forgotten.
 */
export class PinPad implements CardPrompt {
  readonly #tell: (screen: CardScreen) => void;
  #waiting: PinEntry | undefined;

  constructor(tell: (screen: CardScreen) => void) {
    this.#tell = tell;
  }

  show(screen: CardScreen): void {
    this.#tell(screen);
  }

  askPin(_request: PinRequest, signal: AbortSignal): Promise<Uint8Array | undefined> {
    this.#settle(undefined);
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const cancel = () => this.#settle(undefined);
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting = (digits) => {
        signal.removeEventListener("abort", cancel);
        resolve(digits);
      };
    });
  }

  /** Takes digits over from the page; they are the asker's from then on. */
  enter(digits: Uint8Array): void {
    if (!this.#waiting) digits.fill(0);
    this.#settle(digits);
  }

  /** The person does not want to go on. */
  cancel(): void {
    this.#settle(undefined);
  }

  #settle(digits: Uint8Array | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(digits);
  }
}
