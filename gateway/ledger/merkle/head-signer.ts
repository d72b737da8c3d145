import type { KeyObject } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorCodeOf } from "#contract/errors.ts";
import type { Digest } from "#contract/ids.ts";
import { sealTreeHead } from "#contract/tree-head.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { LedgerTree } from "./ledger-tree.ts";

export interface HeadSignerPorts {
  readonly ledger: { readonly count: number; readonly tree: LedgerTree };
  readonly clock: Clock;
  readonly log: Log;
  readonly privateKey: KeyObject;
}

/** So old can the newest entry be that no head stands over yet. */
const headEveryMs = 60_000;
/** A head that could not be written is signed with the next entries; taking in goes on. */
const failed = "ledger.head-failed";

/** Signs the tree's head at the start, every minute in which the ledger grew, and at the end. */
export class HeadSigner implements AsyncDisposable {
  readonly #ports: HeadSignerPorts;
  readonly #rounds: Rounds;
  #signing: Promise<void> = Promise.resolve();

  constructor(ports: HeadSignerPorts) {
    this.#ports = ports;
    const work = async () => await this.sign();
    this.#rounds = new Rounds(ports, { everyMs: headEveryMs, failed, work });
  }

  start(): void {
    this.#rounds.start();
  }

  /**
   * Signs a head over all that the ledger holds now, unless the newest head does already. Those who ask
   * at once wait for each other, so that the tree grows in one place.
   */
  async sign(): Promise<void> {
    const before = this.#signing;
    this.#signing = before.catch(() => undefined).then(() => this.#signOne());
    await this.#signing;
  }

  async #signOne(): Promise<void> {
    const { ledger, clock, privateKey } = this.#ports;
    const size = ledger.count;
    if (size === 0 || ledger.tree.newestHead()?.size === size) return;
    while (ledger.tree.grow(size)) await nextTurn(); // Receipts go out between two steps.
    const root = ledger.tree.root(size).toString("base64url") as Digest;
    const sealed = await sealTreeHead({ v: 1, size, root, at: clock.wall() }, privateKey);
    ledger.tree.keepHead({ size, sealed });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
    await this.sign().catch((error) =>
      this.#ports.log(failed, { code: errorCodeOf(error) ?? "UNEXPECTED" }),
    );
  }
}
