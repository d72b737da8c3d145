import { type Health, silentAfterMs } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";

export interface DeviceState {
  /** By the gateway's clock; undefined when nothing was heard since it started. */
  readonly lastHeardAt: WallMs | undefined;
  /** Silence is data: the outbox of a silent box may hold people. */
  readonly silent: boolean;
  readonly health: Health | undefined;
}

/** What each box last said, and when. In memory only: it is news, not record. */
export class DeviceStatus {
  readonly #lastHeard = new Map<DeviceId, WallMs>();
  readonly #health = new Map<DeviceId, Health>();

  heard(health: Health, now: WallMs): void {
    this.#health.set(health.device, health);
    this.#lastHeard.set(health.device, now);
  }

  reported(device: DeviceId, now: WallMs): void {
    this.#lastHeard.set(device, now);
  }

  of(device: DeviceId, now: WallMs): DeviceState {
    const lastHeardAt = this.#lastHeard.get(device);
    return {
      lastHeardAt,
      silent: lastHeardAt === undefined || now - lastHeardAt > silentAfterMs,
      health: this.#health.get(device),
    };
  }
}
