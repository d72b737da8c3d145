import type { KeyObject } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { DeviceId, PersonId, Pseudonym } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { Appliance } from "#device/app.ts";
import { deviceFiles } from "#device/appliance-ports.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { VirtualReaders } from "#device/card/virtual/virtual-readers.ts";
import { enrolPeople } from "#device/enrolment/enrol.ts";
import { readPersonFolders } from "#device/enrolment/photo-folder.ts";
import type { Membership } from "#device/fleet/membership.ts";
import type { DeviceIdentity } from "#device/identity/identity.ts";
import { GuidedEnrolment } from "#device/kiosk/guided-enrolment.ts";
import { keepPerson } from "#device/kiosk/keep-person.ts";
import { PinPad } from "#device/kiosk/pin-pad.ts";
import { OperatorGate, operatorKey } from "#device/operator/operator-key.ts";
import { mountOperator } from "#device/operator/operator-routes.ts";
import type { Decision } from "#device/policy/decision.ts";
import { PolicyShelf } from "#device/policy/policy-shelf.ts";
import { KioskSource } from "#device/source/kiosk.ts";
import { readImage } from "#device/source/read-image.ts";
import type { PhoneVerifier } from "#device/till/phone-verifier.ts";
import { createVision } from "#device/vision/vision.ts";
import { type BoxDuties, boxDutiesSchema } from "#firmware-config/box-duties.ts";
import { shippedRules } from "#firmware-config/city-rules.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import { policyAt, tableOf } from "#firmware-config/policy-table.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { silentLog } from "#runtime/log.ts";
import { KioskUnderTest } from "./kiosk-under-test.ts";
import { faceJpeg, movingViews, writeFace } from "./made-images.ts";
import type { TrialCards } from "./trial-cards.ts";

const shippedTable = tableOf({});

export interface BoxOptions {
  readonly duties?: Omit<Partial<BoxDuties>, "timeZone">;
  readonly policy?: ServicePolicy;
  readonly serviceTerms?: ServiceTerms;
  readonly clock?: Clock;
  readonly clockQuality?: "unsynced" | "synced";
  readonly phone?: PhoneVerifier;
}

interface BoxParts extends BoxOptions {
  readonly dataDir: string;
  readonly service: Service;
  readonly membership: Membership;
  readonly identity: DeviceIdentity;
  readonly cards: TrialCards;
}

/** A running appliance with a camera that is shown made faces, a reader for trial cards and its operator's page. */
export class BoxUnderTest implements AsyncDisposable {
  readonly decisions: Decision[] = [];
  readonly #parts: BoxParts;
  readonly #disposables = new Disposables();
  readonly #stop = new AbortController();
  readonly #readers = new VirtualReaders();
  readonly #pinPad: PinPad;
  readonly #source = new KioskSource({ monotonic: () => systemClock.monotonic(), log: silentLog });
  #running: Promise<void> | undefined;
  #key = "";
  #url = "";
  appliance!: Appliance;

  constructor(parts: BoxParts) {
    this.#parts = parts;
    this.#pinPad = new PinPad((screen) => {
      if (screen.step !== "pin") return;
      const digits = Uint8Array.from(Buffer.from(parts.cards.pin));
      setImmediate(() => this.#pinPad.enter(digits));
    });
  }

  get id(): DeviceId {
    return this.#parts.identity.id;
  }

  /** The key that its events are verified with. */
  get publicKey(): KeyObject {
    return this.#parts.identity.publicKey;
  }

  async start(): Promise<void> {
    const { dataDir, service, membership, identity, cards, duties, serviceTerms } = this.#parts;
    const { policy, clockQuality = "synced", clock = systemClock, phone } = this.#parts;
    const { gatewayKey } = membership;
    const policies = new PolicyShelf({ path: deviceFiles(dataDir).policy, gatewayKey });
    await policies.load();
    const vision = await createVision(() => systemClock.monotonic());
    this.#disposables.use(this.#source);
    this.#disposables.use(this.#readers);
    const appliance: Appliance = new Appliance(
      {
        ...{ dataDir, service, membership, gatewayKey },
        get policy() {
          return policy ?? policyAt(policies.tableOr(shippedTable), service, clock.wall());
        },
        mqttUrl: membership.member.brokerUrl,
        ...{ calibration: vision.calibration, leads: vision.leads, reportsItself: true },
        cardTrust: {
          ...{ policies: [cards.policy], trustDir: cards.trustDir },
          crlAgeMsMax: 72 * 3_600_000,
        },
        services: {
          ...{ duties: boxDutiesSchema.parse(duties ?? {}), serviceTerms },
          rules: () => policies.rulesOr(shippedRules),
        },
      },
      {
        ...{ clock, log: silentLog, random: () => 0, identity, vision, source: this.#source },
        ...{ policies, clockQuality: () => clockQuality },
        ...(phone ? { phone } : {}),
        cards: { readers: this.#readers, openCard: openJpki, prompt: this.#pinPad },
        onFrame: async (faces, frame) => await sitting.offer(faces, frame.image),
        onDecision: (decision) => {
          if (!sitting.active) this.decisions.push(decision);
        },
      },
    );
    this.appliance = appliance;
    this.#disposables.use(appliance);
    const sitting = this.#sitting(appliance);
    await this.#openPages(appliance, sitting);
    await appliance.loadIndex(this.#stop.signal);
    this.#running = appliance.stay(this.#stop.signal);
  }

  /** Enrols a made person from two pictures. */
  async enrol(name: string, seed: number): Promise<PersonId> {
    const folder = join(this.#parts.dataDir, "photographs");
    mkdirSync(folder, { recursive: true });
    for (const [i, view] of movingViews(2).entries()) {
      await writeFace(join(folder, name, `${i}.png`), seed, view);
    }
    const { gallery, vision } = this.appliance;
    const only = readPersonFolders(folder).filter((one) => one.name === name);
    const report = await enrolPeople(only, { replace: true }, { gallery, vision, readImage });
    const [person] = report.enrolled;
    if (!person) throw new Error(`not enrolled: ${report.refused[0]?.code}`);
    for (const template of gallery.templatesOf(person.person)) {
      this.appliance.welcome(person.person, template);
    }
    return person.person;
  }

  /** The pseudonym of somebody in this box's service. */
  pseudonymOf(person: PersonId): Pseudonym {
    return this.#parts.identity.pseudonymOf(this.#parts.service, person);
  }

  /** The trial card is this person's from now on. */
  linkCard(person: PersonId): void {
    this.appliance.gallery.cards.link(this.#parts.cards.identity(), person, "own");
  }

  /** Somebody stands before the camera until they are decided on. */
  async showFace(seed: number): Promise<Decision> {
    const before = this.decisions.length;
    await this.lookAt(seed, () => this.decisions.length > before);
    return this.decisions[before] as Decision;
  }

  /** Shows a face, picture after picture, until something is so. */
  async lookAt(seed: number, isDone: () => boolean): Promise<void> {
    await this.#nobodyThere();
    this.appliance.lookAgain();
    const views = movingViews(6);
    let shown = 0;
    const show = async () => this.#source.push(await faceJpeg(seed, views[shown++ % views.length]));
    await until(isDone, "nothing was decided", show);
  }

  /** Whoever stood before the camera has gone, so that no picture of theirs is taken for the next. */
  async #nobodyThere(): Promise<void> {
    const grey = await sharp({
      create: { width: 480, height: 480, channels: 3, background: { r: 90, g: 90, b: 90 } },
    })
      .jpeg()
      .toBuffer();
    const from = this.appliance.counts.frames;
    const isSeen = () => this.appliance.counts.frames >= from + 2;
    await until(isSeen, "no picture was looked at", () => this.#source.push(grey));
  }

  /** Resolves when the box holds nonces: before that no card could be proved. */
  async hasNonces(): Promise<void> {
    await until(() => this.appliance.health().nonces !== 0, "no nonces came");
  }

  /** Puts somebody's card down, types its PIN, and takes it away once it was answered. */
  async putCard(): Promise<Decision> {
    const before = this.decisions.length;
    this.#readers.put(this.#parts.cards.card());
    await until(() => this.decisions.length > before, "the card was not answered");
    this.#readers.take();
    await this.#readers.idle();
    return this.decisions[before] as Decision;
  }

  /** Asks the operator's API over HTTP, with the key of this box. */
  async ask(method: string, path: string, body?: unknown, key = this.#key): Promise<Response> {
    return await fetch(`${this.#url}/operator/api${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The answer's JSON, where it is what was expected of it. */
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects.
  async askJson(method: string, path: string, body?: unknown, status = 200): Promise<any> {
    const answer = await this.ask(method, path, body);
    const json = await answer.json();
    if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(json)}`);
    return json;
  }

  get url(): string {
    return this.#url;
  }

  get key(): string {
    return this.#key;
  }

  /** Resolves when the box goes by a signed policy of that version. */
  async holdsPolicy(version: number): Promise<void> {
    const isHeld = () => this.appliance.health().policyVersion === version;
    await until(isHeld, "the policy did not come");
  }

  /** Resolves when the gateway has receipted everything. */
  async delivered(): Promise<void> {
    await this.appliance.uplink.idle(AbortSignal.timeout(patienceMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = undefined;
    await this.#disposables[Symbol.asyncDispose]();
  }

  #sitting(appliance: Appliance): GuidedEnrolment {
    const { calibration } = appliance.vision;
    return new GuidedEnrolment({
      ...{ vision: appliance.vision, clock: systemClock, onProgress: () => undefined },
      keep: async ({ name }, templates) => {
        const { gallery, index } = appliance;
        const ports = { gallery, index, calibration, welcome: appliance.welcome.bind(appliance) };
        const { renewed } = keepPerson(ports, name, templates);
        return { renewed };
      },
    });
  }

  async #openPages(appliance: Appliance, sitting: GuidedEnrolment): Promise<void> {
    this.#key = operatorKey(this.#parts.dataDir);
    const gate = new OperatorGate(this.#key, systemClock);
    const modules = appliance.services.modules({
      enrol: (request, signal) => sitting.enrol(request, signal),
    });
    const kiosk = new KioskUnderTest(0, (app, access) =>
      mountOperator(app, { gate, modules, log: silentLog, isOurs: (one) => access.isOurs(one) }),
    );
    this.#disposables.use(kiosk);
    await kiosk.server.start();
    this.#url = kiosk.server.url.replace("localhost", "127.0.0.1");
  }
}

/** Longer than a machine takes that is lent to others too. */
const patienceMs = 120_000;

/** Does something again and again until something is so. */
async function until(
  isSo: () => boolean,
  otherwise: string,
  meanwhile: () => unknown = () => undefined,
): Promise<void> {
  const end = systemClock.monotonic() + patienceMs;
  while (!isSo()) {
    if (systemClock.monotonic() > end) throw new Error(otherwise);
    await meanwhile();
    await sleep(50);
  }
}
