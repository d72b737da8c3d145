import { randomInt, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "#runtime/clock.ts";
import { secretFile } from "#runtime/key-file.ts";
import type { KeyStore } from "#runtime/key-store/vault.ts";

/** Wrong keys in a row after which nobody is heard for a while: eight digits then last for years. */
const triesMax = 5;
const pauseMs = 60_000;

/** The operator's key of a box: eight digits, made on first use. "tebura device operator" shows it. */
export function operatorKey(dataDir: string, store?: KeyStore): string {
  const make = () => `${randomInt(10 ** 8)}`.padStart(8, "0");
  return secretFile(join(dataDir, "keys", "operator.key"), make, store).trim();
}

/** Tells an operator from a visitor who stands at the same screen. */
export class OperatorGate {
  readonly #key: Buffer;
  readonly #clock: Pick<Clock, "monotonic">;
  #wrong = 0;
  #closedUntil = Number.NEGATIVE_INFINITY;

  constructor(key: string, clock: Pick<Clock, "monotonic">) {
    this.#key = Buffer.from(key);
    this.#clock = clock;
  }

  /** "closed" after too many wrong keys, whatever is shown. */
  check(shown: string | undefined): "open" | "wrong" | "closed" {
    const now = this.#clock.monotonic();
    if (now < this.#closedUntil) return "closed";
    const given = Buffer.from(shown?.replaceAll(/[\s-]/g, "") ?? "");
    if (given.length === this.#key.length && timingSafeEqual(given, this.#key)) {
      this.#wrong = 0;
      return "open";
    }
    // A page that asks with nothing in its hands is no try.
    if (given.length > 0) this.#wrong += 1;
    if (this.#wrong >= triesMax) {
      this.#wrong = 0;
      this.#closedUntil = now + pauseMs;
    }
    return "wrong";
  }
}
