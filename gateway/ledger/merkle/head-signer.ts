import type { KeyObject } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorCodeOf } from "#contract/errors.ts";
import type { Digest } from "#contract/ids.ts";
import { sealTreeHead } from "#contract/tree-head.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { LedgerTree } from "./ledger-tree.ts";

export interface HeadSignerPorts {
  readonly ledger: { readonly count: number; readonly tree: LedgerTree };
  readonly clock: Clock;
  readonly log: Log;
  readonly privateKey: KeyObject;
}

/** So old can the newest entry be that no head stands over yet. */
const headEveryMs = 60_000;

/** Signs the tree's head at the start, every minute in which the ledger grew, and at the end. */
export class HeadSigner implements AsyncDisposable {
  readonly #ports: HeadSignerPorts;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(ports: HeadSignerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Signs a head over all that the ledger holds now, unless the newest head does already. */
  async sign(): Promise<void> {
    const { ledger, clock, privateKey } = this.#ports;
    const size = ledger.count;
    if (size === 0 || ledger.tree.newestHead()?.size === size) return;
    while (ledger.tree.grow(size)) await nextTurn(); // Receipts go out between two steps.
    const root = ledger.tree.root(size).toString("base64url") as Digest;
    const sealed = await sealTreeHead({ v: 1, size, root, at: clock.wall() }, privateKey);
    ledger.tree.keepHead({ size, sealed });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#trySign();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#trySign();
      await this.#ports.clock.sleep(headEveryMs, this.#stop.signal).catch(() => undefined);
    }
  }

  /** A head that could not be written is signed with the next entries; taking in goes on. */
  async #trySign(): Promise<void> {
    try {
      await this.sign();
    } catch (error) {
      this.#ports.log("ledger.head-failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }
}
