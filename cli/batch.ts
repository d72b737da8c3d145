import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { Appliance } from "#device/app.ts";
import { type EnrolmentReport, enrolPeople } from "#device/enrolment/enrol.ts";
import { readNames, readPersonFolders } from "#device/enrolment/photo-folder.ts";
import { openSource } from "#device/source/open-source.ts";
import { readImage } from "#device/source/read-image.ts";
import { policyAt } from "#firmware-config/policy-table.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { type BatchResult, mediansOf, round } from "./batch-result.ts";
import type { Io } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { openVision } from "./open-vision.ts";
import { joinOwnGateway } from "./own-box.ts";
import { cardTrustOf, clock, clockQuality, foldersOf, keyStoreOf, logOf, random } from "./parts.ts";
import { refuseWithoutConsent } from "./refuse-without-consent.ts";
import type { CommandSettings } from "./settings.ts";

/** What the command line says of who is to be recognised. */
export interface GalleryOptions {
  /** A folder that holds a folder of photographs for each person. */
  readonly gallery?: string | undefined;
  /** A file of names that are looked for first. */
  readonly expect?: string | undefined;
}

/** How long a batch waits for one more receipt. */
const receiptPatienceMs = 60_000;

/**
 * Gateway, broker and appliance in one process, over a source that ends: enrols, watches to the end,
 * waits until the gateway has signed for every event, checks the ledger, and stops.
 */
export async function runBatch(
  settings: CommandSettings,
  given: GalleryOptions,
  io: Io,
): Promise<BatchResult> {
  const start = clock.monotonic();
  await using parts = new Disposables();
  const { gateway, appliance, outcomes, people, expected } = await open(settings, given, parts, io);
  const { receiptedSequence, depth: carriedOver } = appliance.outbox;
  const ports = { vision: appliance.vision, gallery: appliance.gallery, readImage };
  if (given.gallery !== undefined) appliance.services.enrolledFrom(resolve(given.gallery));
  const report = people && (await enrolPeople(people, { replace: true }, ports));
  tellRefusals(report, io);
  const only = report && new Set(report.enrolled.map(({ person }) => person));
  await appliance.loadIndex(io.signal, only ? { only } : {});
  if (expected) appliance.expect(expected);
  const lookAlikes = await appliance.recordLookAlikes([...(only ?? [])]);
  await appliance.run(io.signal);
  await deliverAll(appliance, io.signal);
  const verdict = await gateway.verifyLedger();
  const { counts, outbox } = appliance;
  return {
    ...{ frames: counts.frames, faces: counts.faces, tracks: counts.tracks },
    events: outbox.lastSequence - receiptedSequence,
    admitted: Object.fromEntries([...outcomes.admitted].sort()),
    ...{ refused: outcomes.refused, stepUp: outcomes.stepUp },
    receipts: outbox.receiptedSequence - receiptedSequence,
    ledgerEntries: gateway.ledger.head(appliance.device).sequence - receiptedSequence,
    ledgerIntact: verdict.intact,
    stageMs: mediansOf(counts.stageMs),
    seconds: round((clock.monotonic() - start) / 1_000, 2),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1_024),
    enrolled: report?.enrolled.length ?? appliance.index.people,
    photographsRefused: report?.refused.length ?? 0,
    lookAlikes,
    carriedOver,
  };
}

/** Opens everything that a batch needs; what can be wrong with what was typed is found here. */
async function open(settings: CommandSettings, given: GalleryOptions, parts: Disposables, io: Io) {
  const lock = lockFolder(settings.dataDir);
  parts.defer(() => lock[Symbol.dispose]());
  const log = logOf(io, true);
  const source = openSource(resolveSource(settings.device.source), { clock, log, random });
  parts.use(source);
  refuseWithoutConsent(settings.consent.rule === "signed" && given.gallery !== undefined);
  const people =
    given.gallery === undefined ? undefined : readPersonFolders(resolve(given.gallery));
  const expected = given.expect === undefined ? undefined : readNames(resolve(given.expect));
  const gateway = parts.use(openGateway(settings, { httpPort: 0, mqttPort: 0, fleetPort: 0, log }));
  await gateway.start(io.signal);
  const dataDir = foldersOf(settings).device;
  const { identity, membership } = await joinOwnGateway(gateway, dataDir, {
    id: settings.device.id,
    host: settings.gateway.host,
    store: keyStoreOf(settings),
  });
  const vision = parts.use(await openVision(io, settings));
  const outcomes = { admitted: new Map<string, number>(), refused: 0, stepUp: 0 };
  const { service } = settings.device;
  const appliance: Appliance = new Appliance(
    {
      ...{ dataDir, service, mqttUrl: membership.member.brokerUrl },
      /** A row of the table may change while the box runs. */
      get policy() {
        return policyAt(settings.policy.table, service, clock.wall());
      },
      ...{ gatewayKey: gateway.publicKey, membership },
      calibration: vision.calibration,
      leads: vision.leads,
      consent: settings.consent,
      cardTrust: cardTrustOf(settings),
      reportsItself: false,
    },
    {
      ...{ clock, log, random, identity, vision, source, clockQuality },
      onFrame: async () => {},
      onDecision({ outcome, person }) {
        if (outcome === "refuse") outcomes.refused += 1;
        else if (outcome === "ask-card") outcomes.stepUp += 1;
        const name = person && appliance.gallery.nameOf(person);
        if (name) outcomes.admitted.set(name, (outcomes.admitted.get(name) ?? 0) + 1);
      },
    },
  );
  parts.use(appliance);
  return { gateway, appliance, outcomes, people, expected };
}

/** Waits for every receipt, as long as some come. Throws TIMEOUT when none has for too long. */
async function deliverAll({ outbox, uplink }: Appliance, signal: AbortSignal): Promise<void> {
  while (outbox.depth > 0) {
    const before = outbox.receiptedSequence;
    const patience = AbortSignal.timeout(receiptPatienceMs);
    await uplink.idle(AbortSignal.any([signal, patience])).catch(() => signal.throwIfAborted());
    if (outbox.depth > 0 && outbox.receiptedSequence === before) {
      throw new TeburaError(
        "TIMEOUT",
        `the gateway has not signed for ${outbox.depth} events (${uplink.lastRefusal ?? "no answer"}); ` +
          "they are kept, and the next run delivers them",
      );
    }
  }
}

function tellRefusals(report: EnrolmentReport | undefined, io: Io): void {
  for (const { code, message } of report?.refused ?? []) {
    io.err(`not enrolled: ${code}: ${message}\n`);
  }
}

/** Paths are resolved against where the user stands; addresses and devices are left alone. */
export function resolveSource(spec: string): string {
  return spec === "kiosk" || spec.includes("://") || spec.startsWith("/dev/")
    ? spec
    : resolve(spec);
}
