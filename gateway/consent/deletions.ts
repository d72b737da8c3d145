import type { KeyObject } from "node:crypto";
import { randomBytes } from "node:crypto";
import type { ConsentKey } from "#contract/consent.ts";
import { type DeletionCertificate, sealCertificate } from "#contract/deletion-certificate.ts";
import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { GalleriesFile } from "../gallery/galleries-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RegisteredDevice } from "../registry/device-registry.ts";
import { type ConsentBook, keyText } from "../views/consent-book.ts";
import type { GalleryBook, Holding } from "../views/gallery-book.ts";

export interface DeletionPorts {
  readonly file: Pick<GalleriesFile, "certificate" | "keepCertificate">;
  readonly ledger: Pick<Ledger, "sealedAt">;
  readonly clock: { wall(): WallMs };
  readonly privateKey: KeyObject;
  consents(): ConsentBook;
  galleries(): GalleryBook;
  registered(device: DeviceId): RegisteredDevice | undefined;
  /** When the gateway last heard of a box, or undefined since it started. */
  heardAt(device: DeviceId): WallMs | undefined;
  record(body: EventBody): Promise<unknown>;
}

/** Where a deletion stands: "gone from 38 of 40, two not heard from since …". */
export interface DeletionStatus {
  readonly endedAt: WallMs | null;
  readonly gone: number;
  readonly of: number;
  readonly waiting: readonly {
    readonly device: DeviceId;
    /** When the box was last heard of: silence is data. */
    readonly lastHeardAt: WallMs | null;
  }[];
  readonly certified: boolean;
}

/** From the end of a consent to the proof that nothing is left of it. */
export class Deletions {
  readonly #ports: DeletionPorts;
  readonly #holds = new Holds();

  constructor(ports: DeletionPorts) {
    this.#ports = ports;
  }

  /** Refuses CONSENT_UNKNOWN for somebody who never agreed. While a consent stands, nothing has ended. */
  status(key: ConsentKey): Answer<{ deletion: DeletionStatus }> {
    const { consents, clock, heardAt, file } = this.#ports;
    const consent = consents().of(key, clock.wall());
    if (!consent) return unknown();
    const all = this.#boxes(key);
    const waiting = all.filter(({ how }) => how === undefined);
    return {
      ok: true,
      deletion: {
        endedAt: consent.endedAt,
        ...{ gone: all.length - waiting.length, of: all.length },
        waiting: waiting.map(({ device }) => ({ device, lastHeardAt: heardAt(device) ?? null })),
        certified:
          consent.endedAt !== null && file.certificate(keyText(key))?.endedAt === consent.endedAt,
      },
    };
  }

  /**
   * The person's certificate, made when it is asked for first. Refuses CONSENT_UNKNOWN, or DELETION_PENDING
   * while a box has not said that it deleted.
   */
  async certificate(key: ConsentKey): Promise<Answer<{ certificate: string }>> {
    return await this.#holds.while([keyText(key)], async () => {
      const status = this.status(key);
      if (!status.ok) return status;
      const { endedAt, gone, of } = status.deletion;
      if (endedAt === null) {
        return refusal("DELETION_PENDING", "the consent stands: nothing is to be deleted");
      }
      if (gone < of) {
        return refusal(
          "DELETION_PENDING",
          `gone from ${gone} of ${of} boxes; the others have not answered`,
        );
      }
      const { file, record, privateKey } = this.#ports;
      const known = file.certificate(keyText(key));
      if (known?.endedAt === endedAt) return { ok: true, certificate: known.sealed };
      const sealed = await sealCertificate(this.#certificate(key, endedAt), privateKey);
      const { service, person } = key;
      const certificate = digestOf(sealed);
      await record({ type: "gallery.deletion-certified", service, person, boxes: of, certificate });
      file.keepCertificate(keyText(key), endedAt, sealed);
      return { ok: true, certificate: sealed };
    });
  }

  #certificate({ service, person }: ConsentKey, endedAt: WallMs): DeletionCertificate {
    const { clock, ledger } = this.#ports;
    const boxes = this.#boxes({ service, person }).map(({ device, holding, how }) => {
      const { forgot } = holding;
      const sealed = forgot && ledger.sealedAt(device, forgot.sequence);
      const wipedAt = this.#ports.registered(device)?.wipedAt ?? undefined;
      return {
        ...{ device, how: how ?? "deleted", at: forgot?.at ?? wipedAt ?? endedAt },
        statement: sealed === undefined ? null : digestOf(sealed),
        ...{ entry: forgot?.index ?? null, before: forgot?.before ?? null },
        after: forgot?.after ?? null,
      };
    });
    const id = randomBytes(16).toString("base64url");
    return { v: 1, id, service, person, endedAt, certifiedAt: clock.wall(), boxes };
  }

  /** Every box that held or may hold somebody; `how` says why it does not any more. */
  #boxes(key: ConsentKey): readonly {
    readonly device: DeviceId;
    readonly holding: Holding;
    readonly how: "deleted" | "destroyed" | undefined;
  }[] {
    const { galleries, registered } = this.#ports;
    return [...galleries().holders(key)].map(([device, holding]) => {
      if (holding.state === "gone") return { device, holding, how: "deleted" };
      // A box that left the fleet and said that its keys are gone holds noise.
      const isDestroyed = typeof registered(device)?.wipedAt === "number";
      return { device, holding, how: isDestroyed ? "destroyed" : undefined };
    });
  }
}

const unknown = () =>
  refusal("CONSENT_UNKNOWN", "nothing is on record of this person in this service");
