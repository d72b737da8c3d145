import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { PolicyBook } from "./policy-book.ts";

export interface PolicySenderPorts {
  readonly book: PolicyBook;
  record(body: EventBody): Promise<unknown>;
  send(device: DeviceId, sealed: string): Promise<void>;
}

/** What a box says that it does not hold is sent again, and not at every breath. */
const sendAgainMs = 4_000;

/**
 * Brings the newest signed table to every box, by what its health says that it holds; that a version
 * is in force is in the ledger before the first box hears of it.
 */
export class PolicySender {
  readonly #ports: PolicySenderPorts;
  readonly #sent = new Map<DeviceId, { readonly version: number; readonly at: WallMs }>();
  #recording: Promise<void> | undefined;

  constructor(ports: PolicySenderPorts) {
    this.#ports = ports;
  }

  /** Call it for health whose seal was verified. */
  async onHealth({ device, policyVersion = 0 }: Health, now: WallMs): Promise<void> {
    const newest = this.#ports.book.newest();
    // A box may hold a newer one than a gateway that was restored from a copy: it keeps what it has.
    if (!newest || policyVersion >= newest.version) return;
    const sent = this.#sent.get(device);
    if (sent?.version === newest.version && Math.abs(now - sent.at) < sendAgainMs) return;
    this.#recording ??= this.#record().finally(() => {
      this.#recording = undefined;
    });
    await this.#recording;
    this.#sent.set(device, { version: newest.version, at: now });
    await this.#ports.send(device, newest.sealed);
  }

  async #record(): Promise<void> {
    const { book, record } = this.#ports;
    for (const { version, sealed } of book.unrecorded()) {
      await record({ type: "policy.put-in-force", version, table: digestOf(sealed) });
      book.recorded(version);
    }
  }
}
