import type { ErrorCode } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { RateLimiter } from "#runtime/rate-limit.ts";
import type { SignInBody } from "./notes.ts";

export interface RefusalPorts {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  record(body: SignInBody): Promise<unknown>;
}

export interface Refusal {
  readonly who: string;
  readonly what: Extract<SignInBody, { type: "sign-in.refused" }>["what"];
  readonly code: ErrorCode;
  readonly path: string;
}

/** The ledger is for ever: whoever knocks without end shall not fill it. The log has every refusal. */
const recordedOfOne = { burst: 20, perMinute: 6 };
const recordedOfAll = { burst: 100, perMinute: 60 };

/** Writes down what was refused: in the log always, in the ledger unless it comes in floods. */
export class Refusals {
  readonly #ports: RefusalPorts;
  readonly #one: RateLimiter;
  readonly #all: RateLimiter;

  constructor(ports: RefusalPorts) {
    this.#ports = ports;
    this.#one = new RateLimiter(recordedOfOne, ports.clock);
    this.#all = new RateLimiter(recordedOfAll, ports.clock);
  }

  tell({ who, what, code, path }: Refusal): void {
    const { log, record } = this.#ports;
    log("sign-in.refused", { source: who, reason: what, code, path });
    if (this.#one.take(`${who} ${what}`) > 0 || this.#all.take("all") > 0) return;
    void record({ type: "sign-in.refused", who, what, code }).catch(() =>
      log("sign-in.unrecorded", { source: who, code }),
    );
  }
}
