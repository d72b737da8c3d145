import type { KeyObject } from "node:crypto";
import { errorCodeOf } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import { openEnvelope, seedInfo } from "#contract/gallery-envelope.ts";
import {
  boxKeyMessage,
  consentAnswerMessage,
  type Grant,
  grantMessage,
  handedInMessage,
} from "#contract/gallery-messages.ts";
import type { Health } from "#contract/health.ts";
import { sealTo } from "#contract/hpke.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { gatewayKeyId } from "#contract/receipts.ts";
import { claimedType } from "#contract/seal.ts";
import type { Service } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { ConsentDesk } from "../consent/consent-desk.ts";
import type { Distribution, OpenGrant } from "./distribution.ts";
import type { GalleriesFile } from "./galleries-file.ts";
import type { OrderSender } from "./order-sender.ts";
import type { RotationSecret } from "./rotation-secret.ts";

export interface GalleryHubPorts {
  readonly file: GalleriesFile;
  readonly distribution: Distribution;
  readonly sender: OrderSender;
  readonly desk: Pick<ConsentDesk, "handIn" | "withdraw">;
  readonly rotation: RotationSecret;
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly log: Log;
  /** The key of a box that may report. */
  keyOf(device: DeviceId): KeyObject | undefined;
  send(device: DeviceId, sealed: string): Promise<void>;
  record(body: EventBody): Promise<unknown>;
}

/** Messages of one box that wait; what comes beyond is dropped, and comes again. */
const waitingMax = 32;

/**
 * The gateway's side of the galleries. It relays what it cannot open, in numbered orders; it says who may
 * be sealed to whom; and it orders deletions the moment a consent has ended.
 */
export class GalleryHub {
  readonly #ports: GalleryHubPorts;
  readonly #waiting = new Map<DeviceId, number>();
  /** What a box sent, and what is to be done for it, one after the other. */
  readonly #lanes = new Map<DeviceId, Promise<void>>();
  readonly #toSupply = new Set<DeviceId>();
  readonly counts = { taken: 0, refused: 0, dropped: 0, relayed: 0 };

  constructor(ports: GalleryHubPorts) {
    this.#ports = ports;
  }

  /** Takes a report of a box in. Never throws and never waits: the broker goes on. */
  accept(device: DeviceId, bytes: Uint8Array): void {
    const own = this.#waiting.get(device) ?? 0;
    if (own >= waitingMax || bytes.length > limits.messageBytesMax) {
      this.counts.dropped += 1;
      return;
    }
    this.#waiting.set(device, own + 1);
    this.#inTurn(device, async () => {
      this.#waiting.set(device, (this.#waiting.get(device) ?? 1) - 1);
      await this.#read(device, Buffer.from(bytes).toString("latin1"));
      this.counts.taken += 1;
    });
  }

  /** A box has said how its gallery is. */
  heard(device: DeviceId, gallery: NonNullable<Health["gallery"]>): void {
    this.#inTurn(device, async () => {
      const { file, sender, rotation } = this.#ports;
      file.followed(device, gallery.order);
      this.#orderRemovals(device);
      if (gallery.rotation !== rotation.name) await this.#orderRekey(device);
      await sender.answer(device, gallery.order);
      await this.#supply(device);
    });
  }

  /** An event is on record, in every view. A withdrawal is ordered of every box before this returns. */
  recorded({ device, body }: Event): void {
    const { distribution } = this.#ports;
    switch (body.type) {
      case "gallery.received":
      case "gallery.forgotten": {
        const rows =
          body.type === "gallery.received" ? body.rows.map((row) => row.person) : undefined;
        distribution.arrived(device, body.service, rows ?? ("persons" in body ? body.persons : []));
        this.#hasFollowed(device, body.order);
        // Whoever serves the same may lack it, and can get it from here now.
        if (body.type === "gallery.received") this.#supplyAll(body.service);
        else this.#supplySoon(device);
        return;
      }
      case "consent.withdrawn":
      case "consent.refused":
        for (const holder of distribution.endOf(body)) {
          this.#inTurn(holder, async () => await this.#ports.sender.push(holder));
        }
        return;
      case "consent.given":
      case "gallery.enrolled":
        this.#supplyAll(body.service);
        return;
      default:
        return;
    }
  }

  /** Has a box delete what others sealed to it, and get it anew. */
  resync(device: DeviceId): void {
    this.#ports.file.append(device, { kind: "reset" });
    this.#supplySoon(device);
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    for (;;) {
      const lanes = [...this.#lanes.values()];
      await Promise.all(lanes);
      if (lanes.every((lane) => [...this.#lanes.values()].includes(lane))) return;
    }
  }

  #hasFollowed(device: DeviceId, order: number): void {
    const { file } = this.#ports;
    if (order > file.progress(device).followed) file.followed(device, order);
  }

  #supplyAll(service: Service): void {
    for (const known of this.#ports.file.keys) {
      if (known.service === service) this.#supplySoon(known.device);
    }
  }

  /** What several events ask for is done once. */
  #supplySoon(device: DeviceId): void {
    if (this.#toSupply.has(device)) return;
    this.#toSupply.add(device);
    this.#inTurn(device, async () => {
      this.#toSupply.delete(device);
      await this.#supply(device);
    });
  }

  #orderRemovals(device: DeviceId): void {
    const { distribution, file } = this.#ports;
    distribution.orderRemovals(device, file.keyOf(device)?.service);
  }

  async #supply(device: DeviceId): Promise<void> {
    const { distribution, file, sender } = this.#ports;
    const key = file.keyOf(device);
    if (!key || !this.#ports.keyOf(device)) return;
    await sender.push(device);
    const grant = await distribution.grantTo(device, key.service);
    if (grant) await this.#give(grant);
  }

  async #give({ from, to, grant, service, rows, until }: OpenGrant): Promise<void> {
    const { file, privateKey, send, keyOf } = this.#ports;
    const receiver = file.keyOf(to);
    const signer = keyOf(to)?.export({ format: "der", type: "spki" });
    if (!receiver || !signer) return;
    const given: Grant = {
      ...{ v: 1, device: from, grant, service, to, until, rows: [...rows] },
      ...{ toKey: receiver.sealed, toSigner: signer.toString("base64") },
    };
    await send(from, await grantMessage.seal(given, gatewayKeyId, privateKey));
  }

  async #orderRekey(device: DeviceId): Promise<void> {
    const { file, rotation } = this.#ports;
    const key = file.keyOf(device);
    const isOrdered = file
      .ordersAfter(device, file.progress(device).followed, Number.MAX_SAFE_INTEGER)
      .some(({ order }) => order.kind === "rekey" && order.rotation === rotation.name);
    if (!key || isOrdered) return;
    const aad = Buffer.from(`${device} ${rotation.name}`);
    const sealed = await sealTo(Buffer.from(key.key, "base64url"), rotation.seed, {
      ...{ info: seedInfo, aad },
    });
    const seed = Buffer.from(sealed).toString("base64url");
    file.append(device, { kind: "rekey", rotation: rotation.name, seed });
  }

  async #read(device: DeviceId, sealed: string): Promise<void> {
    const { keyOf, file, desk, distribution, rotation, send, privateKey, clock } = this.#ports;
    const publicKey = keyOf(device);
    if (!publicKey) return;
    switch (claimedType(sealed)) {
      case "tebura-box-key+jws": {
        const certified = await boxKeyMessage.open(sealed, device, publicKey);
        if (certified.device !== device) return;
        file.keepKey({ ...certified, sealed }, clock.wall());
        await this.#supply(device);
        return;
      }
      case "tebura-consent+jws": {
        const { consent } = await handedInMessage.open(sealed, device, publicKey);
        const { statement, refusal } = await desk.handIn(consent);
        const answer = { v: 1, device, statement, refusal } as const;
        await send(device, await consentAnswerMessage.seal(answer, gatewayKeyId, privateKey));
        return;
      }
      default: {
        const envelope = await openEnvelope(sealed, device, publicKey);
        const to = distribution.accept(envelope, rotation.name);
        if (to === undefined) {
          this.counts.refused += 1;
          this.#ports.log("gallery.envelope-refused", { device });
          return;
        }
        this.counts.relayed += 1;
        this.#supplySoon(to);
      }
    }
  }

  #inTurn(device: DeviceId, work: () => Promise<void>): void {
    const before = this.#lanes.get(device) ?? Promise.resolve();
    const lane = before.then(work).catch((error) => {
      this.counts.refused += 1;
      this.#ports.log("gallery.failed", { device, code: errorCodeOf(error) ?? "UNEXPECTED" });
    });
    this.#lanes.set(device, lane);
  }
}
