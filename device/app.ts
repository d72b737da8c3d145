import { existsSync, statSync } from "node:fs";
import type { Evidence } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, PersonId } from "#contract/ids.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import { Disposables } from "#runtime/disposables.ts";
import { plainKeyStore } from "#runtime/key-store/vault.ts";
import { type ApplianceConfig, type AppliancePorts, deviceFiles } from "./appliance-ports.ts";
import type { ConsentedGallery } from "./consent/consented-gallery.ts";
import { openConsentedGallery } from "./consent/open-consented.ts";
import { DecisionRecorder } from "./delivery/decision-recorder.ts";
import { GatewayClock } from "./delivery/gateway-clock.ts";
import { MqttLink } from "./delivery/mqtt-link.ts";
import { Outbox } from "./delivery/outbox.ts";
import { UnrecordedTally } from "./delivery/unrecorded-tally.ts";
import { Uplink } from "./delivery/uplink.ts";
import { BoxServices } from "./duty/box-services.ts";
import { recordLookAlikes } from "./enrolment/record-look-alikes.ts";
import { Standing } from "./fleet/standing.ts";
import { GalleryStore } from "./gallery/gallery-store.ts";
import { createGalleryIndex, type ExactGalleryIndex } from "./gallery/index/exact.ts";
import { type LoadRequest, loadIndex } from "./gallery/index/load-index.ts";
import { type RotatedVision, rotatedVision, templateModelOf } from "./gallery/rotated-vision.ts";
import { Governor } from "./governor/governor.ts";
import { heldProbe } from "./match/held-probe.ts";
import { followFace } from "./pipeline.ts";
import type { Decision } from "./policy/decision.ts";
import type { FrameSource } from "./source/frame-source.ts";
import type { CardDesk } from "./step-up/card-desk.ts";
import { NonceStore } from "./step-up/nonce-store.ts";
import { openCardDesk, type TrustSettings } from "./step-up/open-desk.ts";
import { openTracker } from "./tracks/open-tracker.ts";
import type { FaceTrack } from "./tracks/tracker.ts";
import { emptyCounts, watchSource } from "./watch.ts";

export const version = "0.1.0";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** A clock that is off by less was right. */
const clockOffMsMin = 1_000;

/** The appliance: one source, one service, one gallery, one outbox. */
export class Appliance implements AsyncDisposable {
  readonly counts = emptyCounts();
  /** Its templates are rotated by the deployment's secret: the only ones that this box keeps. */
  readonly vision: RotatedVision;
  readonly gallery: GalleryStore;
  readonly index: ExactGalleryIndex;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  /** Where people are enrolled on signed consents only; undefined in a trial. */
  readonly consented: ConsentedGallery | undefined;
  /** The lists, duties and end of the box's service. */
  readonly services: BoxServices;
  readonly #config: ApplianceConfig;
  readonly #ports: AppliancePorts;
  readonly #watching: ReturnType<typeof openTracker>;
  readonly #nonces: NonceStore;
  readonly #recorder: DecisionRecorder;
  readonly #standing: Standing;
  readonly #clock: GatewayClock;
  readonly #governor: Governor | undefined;
  /** From this event on the gateway's time was not known. */
  #untimedSince: number;
  #desk: CardDesk | undefined;
  #expected: ReadonlySet<PersonId> | undefined;
  readonly #parts = new Disposables();
  #framesBefore = { at: 0, frames: 0 };

  /** Opens the box's files. Throws what the gallery and the outbox throw. */
  constructor(config: ApplianceConfig, given: AppliancePorts) {
    this.#config = config;
    this.#watching = openTracker(config.policy, config.calibration);
    this.#clock = new GatewayClock({
      ...{ clock: given.clock, systemQuality: given.clockQuality },
      onSet: (offsetMs) => this.#clockSet(offsetMs),
      onLost: () => {
        this.#untimedSince = this.outbox.lastSequence + 1;
      },
    });
    const ports = { ...given, clock: this.#clock };
    this.#ports = ports;
    const files = deviceFiles(config.dataDir);
    const { identity, clock } = ports;
    const vision = rotatedVision(ports.vision, identity.rotationSeed);
    this.vision = this.#parts.use(vision);
    this.gallery = new GalleryStore({
      ...{ path: files.gallery, key: identity.storageKey, dimensions: vision.dimensions },
      model: templateModelOf(vision.model, identity.rotationSeed),
      wall: () => clock.wall(),
      isOver: () => this.services.isOver,
    });
    this.#parts.defer(() => this.gallery[Symbol.dispose]());
    this.index = createGalleryIndex({ dimensions: vision.dimensions, source: this.gallery });
    this.#parts.defer(() => this.index[Symbol.dispose]());
    this.outbox = new Outbox({
      ...{ path: files.outbox, device: identity.id, privateKey: identity.privateKey },
      wall: () => clock.wall(),
      clockQuality: () => this.#clock.quality,
    });
    this.#parts.defer(() => this.outbox[Symbol.dispose]());
    const { outbox } = this;
    const tally = new UnrecordedTally(files.unrecorded);
    this.#parts.defer(() => tally[Symbol.dispose]());
    this.#recorder = new DecisionRecorder({
      ...{ outbox, tally, service: config.service, log: ports.log, wall: () => clock.wall() },
    });
    this.services = this.#openServices(files.backup);
    this.#nonces = new NonceStore(files.nonces);
    this.#parts.defer(() => this.#nonces[Symbol.dispose]());
    const { id: device, privateKey } = identity;
    const { log, random } = ports;
    const { dataDir, membership, mqttUrl: url } = config;
    this.#standing = new Standing({
      ...{ dataDir, membership, privateKey, clock, log },
      isConnected: () => this.uplink.isConnected,
    });
    this.#parts.use(this.#standing);
    const link = new MqttLink({ url, device, privateKey, log, random, ...this.#standing.tls });
    this.uplink = new Uplink({
      link,
      ...{ device, privateKey, gatewayKey: config.gatewayKey, outbox, clock, log },
      health: () => this.health(),
      onLease: (lease) => this.#nonces.add(lease, clock.wall()),
      onList: (sealed) => this.services.lists.take(sealed),
      onPolicy: (sealed) => this.services.takePolicy(ports.policies, sealed),
      onLeave: () => this.#standing.leave(),
      onTime: (answer) => this.#clock.answered(answer),
      gallery: {
        take: async (sealed) => await this.consented?.sync.take(sealed),
        connected: async () => await this.consented?.sync.connected(),
      },
    });
    this.#parts.use(this.uplink);
    this.consented = this.#openConsented(link);
    this.#untimedSince = this.outbox.lastSequence + 1;
    this.#governor = this.#openGovernor();
  }

  #openGovernor(): Governor | undefined {
    const { hostProbe: probe, clock, log, source } = this.#ports;
    if (!probe || !source.live) return undefined;
    const droppedCount = () => source.droppedCount;
    return this.#parts.use(new Governor({ clock, probe, log, droppedCount }));
  }

  /** This box's id. */
  get device(): DeviceId {
    return this.#ports.identity.id;
  }

  /** Puts people of the gallery into the index: everybody, or only those in `only`. */
  async loadIndex(
    signal: AbortSignal,
    { only: asked, progress }: Pick<LoadRequest, "only" | "progress"> = {},
  ): Promise<void> {
    const only = this.consented?.people ?? asked;
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
    this.lookAgain();
  }

  /** Looks anew at whoever stands before the camera already. */
  lookAgain(): void {
    this.#watching.tracker.reset();
  }

  /**
   * Connects, and watches the source until it ends or `signal` aborts. Throws DEVICE_REVOKED when the
   * gateway has told this box to leave: its keys are destroyed by then.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#run(AbortSignal.any([signal, this.#standing.left]));
    await this.#standing.refuseWhenLeft();
  }

  /** Runs, and stays when the source has ended, so that what is left can be delivered and seen. */
  async stay(signal: AbortSignal): Promise<void> {
    await this.run(signal);
    const end = AbortSignal.any([signal, this.#standing.left]);
    while (!end.aborted) await this.#ports.clock.sleep(hourMs, end).catch(() => undefined);
    await this.#standing.refuseWhenLeft();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { source, clock } = this.#ports;
    const { vision, services, gallery } = this;
    const config = this.#config;
    const { service, calibration, leads } = config;
    await this.uplink.start();
    this.#standing.start();
    await this.services.start();
    if (config.reportsItself) {
      await this.outbox.append({ type: "device.started", version, service });
      this.#parts.defer(source.onState((state) => this.#reportSource(state)));
    }
    this.#desk = this.#openDesk();
    const templatesOf = gallery.templatesOf.bind(gallery);
    const note = gallery.scores.note.bind(gallery.scores);
    const path = {
      ...{ service, calibration, leads, templatesOf, recognised: note },
      get policy() {
        return services.policy(config.policy);
      },
      model: vision.model,
      gallery: this.consented?.rights.guard(this.index) ?? this.index,
      expected: this.#expected,
      areLookAlikes: gallery.areLookAlikes.bind(gallery),
      pseudonymOf: (person: PersonId) => this.#ports.identity.pseudonymOf(service, person),
      record: this.#recorder.record.bind(this.#recorder),
      missed: this.#recorder.missed.bind(this.#recorder),
      act: (
        decision: Decision,
        { template }: FaceTrack,
        sequence: number | undefined,
        instead?: Alternative,
        seen?: Evidence,
      ) => {
        const { likely, held: face, outcome } = decision;
        if (outcome === "ask-card" && sequence !== undefined && this.#desk) {
          const probe = template && heldProbe(template, { calibration, templatesOf, note });
          this.#desk.ask({ sequence, likely, face, seen, probe });
        }
        // While somebody has a card on the reader, the screen is theirs.
        if (!this.#desk?.isBusy) this.#ports.onDecision(decision, instead);
      },
    };
    const watch = {
      ...{ source, vision, ...this.#watching, governor: this.#governor },
      monotonic: () => clock.monotonic(),
      async follow(track: FaceTrack) {
        const turn = services.duty.begin();
        if (turn && turn.wantsFaces !== false) await followFace(track, path, turn);
      },
      onFrame: this.#ports.onFrame,
    };
    this.#governor?.start();
    await watchSource(watch, this.counts, signal);
  }

  health(): Health {
    const { identity, source, clock } = this.#ports;
    const now = clock.monotonic();
    const timeNonce = this.#clock.question();
    const seconds = Math.max(0.001, (now - this.#framesBefore.at) / 1_000);
    const framesPerSecond = (this.counts.frames - this.#framesBefore.frames) / seconds;
    this.#framesBefore = { at: now, frames: this.counts.frames };
    return {
      v: 1,
      device: identity.id,
      ...{ at: clock.wall(), version, clock: this.#clock.quality },
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
      ...this.services.health,
      ...this.#ports.policies?.health(),
      ...(this.#recorder.refusal ? { unrecordable: this.#recorder.refusal } : {}),
      ...(this.#governor ? this.#governor.health() : {}),
      ...(timeNonce === undefined ? {} : { timeNonce }),
      ...(this.consented ? { gallery: this.consented.health } : {}),
      ...(this.uplink.lastRefusal ? { refusal: this.uplink.lastRefusal } : {}),
      ...(this.#standing.left.aborted ? { wiped: true as const } : {}),
    };
  }

  /** What was signed stays; the record says by how much it was off. */
  #clockSet(offsetMs: number): void {
    const { log } = this.#ports;
    const since = this.#untimedSince;
    if (Math.abs(offsetMs) < clockOffMsMin || this.outbox.lastSequence < since) return;
    log("clock.set", { offsetMs });
    this.outbox
      .append({ type: "clock.set", since, offsetMs })
      .catch(() => log("outbox.failed", { state: "clock.set" }));
  }

  #cardReader(): Health["cardReader"] {
    const readers = this.#ports.cards?.readers;
    if (!readers || readers.names.length === 0) return "none";
    return readers.isVirtual ? "virtual" : "ready";
  }

  #openConsented(link: MqttLink): ConsentedGallery | undefined {
    const { consent: settings, service, dataDir, gatewayKey, policy, membership } = this.#config;
    if (settings?.rule !== "signed") return undefined;
    return openConsentedGallery({
      ...this.#ports,
      ...{ service, settings, gatewayKey, dataDir, vision: this.vision, index: this.index },
      ...{ store: this.gallery, backup: deviceFiles(dataDir).backup, cardTrust: this.#cardTrust },
      ...{ factor: policy.card.factor, keyStore: membership?.store ?? plainKeyStore },
      ...{ timeZone: this.services.timeZone, cards: () => this.#desk },
      publish: (sealed) => link.publishGalleryReport(sealed),
      followed: async () => await this.uplink.sayHealth(),
      record: this.outbox.append.bind(this.outbox),
      onChanged: () => this.#watching.tracker.reset(),
    });
  }

  get #cardTrust(): TrustSettings {
    const { cardTrust, dataDir } = this.#config;
    return { ...cardTrust, trustDir: cardTrust.trustDir ?? deviceFiles(dataDir).trust };
  }

  #openServices(backup: string): BoxServices {
    const { gallery, outbox } = this;
    const { dataDir, service, services: config = {}, gatewayKey } = this.#config;
    const { identity, log, phone } = this.#ports;
    return this.#parts.use(
      new BoxServices({
        ...{ phone, dataDir, service, config, gatewayKey, identity, gallery, outbox, log, backup },
        clock: this.#clock,
        policy: () => this.#config.policy,
        removed: (person) => this.index.remove(person),
        publishHandover: (sealed) => this.uplink.publishHandover(sealed),
        lookAgain: () => this.lookAgain(),
      }),
    );
  }

  #openDesk(): CardDesk | undefined {
    const { cards, clock, log, identity, onDecision } = this.#ports;
    if (!cards) return undefined;
    const config = this.#config;
    const { services, gallery } = this;
    const { service, cardsSpeak = false } = config;
    const desk = openCardDesk({
      ...{ cards, clock, log, identity, service, nonces: this.#nonces, duty: services.duty },
      get policy() {
        return services.policy(config.policy);
      },
      ...{ cardTrust: this.#cardTrust, links: gallery.cards, cardsSpeak },
      isHere: (person) => gallery.consents.of(person).length > 0,
      record: this.#recorder.record.bind(this.#recorder),
      missed: this.#recorder.missed.bind(this.#recorder),
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
