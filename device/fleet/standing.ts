import type { KeyObject } from "node:crypto";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { leaveFleet, refuseWhenLeft } from "./leave.ts";
import type { Membership, TlsCredentials } from "./membership.ts";
import { Renewal } from "./renewal.ts";

export interface StandingPorts {
  readonly dataDir: string;
  /** Undefined for a box that has joined no fleet and speaks to a broker plainly. */
  readonly membership: Membership | undefined;
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly log: Log;
  isConnected(): boolean;
}

/** What the box's last word to its gateway gets, once it was told to leave. */
const farewellMs = 1_000;

/** How a running box stands in its fleet: a member whose certificate stays fresh, until it is told to leave. */
export class Standing implements AsyncDisposable {
  readonly #ports: StandingPorts;
  readonly #renewal: Renewal | undefined;
  readonly #left = new AbortController();

  constructor(ports: StandingPorts) {
    this.#ports = ports;
    const { membership } = ports;
    const onLeave = () => this.leave();
    this.#renewal = membership && new Renewal({ ...ports, membership, onLeave });
  }

  /** Aborted when the box was told to leave; its keys are gone by then. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** How to speak TLS with the broker; empty for a box of no fleet. */
  get tls(): { credentials?(): TlsCredentials } {
    const { membership } = this.#ports;
    if (!membership) return {};
    let last = membership.credentials;
    return {
      credentials: () => {
        // A box that has left has no key on disk any more; its last connection may still break.
        if (!this.#left.signal.aborted) last = membership.credentials;
        return last;
      },
    };
  }

  start(): void {
    this.#renewal?.start();
  }

  /** The keys go at once; what is still in memory is not looked at again. */
  leave(): void {
    if (this.#left.signal.aborted) return;
    const { dataDir, membership, clock, log } = this.#ports;
    leaveFleet(dataDir, clock.wall(), membership?.store);
    log("fleet.left");
    this.#left.abort();
  }

  /** Nothing for a member; throws DEVICE_REVOKED for a box that has left, once its last word had time to go. */
  async refuseWhenLeft(): Promise<void> {
    if (!this.#left.signal.aborted) return;
    await this.#ports.clock.sleep(farewellMs, new AbortController().signal);
    refuseWhenLeft(this.#ports.dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewal?.[Symbol.asyncDispose]();
  }
}
