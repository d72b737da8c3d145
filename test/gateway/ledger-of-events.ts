import { writeFileSync } from "node:fs";
import { digestOf } from "#contract/digest.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger, type NewEntry } from "#gateway/ledger/ledger.ts";
import { HeadSigner } from "#gateway/ledger/merkle/head-signer.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { systemClock } from "#runtime/clock.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { silentLog } from "#runtime/log.ts";
import { startedBody, TestDevice } from "./test-device.ts";

/** A gateway's data folder with a real ledger in it, made without a broker. */
export class FolderOfEvents {
  readonly files: ReturnType<typeof gatewayFiles>;
  readonly key: ReturnType<typeof keyPairFile>;
  readonly device = new TestDevice("box-1", 1);

  constructor(folder: string) {
    this.files = gatewayFiles(folder);
    this.key = keyPairFile(this.files.key);
    const pem = this.key.publicKey.export({ type: "spki", format: "pem" });
    writeFileSync(this.files.publicKey, pem);
    using devices = new DeviceRegistry(this.files.devices);
    devices.add(this.device.id, this.device.key.publicKey, 1 as WallMs);
  }

  /** Appends so many sealed events in one transaction, and signs the head over all. */
  async add(count: number, version = "0.1.0"): Promise<void> {
    using ledger = new Ledger(this.files.ledger);
    const entries: NewEntry[] = [];
    for (let i = 0; i < count; i++) entries.push(await this.#entry(version));
    ledger.append(entries);
    await this.sign(ledger);
  }

  async sign(ledger: Ledger): Promise<void> {
    const { privateKey } = this.key;
    await using signer = new HeadSigner({ ledger, clock: systemClock, log: silentLog, privateKey });
    await signer.sign();
  }

  async #entry(version: string): Promise<NewEntry> {
    const body: Event["body"] = {
      ...startedBody,
      type: "device.started",
      service: "bus.boarding",
      version,
    };
    const sealed = await this.device.next(body);
    return {
      device: this.device.id as DeviceId,
      sequence: this.device.sequence,
      receivedAt: (1_790_000_000_000 + this.device.sequence) as WallMs,
      event: digestOf(sealed),
      sealed,
      refusal: null,
    };
  }
}
