import type { KeyObject } from "node:crypto";
import { rmSync } from "node:fs";
import type { EventBody } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { PersonId } from "#contract/ids.ts";
import { rotationName } from "#contract/rotation-name.ts";
import type { Service } from "#contract/services.ts";
import { type ConsentSettings, galleryAgeMsMax } from "#firmware-config/consent.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { ExactGalleryIndex } from "../gallery/index/exact.ts";
import { GalleryRights } from "../gallery/rights.ts";
import { GallerySync } from "../gallery/sync/gallery-sync.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { CardDesk } from "../step-up/card-desk.ts";
import type { CardTrust } from "../step-up/examine-card.ts";
import { ConsentDesk } from "./consent-desk.ts";

export interface ConsentedGalleryPorts {
  readonly identity: DeviceIdentity;
  readonly service: Service;
  readonly settings: ConsentSettings;
  readonly timeZone: string;
  readonly gatewayKey: KeyObject;
  readonly store: GalleryStore;
  readonly index: ExactGalleryIndex;
  readonly dimensions: number;
  readonly backup: string;
  readonly rules: CardTrust;
  readonly factor: "pin" | "possession";
  readonly clock: Clock;
  readonly log: Log;
  readonly cards: () => Pick<CardDesk, "lend"> | undefined;
  publish(sealed: string): void;
  record(body: EventBody): Promise<{ readonly sequence: number }>;
  /** Puts gallery, vision and index through another rotation. */
  rekey(seed: Uint8Array): number;
  /** Says to the gateway how the gallery is. */
  followed(): Promise<void>;
  /** Faces that were seen before are looked at again. */
  onChanged(): void;
}

/** A gallery that goes by signed consents: who may be matched, how it is kept in step, where people sign. */
export class ConsentedGallery {
  readonly rights: GalleryRights;
  readonly sync: GallerySync;
  readonly desk: ConsentDesk;
  readonly #ports: ConsentedGalleryPorts;

  constructor(ports: ConsentedGalleryPorts) {
    this.#ports = ports;
    const { store, service, clock, settings } = ports;
    const ageMsMax = galleryAgeMsMax(settings, service);
    this.rights = new GalleryRights({ rows: store.consents, service, clock, ageMsMax });
    const onChanged = (person: PersonId) => this.#changed(person);
    this.sync = new GallerySync({
      ...ports,
      rights: this.rights,
      onChanged,
      rekey: (seed) => ({ rotation: rotationName(seed), templates: ports.rekey(seed) }),
    });
    const named = {
      ...{ rule: settings.signature, gatewayKey: () => store.consents.sealTo },
      rules: { ...ports.rules, policies: settings.signaturePolicies },
    };
    this.desk = new ConsentDesk({ ...ports, named, onChanged, report: () => this.sync.report() });
  }

  /** Whom the index holds: nobody without a consent for what this box serves. */
  get people(): ReadonlySet<PersonId> {
    const { store, service, clock } = this.#ports;
    return store.consents.standing(service, clock.wall());
  }

  /** What the box says of its gallery with each heartbeat. */
  get health(): NonNullable<Health["gallery"]> {
    const { consents, model } = this.#ports.store;
    return {
      order: consents.order,
      state: consents.state.digest,
      rows: consents.state.rows,
      rotation: model.slice(model.lastIndexOf("+") + 1),
      confirmedAt: consents.confirmedAt,
    };
  }

  /** Brings the index in line with what the store holds of a person, at once. */
  #changed(person: PersonId): void {
    const { index, store, service, clock, backup, onChanged } = this.#ports;
    index.remove(person);
    if (store.consents.mayMatch(person, service, clock.wall())) {
      for (const template of store.templatesOf(person)) {
        index.add(person, template);
        template.fill(0);
      }
    } else {
      // Whoever is forgotten must not come back from yesterday's copy.
      rmSync(backup, { force: true });
    }
    onChanged();
  }
}
