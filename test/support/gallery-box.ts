import { cpSync } from "node:fs";
import { join } from "node:path";
import type { DeviceId, PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { CardChannel, SigningCard } from "#device/card/card.ts";
import { openTrialAuthority, trialPolicies } from "#device/card/virtual/trial-authority.ts";
import type { ConsentedGallery } from "#device/consent/consented-gallery.ts";
import { openConsentedGallery } from "#device/consent/open-consented.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import { joinFleet } from "#device/fleet/join.ts";
import { Membership } from "#device/fleet/membership.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { createGalleryIndex, type ExactGalleryIndex } from "#device/gallery/index/exact.ts";
import { rotatedVision, templateModelOf } from "#device/gallery/rotated-vision.ts";
import { openIdentity } from "#device/identity/identity.ts";
import type { Vision } from "#device/vision/vision.ts";
import { consentSettingsSchema } from "#firmware-config/consent.ts";
import type { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { silentLog } from "#runtime/log.ts";
import { invitationTo } from "./fleet.ts";
import { SoftCard } from "./soft-card.ts";

export const dimensions = 128;

/** A card of an authority of its own, which box and gateway are told to trust. */
export function trialCard(folder: string): { readonly card: SoftCard; readonly trustDir: string } {
  const { card, trustDir } = openTrialAuthority(folder, () => systemClock.wall());
  const { certificate: der, key } = card.authentication;
  const nameless = { name: new Uint8Array(), serial: 1 };
  return { card: new SoftCard({ der, key, ...nameless }), trustDir };
}

/** Puts a trial card's authority where a gateway or box of this folder looks for anchors and lists. */
export function trustIn(dataDir: string, trustDir: string): void {
  cpSync(trustDir, join(dataDir, "trust"), { recursive: true });
}

export interface BoxOptions {
  readonly folder: string;
  readonly id: string;
  readonly service: Service;
  readonly services?: readonly Service[];
  readonly trustDir: string;
  /** What the wall clock is ahead by, in milliseconds; read each time. */
  readonly aheadMs?: () => number;
  /** Where the broker is found, if something stands before it. */
  readonly brokerUrl?: (url: string) => string;
}

/**
 * A box without a camera: identity, outbox, uplink, gallery, index and consents are the appliance's own,
 * over the real broker with TLS; a face is a vector.
 */
export class GalleryBox implements AsyncDisposable {
  readonly consented: ConsentedGallery;
  readonly store: GalleryStore;
  readonly index: ExactGalleryIndex;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly dataDir: string;
  /** The card that is put down when one is asked for. */
  card: SigningCard | undefined;
  /** What is given for the password of its signing key; undefined by somebody who goes on without. */
  password: string | undefined;
  /** What somebody does once their card was served: another may be put down in its place. */
  onServed: (() => Promise<void>) | undefined;
  /** How the rest of that card is spoken to. */
  channel: CardChannel = { transmit: async () => Uint8Array.of(0x6a, 0x82) };
  readonly #vision: ReturnType<typeof rotatedVision>;
  readonly #parts = new Disposables();

  /** Joins the fleet of a running gateway, if it has not yet. */
  static async open(running: { readonly gateway: Gateway }, options: BoxOptions) {
    const dataDir = join(options.folder, options.id);
    if (!Membership.of(dataDir)) {
      await joinFleet(dataDir, options.id as DeviceId, invitationTo(running, options.id));
    }
    return new GalleryBox(dataDir, options, new Membership(dataDir));
  }

  constructor(dataDir: string, options: BoxOptions, membership: Membership) {
    this.dataDir = dataDir;
    const { service, services = [], trustDir, aheadMs = () => 0 } = options;
    const { brokerUrl = (url: string) => url } = options;
    const clock = { ...systemClock, wall: () => (systemClock.wall() + aheadMs()) as WallMs };
    const identity = openIdentity(dataDir);
    const { id: device, privateKey } = identity;
    this.#vision = this.#parts.use(rotatedVision(seeing, identity.rotationSeed));
    this.store = new GalleryStore({
      path: join(dataDir, "gallery.db"),
      ...{ key: identity.storageKey, dimensions, wall: () => clock.wall() },
      model: templateModelOf(seeing.model, identity.rotationSeed),
    });
    this.#parts.defer(() => this.store[Symbol.dispose]());
    this.index = createGalleryIndex({ dimensions, source: this.store });
    this.#parts.defer(() => this.index[Symbol.dispose]());
    this.outbox = new Outbox({
      ...{ path: join(dataDir, "outbox.db"), device, privateKey },
      ...{ wall: () => clock.wall(), clockQuality: () => "synced" as const },
    });
    this.#parts.defer(() => this.outbox[Symbol.dispose]());
    const link = new MqttLink({
      ...{ device, privateKey, log: silentLog, random: () => 0.5 },
      url: brokerUrl(membership.member.brokerUrl),
      credentials: () => membership.credentials,
    });
    this.uplink = new Uplink({
      ...{ link, device, privateKey, gatewayKey: membership.gatewayKey, outbox: this.outbox },
      ...{ clock, log: silentLog, health: () => this.#health(device, service, clock.wall()) },
      ...{
        onList: async () => undefined,
        onLease: () => undefined,
        onLeave: () => undefined,
        onTime: () => undefined,
      },
      gallery: {
        take: async (sealed) => await this.consented.sync.take(sealed),
        connected: async () => await this.consented.sync.connected(),
      },
    });
    this.consented = openConsentedGallery({
      ...{ identity, service, dataDir, clock, log: silentLog, store: this.store },
      timeZone: "Asia/Tokyo",
      settings: consentSettingsSchema.parse({ rule: "signed", services }),
      ...{ gatewayKey: membership.gatewayKey, keyStore: membership.store },
      ...{ vision: this.#vision, index: this.index, backup: join(dataDir, "gallery.backup.db") },
      cardTrust: {
        policies: [trialPolicies.authentication],
        crlAgeMsMax: 72 * 3_600_000,
        trustDir,
      },
      factor: "pin",
      cards: () => ({ lend: async (errand) => await this.#putDown(errand) }),
      publish: (sealed) => link.publishGalleryReport(sealed),
      record: (body) => this.outbox.append(body),
      followed: () => this.uplink.sayHealth(),
      onChanged: () => undefined,
    });
  }

  async start(): Promise<void> {
    for (const person of this.consented.people) this.#fill(person);
    await this.uplink.start();
    this.#parts.use(this.uplink);
  }

  /** Enrols a face on a consent that the card signs. */
  async enrol(name: string, face: Float32Array, card: SigningCard): Promise<PersonId> {
    this.card = card;
    const template = await this.#rotated(face);
    const { signal } = new AbortController();
    const { desk } = this.consented;
    const request = { name, templates: [template], agreed: desk.asked };
    return (await desk.enrol(request, signal)).person;
  }

  async withdraw(card: SoftCard): Promise<number> {
    this.card = card;
    return await this.consented.desk.withdraw(new AbortController().signal);
  }

  /** Whom the box would name for a face now; undefined for nobody. */
  async recognises(face: Float32Array): Promise<PersonId | undefined> {
    const probe = await this.#rotated(face);
    const [best] = await this.consented.rights.guard(this.index).search(probe, 1);
    return best && best.similarity > 0.9 ? best.person : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }

  async #rotated(face: Float32Array): Promise<Float32Array> {
    return await this.#vision.describe(face as never, undefined as never);
  }

  #fill(person: PersonId): void {
    for (const template of this.store.templatesOf(person)) this.index.add(person, template);
  }

  async #putDown(errand: Parameters<ReturnType<NonNullable<Cards>>["lend"]>[0]): Promise<boolean> {
    const { card } = this;
    if (!card) return false;
    const askPin: Parameters<typeof errand.serve>[1] = async ({ secret }) => {
      const given = secret === "password" ? this.password : "1234";
      return given === undefined ? undefined : Uint8Array.from(Buffer.from(given));
    };
    await errand.serve(card, askPin, this.channel);
    await this.onServed?.();
    return true;
  }

  #health(device: DeviceId, service: Service, at: WallMs) {
    return {
      ...({ v: 1, device, at, version: "test", service, source: "images" } as const),
      ...{ sourceState: "streaming", sequence: this.outbox.lastSequence },
      ...{ outboxDepth: this.outbox.depth, framesPerSecond: 0, framesDropped: 0 },
      ...({ galleryPeople: this.index.people, cardReader: "none", nonces: 0 } as const),
      gallery: this.consented.health,
    };
  }
}

type Cards = () => { lend(errand: Parameters<LendOf>[0]): Promise<boolean> };
type LendOf = import("#device/step-up/card-desk.ts").CardDesk["lend"];

/** Vision to which a face is its template. */
const seeing: Vision = {
  ...{ model: "made-faces", dimensions, calibration: [], leads: [] },
  detect: async () => ({ faces: [], detectMs: 0, landmarksMs: 0 }),
  follow: async () => ({ faces: [], detectMs: 0, landmarksMs: 0 }),
  describe: async (image) => Float32Array.from(image as unknown as Float32Array),
  scoreSpoof: async () => ({}) as never,
  async [Symbol.asyncDispose]() {},
};
