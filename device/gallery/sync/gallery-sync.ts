import { errorCodeOf } from "#contract/errors.ts";
import { openGalleryOrder } from "#contract/gallery-envelope.ts";
import {
  boxKeyMessage,
  consentAnswerMessage,
  grantMessage,
  handedInMessage,
  openForBox,
  standingMessage,
} from "#contract/gallery-messages.ts";
import type { DeviceId, Digest } from "#contract/ids.ts";
import { claimedType } from "#contract/seal.ts";
import { answerGrant } from "./answer-grant.ts";
import { followOrder } from "./follow-order.ts";
import { forgetRow, forgetWaited } from "./forget-row.ts";
import type { GallerySyncPorts } from "./ports.ts";

/** Messages that wait for those before them; beyond that they are dropped, and come again. */
const waitingMax = 64;
const grantsKept = 1_000;

/**
 * A box's side of the galleries: it certifies its key, hands in consents until they are answered, seals
 * people to others on the gateway's grant, and follows the gateway's numbered orders, each once and in
 * turn. Whatever is lost on the way comes again.
 */
export class GallerySync {
  readonly #ports: GallerySyncPorts;
  readonly #grants = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(ports: GallerySyncPorts) {
    this.#ports = ports;
  }

  /** Connected: the gateway is told which key to seal to, and what it has not answered. */
  async connected(): Promise<void> {
    const { identity, service, store, clock, publish, rights } = this.#ports;
    rights.connected();
    forgetWaited(store, clock.wall());
    const { id: device, privateKey, galleryKey } = identity;
    const key = Buffer.from(galleryKey.publicKey).toString("base64url");
    const certified = { v: 1, device, key, service, at: clock.wall() } as const;
    publish(await boxKeyMessage.seal(certified, device, privateKey));
    await this.report();
  }

  /** Hands in what waits for an answer, and pays the events that are owed. */
  async report(): Promise<void> {
    const { identity, store, publish, record } = this.#ports;
    const { id: device, privateKey } = identity;
    await store.consents.pay(record);
    for (const { consent } of store.consents.unanswered) {
      publish(await handedInMessage.seal({ v: 1, device, consent }, device, privateKey));
    }
  }

  /** Takes a message of the gateway's; resolves when it is worked off. Never rejects. */
  async take(sealed: string): Promise<void> {
    if (this.#waiting >= waitingMax) return;
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      try {
        await this.#read(sealed);
      } catch (error) {
        this.#ports.log("gallery.message-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
      } finally {
        this.#waiting -= 1;
      }
    });
    await this.#last;
  }

  async #read(sealed: string): Promise<void> {
    const { identity, gatewayKey, store, rights } = this.#ports;
    const device: DeviceId = identity.id;
    switch (claimedType(sealed)) {
      case "tebura-gallery-standing+jws": {
        const said = await openForBox(standingMessage, sealed, device, gatewayKey);
        const { at, order, sealTo } = said;
        if (sealTo !== undefined) store.consents.keepSealTo(Buffer.from(sealTo, "base64url"));
        // An order that is missing here may be somebody's withdrawal.
        if (order !== store.consents.order) return;
        if (at > store.consents.confirmedAt) store.consents.confirmedAt = at;
        rights.confirmed();
        return;
      }
      case "tebura-gallery-order+jws": {
        const { order, body } = await openGalleryOrder(sealed, device, gatewayKey);
        await followOrder(order, body, this.#ports);
        if (this.#waiting <= 1) await this.#ports.followed();
        return;
      }
      case "tebura-grant+jws": {
        const grant = await openForBox(grantMessage, sealed, device, gatewayKey);
        if (this.#grants.has(grant.grant)) return;
        this.#remember(grant.grant);
        await answerGrant(grant, this.#ports);
        return;
      }
      default: {
        const answer = await openForBox(consentAnswerMessage, sealed, device, gatewayKey);
        await this.#answered(answer.statement, answer.refusal);
      }
    }
  }

  /** A consent that the gateway does not count is none, and nothing may rest on it. */
  async #answered(statement: Digest, refusal: string | null): Promise<void> {
    const { store, record, log } = this.#ports;
    const consent = store.consents.answered(statement);
    if (refusal === null) store.agreed.count(statement);
    if (refusal === null || !consent) return;
    log("consent.refused", { code: refusal });
    const said = JSON.parse(Buffer.from(consent.statement, "base64url").toString("utf8"));
    if (said.act !== "give") return;
    forgetRow({ service: said.service, persons: [said.person], order: 0 }, this.#ports);
    await store.consents.pay(record);
  }

  #remember(grant: string): void {
    this.#grants.add(grant);
    const [oldest] = this.#grants;
    if (this.#grants.size > grantsKept && oldest !== undefined) this.#grants.delete(oldest);
  }
}
