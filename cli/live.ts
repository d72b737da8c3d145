import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { Appliance } from "#device/app.ts";
import { type ApplianceConfig, deviceFiles } from "#device/appliance-ports.ts";
import { type TrialKind, trialPins } from "#device/card/virtual/trial-authority.ts";
import { counterRoutes } from "#device/counter/counter-routes.ts";
import type { OperatorSeat } from "#device/duty/open-duty.ts";
import { enrolPeople } from "#device/enrolment/enrol.ts";
import { readNames, readPersonFolders } from "#device/enrolment/photo-folder.ts";
import type { Membership } from "#device/fleet/membership.ts";
import { hostProbe } from "#device/governor/host-probe.ts";
import type { DeviceIdentity } from "#device/identity/identity.ts";
import { KioskLink } from "#device/kiosk/kiosk-link.ts";
import { PinPad } from "#device/kiosk/pin-pad.ts";
import { type KioskOptions, KioskServer } from "#device/kiosk/server.ts";
import { OperatorGate, operatorKey } from "#device/operator/operator-key.ts";
import { mountOperator } from "#device/operator/operator-routes.ts";
import { PolicyShelf } from "#device/policy/policy-shelf.ts";
import { openSource } from "#device/source/open-source.ts";
import { readImage } from "#device/source/read-image.ts";
import { rulesOf } from "#firmware-config/city-rules.ts";
import { policyAt } from "#firmware-config/policy-table.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import type { Log } from "#runtime/log.ts";
import { type GalleryOptions, resolveSource } from "./batch.ts";
import { openCards, trialSettings } from "./cards.ts";
import { openCounter } from "./counter.ts";
import { firstStartLines } from "./first-start.ts";
import type { Io } from "./io.ts";
import { kioskPorts, openSitting, type ScreenParts } from "./kiosk-ports.ts";
import { openGateway } from "./open-gateway.ts";
import { openLiveVision } from "./open-vision.ts";
import { joinOwnGateway } from "./own-box.ts";
import { cardTrustOf, clock, clockQuality, foldersOf, keyStoreOf, logOf, random } from "./parts.ts";
import { phones } from "./phones.ts";
import { progressBar } from "./progress.ts";
import { refuseWithoutConsent } from "./refuse-without-consent.ts";
import type { CommandSettings } from "./settings.ts";

export interface LiveOptions extends GalleryOptions {
  readonly httpPort: number | undefined;
  readonly kioskPort: number | undefined;
  readonly mqttPort: number | undefined;
  readonly fleetPort: number | undefined;
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
    fleetPort: options.fleetPort ?? settings.gateway.fleetPort,
    log,
  });
  parts.use(gateway);
  const started = await gateway.start(io.signal);
  const { httpUrl, mqttUrl, pageUrl, firstStart } = started;
  const box = await joinOwnGateway(gateway, foldersOf(settings).device, {
    id: settings.device.id,
    host: settings.gateway.host,
    store: keyStoreOf(settings),
  });
  const { identity } = box;
  const { brokerUrl } = box.membership.member;
  const { kioskUrl, finished } = await startAppliance(
    settings,
    {
      ...{ ...options, ...box, mqttUrl: brokerUrl, gatewayKey: gateway.publicKey, log },
      // Whoever tries this out is sitting before it.
      enrolment: "anybody",
    },
    parts,
    io,
  );
  const ready = { kiosk: kioskUrl, gateway: httpUrl, broker: mqttUrl, device: identity.id };
  const trial = options.virtualCard ? { trialCard: trialPins.authentication } : {};
  const told = { ...ready, ...trial, ...(firstStart && { firstStart }) };
  const shown = { ...told, gateway: pageUrl };
  io.out(
    options.json
      ? `${JSON.stringify(told)}\n`
      : `${welcome(shown, settings)}${firstStartLines(started)}`,
  );
  await finished;
  if (!options.json) io.err("stopped; everything is on disk\n");
}

export interface ApplianceStart extends GalleryOptions {
  /** A card that is a program lies beside the box, to be tried out. */
  readonly virtualCard: TrialKind | undefined;
  readonly kioskPort: number | undefined;
  readonly mqttUrl: string;
  readonly gatewayKey: KeyObject;
  readonly membership: Membership | undefined;
  readonly identity: DeviceIdentity;
  readonly log: Log;
  /** Who may enrol at the screen where no setting says so. */
  readonly enrolment: ScreenParts["enrolment"];
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
  const isSigned = settings.consent.rule === "signed";
  const source = openSource(resolveSource(settings.device.source), { clock, log, random });
  parts.use(source);
  const vision = parts.use(await openLiveVision(io, settings, log));
  const link = new KioskLink();
  const pinPad = new PinPad((screen) => link.card(screen));
  const cards = await openCards(settings, { trial: start.virtualCard, log }, parts);
  const { policies, row, rules } = await policiesOf(settings, start);
  const appliance: Appliance = new Appliance(
    {
      dataDir: foldersOf(settings).device,
      service,
      /** A row of the table may change while the box runs. */
      get policy() {
        return row();
      },
      mqttUrl: start.mqttUrl,
      ...{ gatewayKey: start.gatewayKey, membership: start.membership },
      ...{ calibration: vision.calibration, leads: vision.leads, consent: settings.consent },
      cardTrust: cardTrustOf(settings),
      cardsSpeak: isSigned && whoEnrols(settings, start.enrolment) === "anybody",
      reportsItself: true,
      services: { ...servicesOf(settings), rules },
    },
    {
      ...{ clock, log, random, identity, vision, source, clockQuality, policies },
      hostProbe: hostProbe(),
      ...(phones.box && { phone: phones.box }),
      cards: { ...cards, prompt: pinPad },
      async onFrame(faces, frame) {
        link.faces(faces, frame);
        await sitting.offer(faces, frame.image);
      },
      onDecision(decision, alternative) {
        if (sitting.active) return; // Somebody is being enrolled: the screen is theirs.
        const greeting = row().greeting ?? "shown";
        const mayShow = decision.person !== undefined && greeting !== "nameless";
        link.decided(decision, {
          name: mayShow ? appliance.gallery.nameOf(decision.person) : undefined,
          isSpoken: greeting === "spoken",
          alternative,
        });
      },
    },
  );
  parts.use(appliance);
  const sitting = openSitting(appliance, { link, calibration: vision.calibration, log });
  await openPeople(appliance, start, io);
  const server = new KioskServer({
    ...{ host: kiosk.host, port: start.kioskPort ?? kiosk.port, clock, log },
    ports: kioskPorts(appliance, {
      ...{ link, pinPad, cards, sitting, source, service },
      enrolment: whoEnrols(settings, start.enrolment),
    }),
    mount: operatorPages(settings, appliance, {
      ...{ link, sitting, service, cards, identity, log, calibration: vision.calibration },
    }),
  });
  parts.use(server);
  await server.start();
  return { kioskUrl: server.url, finished: appliance.stay(io.signal) };
}

/** The gateway's newest signed policy, over what the box was set up with. */
async function policiesOf(
  settings: CommandSettings,
  { gatewayKey, log }: Pick<ApplianceStart, "gatewayKey" | "log">,
) {
  const path = deviceFiles(foldersOf(settings).device).policy;
  const policies = new PolicyShelf({ path, gatewayKey });
  if (!(await policies.load())) log("policy.unreadable", { code: policies.refusal ?? "" });
  const { table, sections } = settings.policy;
  const settled = rulesOf(sections ?? {});
  const { service } = settings.device;
  return {
    policies,
    row: () => policyAt(policies.tableOr(table), service, clock.wall()),
    rules: () => policies.rulesOr(settled),
  };
}

/** Where nothing else is said, whoever's card signs enrols by themselves, and in a trial only where it was started so. */
function whoEnrols(
  { consent, device: { kiosk } }: CommandSettings,
  inTrial: ScreenParts["enrolment"],
): ScreenParts["enrolment"] {
  return kiosk.enrolment ?? (consent.rule === "signed" ? "anybody" : inTrial);
}

/** Where the box stands, and when and how its service ends. */
function servicesOf({ device, serviceTerms }: CommandSettings): ApplianceConfig["services"] {
  return { duties: device.place, serviceTerms, photographs: device.endOfService.photographs };
}

/** The operator's page of the box, on the kiosk's own server. */
function operatorPages(
  settings: CommandSettings,
  appliance: Appliance,
  parts: Parameters<typeof openCounter>[1] & { readonly log: Log },
): KioskOptions["mount"] {
  const { sitting, log } = parts;
  const key = operatorKey(foldersOf(settings).device, keyStoreOf(settings));
  const enrol: OperatorSeat["enrol"] = (request, signal) => sitting.enrol(request, signal);
  const counter = openCounter(appliance, parts);
  const { gallery } = appliance;
  const desk = appliance.consented?.desk;
  const asked: Parameters<typeof counterRoutes>[0]["asked"] = (guardianship) =>
    (guardianship ? desk?.askedOfGuardian(guardianship) : desk?.asked) ?? [];
  const fallen = () =>
    gallery.scores.fallen.map((one) => ({ ...one, name: gallery.nameOf(one.person) }));
  return (app, access) =>
    mountOperator(app, {
      gate: new OperatorGate(key, clock),
      modules: [
        ...appliance.services.modules({ enrol }),
        counterRoutes({ counter, asked, fallen }),
      ],
      isOurs: (request) => access.isOurs(request),
      log,
    });
}

/** Everybody of the gallery into the index, or only those of the folder that was named. */
async function openPeople(
  appliance: Appliance,
  start: Pick<GalleryOptions, "gallery" | "expect">,
  io: Io,
): Promise<void> {
  await appliance.services.load();
  if (start.gallery !== undefined && appliance.services.isOver) {
    io.err(`nobody is enrolled from ${start.gallery}: the service has ended\n`);
    await appliance.loadIndex(io.signal);
  } else if (start.gallery !== undefined) {
    refuseWithoutConsent(appliance.consented !== undefined);
    appliance.services.enrolledFrom(resolve(start.gallery));
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

/** A gallery of a whole city takes seconds to open; a small one says nothing. */
function loadingBar(io: Io): (share: number) => void {
  const bar = progressBar(io);
  return (share) => {
    if (share < 1) bar({ label: "opening the gallery", done: Math.round(share * 100), total: 100 });
  };
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
${enrolmentLine(settings)}  Data is in ${settings.dataDir}. Ctrl-C stops.

`;
}

function enrolmentLine(settings: CommandSettings): string {
  if (settings.consent.rule === "signed" || whoEnrols(settings, "anybody") !== "anybody") return "";
  return `  This is a trial: whoever stands at the kiosk may enrol, on this box alone. "tebura device run" allows it
  to nobody but an operator (device.kiosk.enrolment).

`;
}
