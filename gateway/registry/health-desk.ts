import type { KeyObject } from "node:crypto";
import { errorCodeOf } from "#contract/errors.ts";
import { type Health, healthSchema } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { sealLease } from "#contract/leases.ts";
import { unseal } from "#contract/seal.ts";
import { sealTime } from "#contract/time.ts";
import type { DownChannel } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { NonceLeases } from "../step-up/nonce-leases.ts";
import type { DeviceRegistry } from "./device-registry.ts";
import type { DeviceStatus } from "./device-status.ts";

/** Somebody who acts on what a box says of itself: lists, policies, galleries. */
export interface HealthListener {
  onHealth(health: Health, now: WallMs): Promise<void>;
}

export interface HealthDeskPorts {
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
  readonly privateKey: KeyObject;
  readonly devices: DeviceRegistry;
  readonly status: DeviceStatus;
  readonly nonces: NonceLeases;
  readonly listeners: readonly HealthListener[];
  send(device: DeviceId, channel: DownChannel, sealed: string): Promise<void>;
}

/** Hears how boxes are, and answers with what they lack: the time, lists, a newer policy, nonces. */
export class HealthDesk {
  readonly #ports: HealthDeskPorts;

  constructor(ports: HealthDeskPorts) {
    this.#ports = ports;
  }

  /** Never rejects: what does not verify is logged, and no box waits for an answer. */
  async hear(device: DeviceId, payload: Uint8Array): Promise<void> {
    const { devices, clock, log } = this.#ports;
    const known = devices.get(device);
    if (!known) return;
    let heard: Health;
    try {
      const sealed = Buffer.from(payload).toString("latin1");
      const bytes = await unseal("tebura-health+jws", sealed, device, known.publicKey);
      const health = healthSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
      if (health.device !== device) return;
      heard = health;
    } catch {
      log("health.refused", { device, code: "EVENT_MALFORMED" });
      return;
    }
    const now = clock.wall();
    await this.#trying(device, async () => {
      if (heard.wiped) devices.wiped(device, now);
      if (devices.get(device)?.status === "active") await this.#answer(heard, now);
    });
  }

  async #answer(health: Health, now: WallMs): Promise<void> {
    const { status, privateKey, listeners, nonces, send } = this.#ports;
    const { device, timeNonce } = health;
    status.heard(health, now);
    if (timeNonce !== undefined) {
      const answer = { v: 1 as const, device, nonce: timeNonce, at: now };
      await send(device, "time", await sealTime(answer, privateKey));
    }
    for (const listener of listeners) {
      await this.#trying(device, () => listener.onHealth(health, now));
    }
    if (health.cardReader === "none") return; // Nobody can put a card down there.
    for (const lease of nonces.leasesFor(device, health.nonces, now)) {
      await send(device, "leases", await sealLease(lease, privateKey));
    }
  }

  /** What fails here is this gateway's trouble and no fault of the box's word; the rest is answered still. */
  async #trying(device: DeviceId, answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
    } catch (error) {
      this.#ports.log("health.unanswered", { device, code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }
}
