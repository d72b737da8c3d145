import type { KeyObject } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { CalibrationRow, LeadRow } from "#models/calibration.ts";
import type { Clock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import type { Log } from "#runtime/log.ts";
import { MqttLink } from "./delivery/mqtt-link.ts";
import { Outbox } from "./delivery/outbox.ts";
import { Uplink } from "./delivery/uplink.ts";
import { recordLookAlikes } from "./enrolment/record-look-alikes.ts";
import { GalleryStore } from "./gallery/gallery-store.ts";
import { createGalleryIndex, type ExactGalleryIndex } from "./gallery/index/exact.ts";
import { type LoadRequest, loadIndex } from "./gallery/index/load-index.ts";
import { rotatedVision, templateModelOf } from "./gallery/rotated-vision.ts";
import type { DeviceIdentity } from "./identity/identity.ts";
import { followFace } from "./pipeline.ts";
import type { Decision } from "./policy/decide.ts";
import type { Frame, FrameSource } from "./source/frame-source.ts";
import type { CardDesk } from "./step-up/card-desk.ts";
import { NonceStore } from "./step-up/nonce-store.ts";
import { type CardPorts, openCardDesk, type TrustSettings } from "./step-up/open-desk.ts";
import { type FaceTrack, Tracker } from "./tracks/tracker.ts";
import type { Observation, Vision } from "./vision/vision.ts";
import { emptyCounts, watchSource } from "./watch.ts";

export const version = "0.1.0";

export interface ApplianceConfig {
  readonly dataDir: string;
  readonly service: Service;
  readonly policy: ServicePolicy;
  readonly mqttUrl: string;
  readonly gatewayKey: KeyObject;
  readonly calibration: readonly CalibrationRow[];
  readonly leads: readonly LeadRow[];
  /** What a card must be to count here; anchors and lists are read from the folder. */
  readonly cardTrust: Omit<TrustSettings, "trustDir"> & { readonly trustDir?: string | undefined };
  /** A live box reports its start and its camera's troubles; a batch over files only decisions. */
  readonly reportsItself: boolean;
}

export interface AppliancePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  random(): number;
  readonly identity: DeviceIdentity;
  readonly vision: Vision;
  readonly source: FrameSource;
  clockQuality(): Event["clock"];
  /** Called for every frame; its pixels are free again when this resolves. */
  onFrame(faces: readonly Observation[], frame: Frame): Promise<void>;
  onDecision(decision: Decision): void;
  /** The card reader and who stands before it; left out where nobody can put a card down. */
  readonly cards?: CardPorts;
}

const dayMs = 86_400_000;

/** Where a box keeps what. */
export function deviceFiles(dataDir: string) {
  return {
    gallery: join(dataDir, "gallery.db"),
    backup: join(dataDir, "gallery.backup.db"),
    outbox: join(dataDir, "outbox.db"),
    nonces: join(dataDir, "nonces.db"),
    trust: join(dataDir, "trust"),
  };
}

/** The appliance: one source, one service, one gallery, one outbox. */
export class Appliance implements AsyncDisposable {
  readonly counts = emptyCounts();
  /** Its templates are rotated by the deployment's secret: the only ones that this box keeps. */
  readonly vision: Vision;
  readonly gallery: GalleryStore;
  readonly index: ExactGalleryIndex;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly #config: ApplianceConfig;
  readonly #ports: AppliancePorts;
  readonly #tracker = new Tracker();
  readonly #nonces: NonceStore;
  #desk: CardDesk | undefined;
  #expected: ReadonlySet<PersonId> | undefined;
  readonly #parts = new Disposables();
  #framesBefore = { at: 0, frames: 0 };

  /** Opens the box's files. Throws what the gallery and the outbox throw. */
  constructor(config: ApplianceConfig, ports: AppliancePorts) {
    this.#config = config;
    this.#ports = ports;
    const files = deviceFiles(config.dataDir);
    const { identity, clock } = ports;
    const vision = rotatedVision(ports.vision, identity.rotationSeed);
    this.vision = this.#parts.use(vision);
    this.gallery = new GalleryStore({
      path: files.gallery,
      key: identity.storageKey,
      model: templateModelOf(vision.model, identity.rotationSeed),
      dimensions: vision.dimensions,
      wall: () => clock.wall(),
    });
    this.#parts.defer(() => this.gallery[Symbol.dispose]());
    this.index = createGalleryIndex({ dimensions: vision.dimensions, source: this.gallery });
    this.#parts.defer(() => this.index[Symbol.dispose]());
    this.outbox = new Outbox({
      path: files.outbox,
      device: identity.id,
      privateKey: identity.privateKey,
      wall: () => clock.wall(),
      clockQuality: ports.clockQuality,
    });
    this.#parts.defer(() => this.outbox[Symbol.dispose]());
    this.#nonces = new NonceStore(files.nonces);
    this.#parts.defer(() => this.#nonces[Symbol.dispose]());
    const { id: device, privateKey } = identity;
    const { log, random } = ports;
    this.uplink = new Uplink({
      link: new MqttLink({ url: config.mqttUrl, device, privateKey, log, random }),
      device,
      privateKey,
      gatewayKey: config.gatewayKey,
      outbox: this.outbox,
      clock,
      log,
      health: () => this.health(),
      onLease: (lease) => this.#nonces.add(lease, clock.wall()),
    });
    this.#parts.use(this.uplink);
  }

  /** This box's id. */
  get device(): DeviceId {
    return this.#ports.identity.id;
  }

  /** Puts people of the gallery into the index: everybody, or only those in `only`. */
  async loadIndex(
    signal: AbortSignal,
    { only, progress }: Pick<LoadRequest, "only" | "progress"> = {},
  ): Promise<void> {
    const request = { templates: this.gallery.load(), expected: this.gallery.templateCount };
    await loadIndex(
      this.index,
      { ...request, ...(only ? { only } : {}), ...(progress ? { progress } : {}) },
      signal,
    );
  }

  /**
   * Looks for these people first: a class, a tour's passengers, a shelter's district. Returns how many
   * of the names are enrolled; a name that is not is no error, since its card may be.
   */
  expect(names: readonly string[]): number {
    const people = names.map((name) => this.gallery.find(name)).filter((one) => one !== undefined);
    this.#expected = new Set(people);
    return this.#expected.size;
  }

  /**
   * Finds whom of these the gallery could mistake for somebody else, and remembers the pairs, so that
   * a doubt between them goes to the card. Returns how many pairs there are. The index is loaded.
   */
  async recordLookAlikes(people: readonly PersonId[]): Promise<number> {
    const { index, gallery } = this;
    return await recordLookAlikes(
      { index, gallery, calibration: this.#config.calibration },
      people,
    );
  }

  /** A copy of the gallery beside it, at most once a day; a damaged gallery is restored from it. */
  backUpDaily(): void {
    const { clock, log } = this.#ports;
    const { gallery, backup } = deviceFiles(this.#config.dataDir);
    const made = statSync(backup, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (clock.wall() - made < dayMs || !existsSync(gallery)) return;
    this.gallery.backup(backup);
    log("gallery.backed-up", { people: this.index.people });
  }

  /** Adds a newly enrolled person, and looks again at whoever stands at the door. */
  welcome(person: PersonId, template: Float32Array): void {
    this.index.add(person, template);
    this.#tracker.reset();
  }

  /** Connects, and watches the source until it ends or `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, clock } = this.#ports;
    const { vision } = this;
    const { service } = this.#config;
    await this.uplink.start();
    if (this.#config.reportsItself) {
      await this.outbox.append({ type: "device.started", version, service });
      this.#parts.defer(source.onState((state) => this.#reportSource(state)));
    }
    this.#desk = this.#openDesk();
    const path = {
      ...{ service, policy: this.#config.policy, calibration: this.#config.calibration },
      leads: this.#config.leads,
      templatesOf: this.gallery.templatesOf.bind(this.gallery),
      model: vision.model,
      gallery: this.index,
      expected: this.#expected,
      areLookAlikes: this.gallery.areLookAlikes.bind(this.gallery),
      pseudonymOf: (person: PersonId) => this.#ports.identity.pseudonymOf(service, person),
      record: this.outbox.append.bind(this.outbox),
      act: (decision: Decision, _track: FaceTrack, sequence: number) => {
        const asks = decision.outcome === "ask-card";
        if (asks) this.#desk?.ask({ sequence, likely: decision.likely });
        // While somebody has a card on the reader, the screen is theirs.
        if (!this.#desk?.isBusy) this.#ports.onDecision(decision);
      },
    };
    const watch = {
      ...{ source, vision, tracker: this.#tracker },
      monotonic: () => clock.monotonic(),
      follow: (track: FaceTrack) => followFace(track, path),
      onFrame: this.#ports.onFrame,
    };
    await watchSource(watch, this.counts, signal);
  }

  health(): Health {
    const { identity, source, clock } = this.#ports;
    const now = clock.monotonic();
    const seconds = Math.max(0.001, (now - this.#framesBefore.at) / 1_000);
    const framesPerSecond = (this.counts.frames - this.#framesBefore.frames) / seconds;
    this.#framesBefore = { at: now, frames: this.counts.frames };
    return {
      v: 1,
      device: identity.id,
      at: clock.wall(),
      version,
      service: this.#config.service,
      source: source.kind,
      sourceState: source.state,
      sequence: this.outbox.lastSequence,
      outboxDepth: this.outbox.depth,
      framesPerSecond: Math.round(framesPerSecond * 10) / 10,
      framesDropped: source.droppedCount,
      galleryPeople: this.index.people,
      cardReader: this.#cardReader(),
      nonces: this.#nonces.lasting(clock.wall()),
      ...(this.uplink.lastRefusal ? { refusal: this.uplink.lastRefusal } : {}),
    };
  }

  #cardReader(): Health["cardReader"] {
    const readers = this.#ports.cards?.readers;
    if (!readers || readers.names.length === 0) return "none";
    return readers.isVirtual ? "virtual" : "ready";
  }

  #openDesk(): CardDesk | undefined {
    const { cards, clock, log, identity, onDecision } = this.#ports;
    if (!cards) return undefined;
    const { service, policy, cardTrust, dataDir } = this.#config;
    const desk = openCardDesk({
      ...{ cards, clock, log, identity, service, policy, nonces: this.#nonces },
      cardTrust: { ...cardTrust, trustDir: cardTrust.trustDir ?? deviceFiles(dataDir).trust },
      links: this.gallery.cards,
      record: this.outbox.append.bind(this.outbox),
      act: onDecision,
    });
    return this.#parts.use(desk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }

  #reportSource(state: FrameSource["state"]): void {
    const { source, log } = this.#ports;
    log("source.changed", { source: source.kind, state });
    this.outbox
      .append({ type: "source.changed", source: source.kind, state })
      .catch(() => log("outbox.failed", { state }));
  }
}
