import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import type { Service } from "#contract/services.ts";
import { Appliance } from "#device/app.ts";
import { type TrialKind, trialPins } from "#device/card/virtual/trial-authority.ts";
import { enrolPeople, fuseTemplates } from "#device/enrolment/enrol.ts";
import { checkedName, readNames, readPersonFolders } from "#device/enrolment/photo-folder.ts";
import { type DeviceIdentity, openIdentity } from "#device/identity/identity.ts";
import { GuidedEnrolment } from "#device/kiosk/guided-enrolment.ts";
import { KioskLink } from "#device/kiosk/kiosk-link.ts";
import type { KioskPorts } from "#device/kiosk/messages.ts";
import { PinPad } from "#device/kiosk/pin-pad.ts";
import { KioskServer } from "#device/kiosk/server.ts";
import type { FrameSource } from "#device/source/frame-source.ts";
import { KioskSource } from "#device/source/kiosk.ts";
import { openSource } from "#device/source/open-source.ts";
import { readImage } from "#device/source/read-image.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import type { Log } from "#runtime/log.ts";
import { type GalleryOptions, resolveSource } from "./batch.ts";
import { type CardParts, openCards, trialSettings } from "./cards.ts";
import type { Io } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { openVision } from "./open-vision.ts";
import { cardTrustOf, clock, clockQuality, foldersOf, logOf, random } from "./parts.ts";
import { progressBar } from "./progress.ts";
import type { CommandSettings } from "./settings.ts";

export interface LiveOptions extends GalleryOptions {
  readonly httpPort: number | undefined;
  readonly kioskPort: number | undefined;
  readonly mqttPort: number | undefined;
  readonly virtualCard: TrialKind | undefined;
  readonly json: boolean;
}

/** Gateway, broker and appliance until somebody stops them. */
export async function runLive(given: CommandSettings, options: LiveOptions, io: Io): Promise<void> {
  const settings = options.virtualCard ? trialSettings(given, options.virtualCard) : given;
  await using parts = new Disposables();
  const lock = lockFolder(settings.dataDir);
  parts.defer(() => lock[Symbol.dispose]());
  const log = logOf(io, options.json || !io.interactive);
  const gateway = openGateway(settings, {
    httpPort: options.httpPort ?? settings.gateway.httpPort,
    mqttPort: options.mqttPort ?? settings.gateway.mqttPort,
    log,
  });
  parts.use(gateway);
  const { httpUrl, mqttUrl } = await gateway.start(io.signal);
  const identity = openIdentity(foldersOf(settings).device, settings.device.id);
  gateway.registerDevice(identity.id, identity.publicKey);
  const { kioskUrl, finished } = await startAppliance(
    settings,
    { ...options, mqttUrl, gatewayKey: gateway.publicKey, identity, log },
    parts,
    io,
  );
  const ready = { kiosk: kioskUrl, gateway: httpUrl, broker: mqttUrl, device: identity.id };
  const trial = options.virtualCard ? { trialCard: trialPins.authentication } : {};
  const told = { ...ready, ...trial };
  io.out(options.json ? `${JSON.stringify(told)}\n` : welcome(told, settings));
  await finished;
  if (!options.json) io.err("stopped; everything is on disk\n");
}

export interface ApplianceStart extends GalleryOptions {
  /** A card that is a program lies beside the box, to be tried out. */
  readonly virtualCard: TrialKind | undefined;
  readonly kioskPort: number | undefined;
  readonly mqttUrl: string;
  readonly gatewayKey: KeyObject;
  readonly identity: DeviceIdentity;
  readonly log: Log;
}

/** Starts a live appliance with its kiosk page. `finished` resolves when it was stopped or its source ended. */
export async function startAppliance(
  settings: CommandSettings,
  start: ApplianceStart,
  parts: Disposables,
  io: Io,
): Promise<{ kioskUrl: string; finished: Promise<void> }> {
  const { identity, log } = start;
  const { service, kiosk } = settings.device;
  const source = openSource(resolveSource(settings.device.source), { clock, log, random });
  parts.use(source);
  const vision = parts.use(await openVision(io, settings));
  const link = new KioskLink();
  const pinPad = new PinPad((screen) => link.card(screen));
  const cards = await openCards(settings, { trial: start.virtualCard, log }, parts);
  const appliance: Appliance = new Appliance(
    {
      dataDir: foldersOf(settings).device,
      service,
      policy: settings.policy[service],
      mqttUrl: start.mqttUrl,
      gatewayKey: start.gatewayKey,
      calibration: vision.calibration,
      leads: vision.leads,
      cardTrust: cardTrustOf(settings),
      reportsItself: true,
    },
    {
      ...{ clock, log, random, identity, vision, source, clockQuality },
      cards: { ...cards, prompt: pinPad },
      async onFrame(faces, frame) {
        link.faces(faces, frame);
        await sitting.offer(faces, frame.image);
      },
      onDecision(decision) {
        if (sitting.active) return; // Somebody is being enrolled: the screen is theirs.
        link.decided(decision, decision.person && appliance.gallery.nameOf(decision.person));
      },
    },
  );
  parts.use(appliance);
  const sitting = guidedEnrolment(appliance, link, log);
  await openPeople(appliance, start, io);
  const server = new KioskServer({
    host: kiosk.host,
    port: start.kioskPort ?? kiosk.port,
    clock,
    log,
    ports: kioskPorts(appliance, { link, pinPad, cards, sitting, source, service }),
  });
  parts.use(server);
  await server.start();
  return { kioskUrl: server.url, finished: runUntilStopped(appliance, io.signal) };
}

/** Everybody of the gallery into the index, or only those of the folder that was named. */
async function openPeople(
  appliance: Appliance,
  start: Pick<GalleryOptions, "gallery" | "expect">,
  io: Io,
): Promise<void> {
  if (start.gallery !== undefined) {
    const people = readPersonFolders(resolve(start.gallery));
    const ports = { vision: appliance.vision, gallery: appliance.gallery, readImage };
    const report = await enrolPeople(people, { replace: true }, ports);
    for (const { code, message } of report.refused) io.err(`not enrolled: ${code}: ${message}\n`);
    const only = new Set(report.enrolled.map(({ person }) => person));
    await appliance.loadIndex(io.signal, { only });
    await appliance.recordLookAlikes([...only]);
  } else await appliance.loadIndex(io.signal, { progress: loadingBar(io) });
  if (start.expect !== undefined) appliance.expect(readNames(resolve(start.expect)));
  appliance.backUpDaily();
}

interface ScreenParts {
  readonly link: KioskLink;
  readonly pinPad: PinPad;
  readonly cards: CardParts;
  readonly sitting: GuidedEnrolment;
  readonly source: FrameSource;
  readonly service: Service;
}

/** What the page may do to the appliance, and what it is told. */
function kioskPorts(appliance: Appliance, parts: ScreenParts): KioskPorts {
  const { link, pinPad, cards, sitting, source, service } = parts;
  return {
    onFrame: (jpeg) => source instanceof KioskSource && source.push(jpeg),
    onPageLeft: () => source instanceof KioskSource && source.pageLeft(),
    enrol: (request, signal) => sitting.enrol(request, signal),
    subscribe: (listener) => link.subscribe(listener),
    onPin: (digits) => pinPad.enter(digits),
    onCardCancelled: () => pinPad.cancel(),
    onVirtualCard: (place) => cards.virtual?.move(place),
    status: () => ({
      ...{ service, people: appliance.index.people, source: source.state },
      virtualCard: cards.virtual?.place ?? "none",
      online: appliance.uplink.isConnected,
    }),
  };
}

/** A source that ends leaves the box running, so that its events can still be delivered and seen. */
async function runUntilStopped(appliance: Appliance, signal: AbortSignal): Promise<void> {
  await appliance.run(signal);
  while (!signal.aborted) await clock.sleep(3_600_000, signal).catch(() => undefined);
}

/** A gallery of a whole city takes seconds to open; a small one says nothing. */
function loadingBar(io: Io): (share: number) => void {
  const bar = progressBar(io);
  return (share) => {
    if (share < 1) bar({ label: "opening the gallery", done: Math.round(share * 100), total: 100 });
  };
}

function guidedEnrolment(appliance: Appliance, link: KioskLink, log: Log): GuidedEnrolment {
  return new GuidedEnrolment({
    vision: appliance.vision,
    clock,
    onProgress: (taken, wanted) => link.send({ kind: "enrolment", taken, wanted }),
    keep(text, templates) {
      const name = checkedName(text);
      if (appliance.gallery.find(name)) {
        throw new TeburaError("NAME_TAKEN", "somebody is enrolled under this name");
      }
      const template = fuseTemplates(templates);
      const person = appliance.gallery.enrol({ name, templates: [template], replace: false });
      appliance.welcome(person, template);
      void appliance.recordLookAlikes([person]).catch(() => log("gallery.look-alikes-failed"));
      template.fill(0);
    },
  });
}

function welcome(
  ready: { kiosk: string; gateway: string; broker: string; device: string; trialCard?: string },
  settings: CommandSettings,
): string {
  return `
  手ぶら Tebura is running as ${ready.device}, for ${settings.device.service}

    kiosk     ${ready.kiosk}     open it, lend your camera, enrol, come back with empty hands
    gateway   ${ready.gateway}     boxes, events and views as they come
    broker    ${ready.broker}
${ready.trialCard === undefined ? "" : `    card      a trial card lies beside the kiosk: a button puts it down, its PIN is ${ready.trialCard}\n`}
  Data is in ${settings.dataDir}. Ctrl-C stops.

`;
}
